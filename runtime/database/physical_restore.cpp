// Beside, then exchanged: see the header.
#include "runtime/database/physical_restore.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/database/artefacts.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_physical.hpp"
#include "runtime/database/refusal.hpp"
#include "runtime/journal/stopped_units.hpp"
#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/change.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/restore/set_aside.hpp"
#include "runtime/restore/undo_files.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

namespace fs = std::filesystem;

bool in_scope(const plan::RestoreMariadbPhysical& action, const StepContext& context) {
  return context.restore->components.contains(action.component);
}

/// The place of a data directory and what is there.
struct Place {
  std::string path;
  std::string parent;
  std::string name;
  bool there = false;
  bool empty = true;
  bool mount = false;
  uid_t user = 0;
  gid_t group = 0;
};

Result<Place> look_at(const std::string& path) {
  Place place{.path = path,
              .parent = fs::path(path).parent_path().string(),
              .name = fs::path(path).filename().string()};

  struct stat above {};

  struct stat status {};

  if (::stat(place.parent.c_str(), &above) != 0)
    return errno_error(errno, "cannot look at `" + place.parent + "`");
  if (::lstat(path.c_str(), &status) == 0) {
    place.there = true;
    if (!S_ISDIR(status.st_mode))
      return refused("`" + path + "` is no directory", "name the directory itself as `datadir`");
    std::error_code failed;
    place.empty = fs::is_empty(path, failed) && !failed;
    place.mount = status.st_dev != above.st_dev;
    place.user = status.st_uid;
    place.group = status.st_gid;
    return place;
  }
  if (errno != ENOENT)
    return errno_error(errno, "cannot look at `" + path + "`");
  // The account that Debian's and Red Hat's servers run as.
  if (const passwd* account = ::getpwnam("mysql"); account != nullptr) {
    place.user = account->pw_uid;
    place.group = account->pw_gid;
  }
  return place;
}

Error still_runs(const plan::Server& server) {
  return refused(fmt::format("server `{}` runs on {}: its files cannot be replaced under it",
                             server.name, server.datadir),
                 server.units.empty()
                     ? "stop it, then run again"
                     : "stop it, then run again: systemctl stop " + shell_words(server.units));
}

Result<void> make_durable(const std::string& directory) {
  const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.get() < 0 || ::syncfs(opened.get()) != 0)
    return errno_error(errno, "cannot make `" + directory + "` durable");
  return {};
}

Result<void> prepare_at(const plan::RestoreMariadbPhysical& action,
                        const std::string& directory,
                        StepContext& context) {
  BACKSTAY_ASSIGN(const auto stream,
                  context.snapshot->open_stream(action.component, kPhysicalStream));
  const PrepareCall call{.runner = context.world.commands,
                         .stop = context.stop,
                         .deadline = std::chrono::seconds(context.step.timeout.seconds),
                         .progress = [&](std::uint64_t bytes) {
                           context.events.progress(context.step.id, bytes, action.component);
                         }};
  return prepare_physical(*stream, directory, call);
}

/// The units of the server, stopped around the exchange where we may.
class ServerUnits {
 public:
  ServerUnits(const plan::Server& server, StepContext& context)
      : server_(server), context_(context), manager_(context.world.commands, context.stop) {}

  [[nodiscard]] bool may() const {
    return !server_.units.empty() && context_.stopped != nullptr &&
           !units_left_to_hands(context_).has_value();
  }

  Result<void> stop() {
    if (!may())
      return {};
    for (auto unit = server_.units.rbegin(); unit != server_.units.rend(); ++unit)
      BACKSTAY_TRY(context_.stopped->stop(manager_, *unit));
    return {};
  }

  Result<void> start() {
    if (!may()) {
      context_.restore->checklist.push_back(
          "its data files are in place, start server " + server_.name +
          (server_.units.empty() ? "" : ": systemctl start " + shell_words(server_.units)));
      return {};
    }
    for (const std::string& unit : server_.units)
      BACKSTAY_TRY(context_.stopped->start(manager_, unit));
    return {};
  }

 private:
  const plan::Server& server_;
  StepContext& context_;
  ServiceManager manager_;
};

/// Notes a change, makes it, notes that it was made.
Result<void> noted(StepContext& context,
                   const Change& change,
                   const std::function<Result<void>()>& make) {
  ChangeLog* changes = context.restore->changes;
  std::size_t number = 0;
  if (changes != nullptr) {
    BACKSTAY_ASSIGN(number, changes->about_to(change));
  }
  BACKSTAY_FAILPOINT("restore-physical.place");
  Result<void> made = make();
  if (changes == nullptr)
    return made;
  return made ? changes->made(number) : made;
}

