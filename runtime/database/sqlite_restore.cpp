// Beside, proven, exchanged: see the header.
#include "runtime/database/sqlite_restore.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <span>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/archive/owners.hpp"
#include "runtime/database/sqlite.hpp"
#include "runtime/database/sqlite_facts.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/restore/undo_files.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/path_text.hpp"

namespace backstay::runtime {
namespace {

/// What SQLite keeps beside a database; it must never meet another database of the same name.
constexpr std::array<std::string_view, 3> kSidecars = {"-wal", "-shm", "-journal"};

/// Gives an open file its owner by name, else by number, then mode and time.
Result<void> give_owner(int descriptor,
                        const std::string& path,
                        const SqliteFacts& facts,
                        StepContext& context) {
  Owners owners;
  const auto user = owners.user_number(facts.user);
  const auto group = owners.group_number(facts.group);
  if (!user || !group) {
    context.events.warning(
        context.step.id, fmt::format("{}: no user {} or group {} here, the numbers {}:{} are used",
                                     path, facts.user, facts.group, facts.uid, facts.gid));
  }
  if (::geteuid() == 0 &&
      ::fchown(descriptor, user.value_or(facts.uid), group.value_or(facts.gid)) != 0) {
    return errno_error(errno, "setting the owner of " + path);
  }
  if (::fchmod(descriptor, facts.mode) != 0) {
    return errno_error(errno, "setting the mode of " + path);
  }

  const struct ::timespec time {
    .tv_sec = facts.mtime_ns / 1'000'000'000, .tv_nsec = facts.mtime_ns % 1'000'000'000
  };

  const std::array times = {time, time};
  if (::futimens(descriptor, times.data()) != 0) {
    return errno_error(errno, "setting the time of " + path);
  }
  return {};
}

Result<void> write_file(const plan::RestoreSqlite& action,
                        const SqliteFacts& facts,
                        const std::string& path,
                        StepContext& context) {
  BACKSTAY_ASSIGN(const auto reader,
                  context.snapshot->open_stream(action.component, "database.sqlite"));
  BACKSTAY_ASSIGN(const auto file, context.world.files.create(path, 0600));
  std::vector<std::byte> buffer(1U << 18U);
  std::uint64_t bytes = 0;
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t size, reader->read(buffer));
    if (size == 0)
      break;
    BACKSTAY_TRY(file->write(std::span(buffer).first(size)));
    bytes += size;
    context.events.progress(context.step.id, bytes, action.path);
  }
  BACKSTAY_TRY(give_owner(file->descriptor(), path, facts, context));
  BACKSTAY_TRY(file->sync());
  BACKSTAY_TRY(file->close());
  return check_sqlite_integrity(path);
}

/// One rename of the exchange, and its way back.
struct Move {
  std::string from;
  std::string to;
};

Result<void> move_all(Filesystem& files, const std::vector<Move>& moves) {
  for (std::size_t done = 0; done < moves.size(); ++done) {
    Result<void> moved = files.rename_no_replace(moves[done].from, moves[done].to);
    if (moved)
      continue;
    Error error = std::move(moved).error();
    for (; done > 0; --done) {
      Result<void> back = files.rename_no_replace(moves[done - 1].to, moves[done - 1].from);
      if (!back)
        error.message += "; and not undone: " + to_string(back.error());
    }
    return error;
  }
  return {};
}

/// What is about to be exchanged, noted. 0: nothing is kept of it.
Result<std::size_t> note(const plan::RestoreSqlite& action,
                         SqliteExchanged change,
                         const std::string& fresh,
                         StepContext& context) {
  ChangeLog* changes = context.restore->changes;
  if (changes == nullptr)
    return std::size_t{0};
  change.component = action.component;
  BACKSTAY_ASSIGN(change.old, identity_of(AT_FDCWD, change.path));
  BACKSTAY_ASSIGN(change.fresh, identity_of(AT_FDCWD, fresh));
  return changes->about_to(change);
}

Result<std::string> free_aside(Filesystem& files, const std::string& path) {
  std::string candidate = path;
  for (int count = 2; exists(files, candidate); ++count)
    candidate = fmt::format("{}.{}", path, count);
  return candidate;
}

