// The way back of a SQLite file: its log and journal belong to it and to no other file of its name.
#include <algorithm>
#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/restore/beneath.hpp"
#include "runtime/restore/discard.hpp"
#include "runtime/restore/undo_files.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr std::array<std::string_view, 3> kSidecars = {"-wal", "-shm", "-journal"};

Result<void> take_if_there(int parent, const std::string& name, Discard& discard) {
  BACKSTAY_ASSIGN(const auto there, status_beneath(parent, name));
  return there ? discard.take(parent, name) : Result<void>();
}

// The file itself comes last: while it lies aside, an undo that was killed is not at its end.
Result<void> put_back(const SqliteExchanged& change,
                      int parent,
                      const std::string& name,
                      Discard& discard) {
  const std::string aside = split_path(change.aside).second;
  for (const std::string_view end : kSidecars) {
    const std::string sidecar(end);
    const bool had = std::ranges::find(change.sidecars, sidecar) != change.sidecars.end();
    BACKSTAY_ASSIGN(const auto kept, status_beneath(parent, aside + sidecar));
    if (had && !kept)
      continue;  // back already
    BACKSTAY_TRY(take_if_there(parent, name + sidecar, discard));
    if (kept)
      BACKSTAY_TRY(move_beneath(parent, aside + sidecar, parent, name + sidecar));
  }
  BACKSTAY_FAILPOINT("undo.sqlite");
  BACKSTAY_TRY(take_if_there(parent, name, discard));
  return move_beneath(parent, aside, parent, name);
}

Result<void> take_new(int parent, const std::string& name, Discard& discard) {
  for (const std::string_view end : kSidecars)
    BACKSTAY_TRY(take_if_there(parent, name + std::string(end), discard));
  return take_if_there(parent, name, discard);
}

}  // namespace

Result<void> undo_change(const SqliteExchanged& change, const ChangeContext& context) {
  const auto [above, name] = split_path(change.path);
  BACKSTAY_ASSIGN(const Descriptor parent, open_place(above.empty() ? "/" : above));
  const std::string aside = split_path(change.aside).second;
  Discard discard(parent.get(), context.run_id, context.number);
  BACKSTAY_ASSIGN(const FileIdentity there, identity_of(parent.get(), name));
  BACKSTAY_ASSIGN(const FileIdentity kept, identity_of(parent.get(), aside));
  if (!change.old.there()) {
    if (there.there() && (context.made || there == change.fresh))
      BACKSTAY_TRY(take_new(parent.get(), name, discard));
  } else if (kept == change.old) {
    BACKSTAY_TRY(put_back(change, parent.get(), name, discard));
  } else if (there != change.old) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "`" + change.aside + "` is not what the restore set aside, and `" +
                            change.path + "` is not what was there before",
                 .hint = "somebody moved one of them; look at both and put them right by hand"};
  } else {
    // It never left: only its sidecars may have, before a kill.
    for (const std::string& sidecar : change.sidecars) {
      BACKSTAY_ASSIGN(const auto left, status_beneath(parent.get(), aside + sidecar));
      BACKSTAY_ASSIGN(const auto here, status_beneath(parent.get(), name + sidecar));
      if (left && !here)
        BACKSTAY_TRY(move_beneath(parent.get(), aside + sidecar, parent.get(), name + sidecar));
    }
  }
  BACKSTAY_TRY(take_if_there(parent.get(), name + ".backstay-new-" + context.run_id, discard));
  if (fsync(parent.get()) != 0)
    return errno_error(errno, "cannot make the directory of `" + change.path + "` durable");
  return discard.empty();
}

Result<void> commit_change(const SqliteExchanged& change, const ChangeContext& context) {
  const auto [above, name] = split_path(change.aside);
  BACKSTAY_ASSIGN(const Descriptor parent, open_place(above.empty() ? "/" : above));
  BACKSTAY_ASSIGN(const FileIdentity kept, identity_of(parent.get(), name));
  if (kept.there() && kept != change.old) {
    context.note("`" + change.aside + "` is not what the restore set aside: it is left alone");
    return {};
  }
  BACKSTAY_FAILPOINT("commit.remove-sqlite");
  for (const std::string& sidecar : change.sidecars)
    BACKSTAY_TRY(remove_beneath(parent.get(), name + sidecar));
  BACKSTAY_TRY(remove_beneath(parent.get(), name));
  return fsync(parent.get()) == 0 ? Result<void>()
                                  : errno_error(errno, "cannot make a directory durable");
}

}  // namespace backstay::runtime