Result<void> put_in_place(const Place& place,
                          const std::string& fresh,
                          const std::string& component,
                          StepContext& context) {
  BACKSTAY_ASSIGN(const FileIdentity identity, identity_of(AT_FDCWD, fresh));
  if (!place.there || place.empty) {
    return noted(context, PathCreated{component, place.path, identity}, [&]() -> Result<void> {
      // An empty directory is replaced by a rename
      if (::rename(fresh.c_str(), place.path.c_str()) != 0)
        return errno_error(errno, "cannot put the data files into `" + place.path + "`");
      return make_durable(place.parent);
    });
  }
  PathExchanged change{.component = component,
                       .path = place.path,
                       .aside = place.parent + "/" + orig_name(place.name, context.run_id),
                       .old = {},
                       .fresh = identity};
  BACKSTAY_ASSIGN(change.old, identity_of(AT_FDCWD, place.path));
  // Why first under the name of what is set aside: then one exchange brings both to where they
  // stay, and whoever comes after a kill finds the old files under no other name than the noted
  // ones.
  return noted(context, change, [&]() -> Result<void> {
    if (::renameat2(AT_FDCWD, fresh.c_str(), AT_FDCWD, change.aside.c_str(), RENAME_NOREPLACE) != 0)
      return errno_error(errno, "cannot name the data files `" + change.aside + "`");
    BACKSTAY_FAILPOINT("restore-physical.beside");
    if (::renameat2(AT_FDCWD, change.aside.c_str(), AT_FDCWD, place.path.c_str(),
                    RENAME_EXCHANGE) != 0)
      return errno_error(errno, "cannot exchange `" + place.path + "`");
    BACKSTAY_FAILPOINT("restore-physical.exchanged");
    context.restore->kept.push_back(change.aside);
    return make_durable(place.parent);
  });
}

/// Puts the directory where files are prepared on record, so that an undo takes it away. 0: nothing
/// is recorded. Why made before it is: no other run has that name, and a kill right after it was
/// made must find it on record.
Result<std::size_t> note_working(const std::string& component,
                                 const std::string& path,
                                 StepContext& context) {
  ChangeLog* changes = context.restore->changes;
  if (changes == nullptr)
    return std::size_t{0};
  BACKSTAY_ASSIGN(const std::size_t number, changes->about_to(PathCreated{component, path, {}}));
  BACKSTAY_TRY(changes->made(number));
  return number;
}

/// Whether the files of a noted change are in their place and what was there is where it says.
bool is_whole(const Change& change, const std::string& datadir) {
  const auto at = [](const std::string& path, const FileIdentity& wanted) {
    const auto found = identity_of(AT_FDCWD, path);
    return found && *found == wanted;
  };
  if (const auto* created = std::get_if<PathCreated>(&change))
    return created->path == datadir && at(created->path, created->fresh);
  const auto* exchanged = std::get_if<PathExchanged>(&change);
  return exchanged != nullptr && at(exchanged->path, exchanged->fresh) &&
         at(exchanged->aside, exchanged->old);
}

/// What a try that died did to these files: true where it had brought them, else it is undone.
Result<bool> settle_earlier(const std::string& component,
                            const std::string& datadir,
                            StepContext& context) {
  ChangeLog* changes = context.restore->changes;
  if (changes == nullptr || !context.restore->again)
    return false;
  for (const RecordedChange& each : changes->changes()) {
    if (each.state == ChangeState::TakenBack || component_of(each.change) != component)
      continue;
    if (is_whole(each.change, datadir)) {
      if (each.state == ChangeState::Noted)
        BACKSTAY_TRY(changes->made(each.number));
      return true;
    }
    const auto* created = std::get_if<PathCreated>(&each.change);
    const bool working = created != nullptr && created->path != datadir;
    if (each.state != ChangeState::Noted && !working)
      continue;
    const ChangeContext undo{.run_id = context.run_id,
                             .number = each.number,
                             .read_kept = {},
                             .note = [](const std::string&) {}};
    if (const auto* exchanged = std::get_if<PathExchanged>(&each.change))
      BACKSTAY_TRY(undo_change(*exchanged, undo));
    BACKSTAY_TRY(changes->taken_back(each.number));
  }
  return false;
}

}  // namespace

