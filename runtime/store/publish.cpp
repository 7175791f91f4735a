#include "runtime/store/publish.hpp"

#include <utility>

#include "runtime/store/layout.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

Result<void> make_names_durable(Filesystem& files, const Store& store) {
  BACKSTAY_FAILPOINT("store.commit.sync-snapshots");
  BACKSTAY_TRY(files.sync_directory(layout::snapshots(store.path)));
  BACKSTAY_FAILPOINT("store.commit.sync-staging");
  return files.sync_directory(layout::staging(store.path));
}

Result<Publication> publish_staging(Filesystem& files,
                                    const Store& store,
                                    const std::string& staging,
                                    const std::string& id) {
  const std::string path = layout::snapshot(store.path, id);
  BACKSTAY_FAILPOINT("store.commit.rename");
  BACKSTAY_TRY(files.rename_no_replace(staging, path));
  if (auto durable = make_names_durable(files, store); !durable) {
    // A name that may be gone after a power cut is no commit: take it back.
    // Why nothing of it is removed here: a power cut may bring the name back, and then it must
    // still be a name of something whole. Recovery removes it after it has made the names durable.
    (void)files.rename_no_replace(path, staging);
    return Publication{Published::Withdrawn,
                       std::move(durable).error().while_doing("committing `" + id + "`")};
  }
  return Publication{};
}

}  // namespace backstay::runtime