Result<void> exchange(const plan::RestoreSqlite& action,
                      const std::string& path,
                      const std::string& fresh,
                      StepContext& context) {
  Filesystem& files = context.world.files;
  BACKSTAY_ASSIGN(const std::string old, free_aside(files, path + ".orig-" + context.run_id));
  SqliteExchanged change{.path = path, .aside = old};
  std::vector<Move> moves;
  if (exists(files, path))
    moves.push_back({path, old});
  for (const std::string_view sidecar : kSidecars) {
    const std::string beside = path + std::string(sidecar);
    if (!exists(files, beside))
      continue;
    moves.push_back({beside, old + std::string(sidecar)});
    change.sidecars.emplace_back(sidecar);
  }
  BACKSTAY_ASSIGN(const std::size_t noted, note(action, change, fresh, context));
  for (const Move& move : moves)
    context.restore->kept.push_back(move.to);
  moves.push_back({fresh, path});
  BACKSTAY_FAILPOINT("restore-sqlite.exchange");
  auto moved = move_all(files, moves);
  if (!moved) {
    if (noted > 0)
      (void)context.restore->changes->taken_back(noted);
    return moved;
  }
  BACKSTAY_TRY(files.sync_directory(parent_of(path)));
  BACKSTAY_FAILPOINT("restore-sqlite.exchanged");
  return noted > 0 ? context.restore->changes->made(noted) : Result<void>();
}

/// Takes back what a try that died did by halves to this file: its log must not part from it.
Result<void> settle_earlier(const std::string& path, StepContext& context) {
  ChangeLog* changes = context.restore->changes;
  if (changes == nullptr || !context.restore->again)
    return {};
  const std::vector<RecordedChange> all = changes->changes();
  for (auto each = all.rbegin(); each != all.rend(); ++each) {
    const auto* exchanged = std::get_if<SqliteExchanged>(&each->change);
    if (exchanged == nullptr || exchanged->path != path || each->state != ChangeState::Noted)
      continue;
    const ChangeContext undo{.run_id = context.run_id,
                             .number = each->number,
                             .made = false,
                             .read_kept = {},
                             .note = [](const std::string&) {}};
    BACKSTAY_TRY(undo_change(*exchanged, undo));
    BACKSTAY_TRY(changes->taken_back(each->number));
  }
  return {};
}

/// Whether an earlier try of this restore brought the file, and it is there still.
bool brought_before(const std::string& path, StepContext& context) {
  const ChangeLog* changes = context.restore->changes;
  const auto now = identity_of(AT_FDCWD, path);
  if (changes == nullptr || !context.restore->again || !now)
    return false;
  return std::ranges::any_of(changes->changes(), [&](const RecordedChange& each) {
    const auto* exchanged = std::get_if<SqliteExchanged>(&each.change);
    return exchanged != nullptr && exchanged->path == path && exchanged->fresh == *now &&
           each.state != ChangeState::TakenBack;
  });
}

}  // namespace

std::string sqlite_destination(const plan::RestoreSqlite& action, const StepContext& context) {
  const std::string& directory = context.restore->request.to_directory;
  if (!directory.empty())
    return directory + action.path;
  std::error_code error;
  const bool link = std::filesystem::is_symlink(action.path, error);
  const auto target = std::filesystem::canonical(action.path, error);
  return link && !error ? target.string() : action.path;
}

Result<void> check_sqlite_target(const plan::RestoreSqlite& action, StepContext& context) {
  const RestoreRun& run = *context.restore;
  if (!run.components.contains(action.component))
    return {};
  if (context.snapshot->component(action.component) == nullptr) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = "component " + action.component + " is not in the snapshot",
                 .hint = "choose another snapshot, or leave the component out"};
  }
  const std::string path = sqlite_destination(action, context);
  if (run.request.in_place && run.request.to_directory.empty())
    return {};
  if (!exists(context.world.files, path))
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = path + " exists",
               .hint = "--in-place exchanges it and keeps the old one; --to DIR restores beside"};
}

Result<void> restore_sqlite_file(const plan::RestoreSqlite& action, StepContext& context) {
  if (!context.restore->components.contains(action.component))
    return {};
  BACKSTAY_TRY(check_sqlite_target(action, context));
  BACKSTAY_ASSIGN(const SqliteFacts facts,
                  read_sqlite_facts(context.snapshot->component(action.component)->facts));
  const std::string path = sqlite_destination(action, context);
  BACKSTAY_TRY(make_directories(context.world.files, parent_of(path), 0755));
  const std::string fresh = path + ".backstay-new-" + context.run_id;
  BACKSTAY_TRY(settle_earlier(path, context));
  if (brought_before(path, context))
    return check_sqlite_integrity(path);
  if (context.restore->again && exists(context.world.files, fresh))
    BACKSTAY_TRY(context.world.files.unlink(fresh));
  Result<void> written = write_file(action, facts, fresh, context);
  if (written)
    written = exchange(action, path, fresh, context);
  if (written)
    return {};
  if (exists(context.world.files, fresh)) {
    Result<void> removed = context.world.files.unlink(fresh);
    if (!removed)
      context.events.warning(context.step.id, to_string(removed.error()));
  }
  return written;
}

}  // namespace backstay::runtime
