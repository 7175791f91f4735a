#include "runtime/prune/hold.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/prune/prune_facts.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/records.hpp"
#include "runtime/system/json_text.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\n") == std::string::npos;
}

Error not_there(const Store& store, const std::string& snapshot) {
  const std::string trash = layout::trash(store.path) + "/" + snapshot;
  const bool in_trash = ::access(trash.c_str(), F_OK) == 0;
  return {.kind = ErrorKind::NotFound,
          .message = fmt::format("snapshot {} is {} `{}`", snapshot,
                                 in_trash ? "in the trash of" : "not in", store.path),
          .hint = in_trash ? fmt::format("bring it back first: mv {} {}/", trash,
                                         layout::snapshots(store.path))
                           : "`backstay list` shows what is there"};
}

/// Shared: a prune takes it exclusively before it looks for holds and moves the snapshot, so either
/// the prune sees the hold or the hold sees that the snapshot is gone.
Result<Lock> share_snapshot(const Store& store, const std::string& snapshot) {
  const std::string path = layout::snapshot(store.path, snapshot);
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0)
    return errno == ENOENT ? not_there(store, snapshot)
                           : errno_error(errno, "cannot open `" + path + "`");
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_SH | LOCK_NB) != 0)
    return Error{.kind = ErrorKind::Busy, .message = "`" + path + "` is being removed"};
  if (::access(path.c_str(), F_OK) != 0)
    return not_there(store, snapshot);
  return lock;
}

Result<void> write(Filesystem& files,
                   const Store& store,
                   const std::string& snapshot,
                   const Json& json) {
  BACKSTAY_ASSIGN(const std::string path,
                  write_record(files, store, snapshot, kHoldRecord,
                               json.dump(-1, ' ', false, Json::error_handler_t::replace)));
  (void)path;
  return {};
}

Error no_reason() {
  return {.kind = ErrorKind::Usage,
          .message = "a hold is given and let go with a reason",
          .hint = "because \"the auditors look at November\""};
}

}  // namespace

bool holds(const Hold& hold, std::chrono::sys_seconds now) {
  const auto until = from_rfc3339(hold.until);
  return !until || std::chrono::floor<std::chrono::seconds>(*until) > now;
}

Result<std::optional<Hold>> read_hold(Filesystem& files,
                                      const Store& store,
                                      const std::string& snapshot) {
  BACKSTAY_ASSIGN(const auto records, read_records(files, store, snapshot, kHoldRecord));
  if (records.empty())
    return std::optional<Hold>();
  const Json json = Json::parse(records.back(), nullptr, false);
  if (!json.is_object()) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = "the hold of snapshot " + snapshot + " cannot be read"};
  }
  Hold hold{.snapshot = snapshot,
            .because = text_of(json, "because"),
            .until = text_of(json, "until"),
            .at = text_of(json, "at")};
  return hold.because.empty() ? std::optional<Hold>() : std::optional(std::move(hold));
}

Result<std::vector<Hold>> list_holds(Filesystem& files, Clock& clock, const Store& store) {
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.now());
  BACKSTAY_ASSIGN(const auto names, files.list(layout::snapshots(store.path)));
  std::vector<Hold> all;
  for (const std::string& name : names) {
    if (!layout::is_plain_name(name) || !layout::sequence_of(name))
      continue;  // foreign
    BACKSTAY_ASSIGN(auto hold, read_hold(files, store, name));
    if (hold && holds(*hold, now))
      all.push_back(std::move(*hold));
  }
  return all;
}

Result<void> hold_snapshot(Filesystem& files, Clock& clock, const Store& store, const Hold& hold) {
  if (is_blank(hold.because))
    return no_reason();
  BACKSTAY_TRY(layout::check_plain_name(hold.snapshot, "snapshot"));
  BACKSTAY_ASSIGN(const Lock lock, share_snapshot(store, hold.snapshot));
  return write(files, store, hold.snapshot,
               {{"schema_version", 1},
                {"snapshot", hold.snapshot},
                {"because", hold.because},
                {"until", hold.until},
                {"at", to_rfc3339(clock.now())}});
}

Result<void> let_go(Filesystem& files,
                    Clock& clock,
                    const Store& store,
                    const std::string& snapshot,
                    const std::string& because) {
  if (is_blank(because))
    return no_reason();
  BACKSTAY_ASSIGN(const auto hold, read_hold(files, store, snapshot));
  if (!hold) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = "snapshot " + snapshot + " is not held in `" + store.path + "`"};
  }
  return write(files, store, snapshot,
               {{"schema_version", 1},
                {"snapshot", snapshot},
                {"because", ""},
                {"until", ""},
                {"let_go_because", because},
                {"at", to_rfc3339(clock.now())}});
}

}  // namespace backstay::runtime
