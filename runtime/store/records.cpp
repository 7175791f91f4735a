#include "runtime/store/records.hpp"

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

Result<std::string> write_record(Filesystem& files,
                                 const Store& store,
                                 const std::string& snapshot,
                                 const std::string& kind,
                                 const std::string& json) {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  BACKSTAY_TRY(layout::check_plain_name(kind, "record"));
  BACKSTAY_ASSIGN(const std::string text, canonical_json(json));
  const std::string directory = layout::records(store.path) + "/" + snapshot;
  BACKSTAY_TRY(make_directories(files, directory, 0700));
  constexpr int kTries = 1'000'000;
  for (int number = 1; number < kTries; ++number) {
    const std::string path = directory + "/" + kind + "-" + std::to_string(number) + ".json";
    if (exists(files, path))
      continue;
    // Why a rename: a record that is there is whole; a killed writer leaves a name that no reader
    // takes.
    const std::string beside = directory + "/.writing-" + random_hex8();
    BACKSTAY_FAILPOINT("store.record.write");
    BACKSTAY_TRY(write_new_file(files, beside, text + "\n", 0400));
    BACKSTAY_FAILPOINT("store.record.rename");
    if (auto named = files.rename_no_replace(beside, path); !named) {
      (void)files.unlink(beside);
      if (exists(files, path))
        continue;  // somebody else was faster
      return std::move(named).error();
    }
    BACKSTAY_TRY(files.sync_directory(directory));
    return path;
  }
  return Error{.kind = ErrorKind::Io, .message = "`" + directory + "` holds too many records"};
}

Result<std::vector<std::string>> read_records(Filesystem& files,
                                              const Store& store,
                                              const std::string& snapshot,
                                              const std::string& kind) {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  BACKSTAY_TRY(layout::check_plain_name(kind, "record"));
  const std::string directory = layout::records(store.path) + "/" + snapshot;
  std::vector<std::string> records;
  // write_record() counts from 1 and leaves no gap.
  for (int number = 1;; ++number) {
    const std::string path = directory + "/" + kind + "-" + std::to_string(number) + ".json";
    BACKSTAY_ASSIGN(const bool there, is_there(files, path));
    if (!there)
      return records;
    BACKSTAY_ASSIGN(std::string text, read_file(files, path));
    records.push_back(std::move(text));
  }
}

}  // namespace backstay::runtime