bool is_served(const std::string& datadir) {
  const Descriptor file(::open((datadir + "/ibdata1").c_str(), O_RDWR | O_CLOEXEC));
  if (file.get() < 0)
    return false;

  struct flock lock {};

  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

Result<void> give_tree(const std::string& directory, uid_t user, gid_t group) {
  std::error_code failed;
  const auto give = [&](const std::string& path) {
    return ::lchown(path.c_str(), user, group) == 0 || errno == EPERM;
  };
  bool good = give(directory);
  for (const auto& entry : fs::recursive_directory_iterator(directory, failed))
    good = good && give(entry.path().string());
  if (good && !failed)
    return {};
  return errno_error(failed ? failed.value() : errno,
                     "cannot change the owner of `" + directory + "`");
}

std::string physical_place(const plan::RestoreMariadbPhysical& action, const StepContext& context) {
  const std::string& to = context.restore->request.to_directory;
  if (!to.empty())
    return to + "/" + action.component;
  const plan::Server* server = context.plan.server(action.server);
  return server == nullptr ? std::string() : server->datadir;
}

Result<void> check_physical_target(const plan::RestoreMariadbPhysical& action,
                                   StepContext& context) {
  if (!in_scope(action, context))
    return {};
  const RestoreRequest& request = context.restore->request;
  const ComponentInfo* info = context.snapshot->component(action.component);
  if (info == nullptr)
    return not_in_snapshot(action.component);
  BACKSTAY_ASSIGN(const PhysicalFacts facts, read_physical_facts(info->facts));
  BACKSTAY_ASSIGN(const std::string tool, physical_tool_version(context.world.commands));
  BACKSTAY_TRY(require_same_release(tool, facts.server_version));
  if (!request.databases.empty() || !request.database_suffix.empty()) {
    return refused("server `" + action.server +
                       "` is kept as data files: one database of them "
                       "cannot be restored alone",
                   "restore it beside with --to, start a server on that directory and dump there");
  }
  if (!request.to_directory.empty())
    return {};
  BACKSTAY_ASSIGN(const plan::Server* server, find_server(context, action.server));
  if (server->datadir.empty()) {
    return refused("server `" + action.server + "` has no `datadir` in the policy",
                   "restore beside with --to");
  }
  BACKSTAY_ASSIGN(const Place place, look_at(server->datadir));
  if (place.mount) {
    return refused("`" + place.path + "` is a mount point, which cannot be exchanged",
                   "restore beside with --to, and move the files there with the server stopped");
  }
  if (!place.empty && !request.in_place) {
    return refused("`" + place.path + "` is not empty; nothing was changed",
                   "--in-place exchanges it and keeps what is there; --to restores beside it");
  }
  const bool by_hand = server->units.empty() || units_left_to_hands(context).has_value();
  if (is_served(server->datadir) && by_hand)
    return still_runs(*server);
  return {};
}

Result<void> restore_physical(const plan::RestoreMariadbPhysical& action, StepContext& context) {
  if (!in_scope(action, context))
    return {};
  BACKSTAY_TRY(check_physical_target(action, context));
  if (!context.restore->request.to_directory.empty()) {
    const std::string place = physical_place(action, context);
    BACKSTAY_TRY(
        make_directories(context.world.files, context.restore->request.to_directory, 0755));
    BACKSTAY_TRY(prepare_at(action, place, context));
    BACKSTAY_TRY(make_durable(place));
    context.restore->kept.push_back(place);
    return {};
  }
  BACKSTAY_ASSIGN(const plan::Server* server, find_server(context, action.server));
  ServerUnits units(*server, context);
  BACKSTAY_ASSIGN(const bool whole, settle_earlier(action.component, server->datadir, context));
  if (whole)
    return units.start();
  BACKSTAY_ASSIGN(const Place place, look_at(server->datadir));
  const std::string fresh = place.path + ".backstay-new-" + context.run_id;
  std::error_code ignored;
  fs::remove_all(fresh, ignored);  // of a try of this run that died
  BACKSTAY_ASSIGN(const std::size_t working, note_working(action.component, fresh, context));
  Result<void> done = prepare_at(action, fresh, context);
  if (done)
    done = give_tree(fresh, place.user, place.group);
  if (done)
    done = make_durable(fresh);
  if (done)
    done = units.stop();
  if (done && is_served(server->datadir))
    done = still_runs(*server);
  if (!done) {
    fs::remove_all(fresh, ignored);
    if (working > 0)
      (void)context.restore->changes->taken_back(working);
    return done;
  }
  BACKSTAY_TRY(put_in_place(place, fresh, action.component, context));
  if (working > 0)  // it has another name now
    BACKSTAY_TRY(context.restore->changes->taken_back(working));
  return units.start();
}

}  // namespace backstay::runtime
