// check-snapshot: before a restore changes anything, every byte that it needs is there and intact,
// and no place is in the way.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "lang/base/units.hpp"
#include "runtime/database/mariadb_restore.hpp"
#include "runtime/database/physical_restore.hpp"
#include "runtime/database/postgresql_restore.hpp"
#include "runtime/database/sqlite_restore.hpp"
#include "runtime/restore/kept_snapshot.hpp"
#include "runtime/restore/obstacles.hpp"
#include "runtime/restore/place_files.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/restore/restore_selection.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/store/verify.hpp"

namespace backstay::runtime {

namespace {

// Where things will go, so that all that is in the way is told at once.
struct Destinations {
  std::vector<std::string> existing;
  std::set<std::string> unclaimed;  // paths of the request that no component holds
};

bool holds(SnapshotReader& snapshot, const PlaceRequest& request, const std::string& top) {
  const ComponentInfo* component = snapshot.component(request.files.component);
  if (component == nullptr || component->kind != "files")
    return component != nullptr;
  bool found = false;
  const auto read =
      snapshot.each_entry_near(request.files.component, top, [&](Entry&& entry) -> Result<void> {
        found = found || (entry.path == "." ? "/" : "/" + entry.path) == top;
        return {};
      });
  return found || !read;  // a list that cannot be read is told by the verification
}

void add_destinations(const PlaceRequest& request, StepContext& context, Destinations& found) {
  for (const std::string& top : tops_of(request)) {
    const std::string destination = destination_of(request, top);
    if (exists(context.world.files, destination))
      found.existing.push_back(destination);
    if (found.unclaimed.contains(top) && holds(*context.snapshot, request, top)) {
      found.unclaimed.erase(top);
    }
  }
  // A path above the component asks for all of it.
  std::erase_if(found.unclaimed, [&](const std::string& path) {
    return path != request.files.path && is_at_or_below(request.files.path, path);
  });
}

Destinations look_at_destinations(StepContext& context) {
  const RestoreRun& run = *context.restore;
  Destinations found;
  found.unclaimed.insert(run.request.paths.begin(), run.request.paths.end());
  for (const plan::Step& step : context.backup.restore) {
    if (step.host != context.step.host)
      continue;
    PlaceRequest request{.files = {},
                         .paths = run.request.paths,
                         .to_directory = run.request.to_directory,
                         .in_place = run.request.in_place,
                         .run_id = run.run_id};
    if (const auto* files = std::get_if<plan::RestoreFiles>(&step.action)) {
      request.files = *files;
    } else if (const auto* sqlite = std::get_if<plan::RestoreSqlite>(&step.action)) {
      request.files.component = sqlite->component;
      request.files.path = sqlite->path;
    } else {
      continue;
    }
    const ComponentInfo* component = context.snapshot->component(request.files.component);
    const bool empty =
        component != nullptr && component->kind == "files" && component->entries == 0;
    if (run.components.contains(request.files.component) && component != nullptr && !empty) {
      add_destinations(request, context, found);
    }
  }
  return found;
}

bool may_replace(const RestoreRun& run) {
  return run.request.in_place && run.request.to_directory.empty();
}

std::string in_one_line(const std::vector<std::string>& paths) {
  std::string text;
  for (const std::string& path : paths)
    text += (text.empty() ? "`" : ", `") + path + "`";
  return text;
}

Result<void> check_destinations(StepContext& context) {
  const Destinations found = look_at_destinations(context);
  if (!found.unclaimed.empty()) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = "no component of the restore holds " +
                            in_one_line({found.unclaimed.begin(), found.unclaimed.end()}),
                 .hint = "`backstay ls` shows what the snapshot holds"};
  }
  if (found.existing.empty() || may_replace(*context.restore))
    return {};
  return Error{
      .kind = ErrorKind::Refused,
      .message = in_one_line(found.existing) + (found.existing.size() == 1 ? " exists" : " exist") +
                 "; nothing was changed",
      .hint = "restore with --in-place (what is there is kept aside), or beside it with --to"};
}

bool asked_for(const RestoreRun& run, const std::string& path) {
  const auto holds = [&](const std::string& wanted) { return is_at_or_below(path, wanted); };
  return run.request.paths.empty() || std::ranges::any_of(run.request.paths, holds);
}

// All that may be privileged; where a restore asks for some paths only, what lies at these.
Result<void> look_at_entries(StepContext& context,
                             const std::string& component,
                             const EntryVisitor& look) {
  const std::vector<std::string>& paths = context.restore->request.paths;
  if (paths.empty())
    return context.snapshot->each_entry_where(component, may_be_privileged, look);
  for (const std::string& path : paths)
    BACKSTAY_TRY(context.snapshot->each_entry_near(component, path, look));
  return {};
}

// Set-id bits, devices and capabilities need leave, which is asked for before anything is changed.
Result<void> check_privileges(StepContext& context) {
  const RestoreRun& run = *context.restore;
  if (run.request.privileged != Privileged::Refused)
    return {};
  for (const plan::Step& step : context.backup.restore) {
    const auto* files = std::get_if<plan::RestoreFiles>(&step.action);
    if (files == nullptr || step.host != context.step.host ||
        !run.components.contains(files->component) ||
        context.snapshot->component(files->component) == nullptr)
      continue;
    const Selector selector(files->except, files->keep);
    const EntryVisitor look = [&](Entry&& entry) -> Result<void> {
      const std::string path = "/" + entry.path;
      const bool wanted =
          !privilege_of(entry).empty() && asked_for(run, path) && selector.at(path).selected();
      return wanted ? Result<void>(privilege_refused(entry)) : Result<void>();
    };
    // What else is wrong with a list is told by the verification.
    if (auto looked = look_at_entries(context, files->component, look);
        !looked && looked.error().kind == ErrorKind::Refused)
      return looked;
  }
  return {};
}

// A file that cannot be moved would stop a restore half-way.
Result<void> check_immutable(StepContext& context) {
  const RestoreRun& run = *context.restore;
  if (!may_replace(run))
    return {};
  for (const plan::Step& step : context.backup.restore) {
    const auto* files = std::get_if<plan::RestoreFiles>(&step.action);
    if (files == nullptr || step.host != context.step.host ||
        !run.components.contains(files->component))
      continue;
    const Selector selector(files->except, files->keep);
    const PlaceRequest request{.files = *files,
                               .paths = run.request.paths,
                               .to_directory = {},
                               .in_place = true,
                               .run_id = run.run_id};
    for (const std::string& top : tops_of(request)) {
      BACKSTAY_ASSIGN(const auto found, find_immutable(top, selector));
      if (found.empty())
        continue;
      return Error{.kind = ErrorKind::Refused,
                   .message = in_one_line(found) + (found.size() == 1 ? " is" : " are") +
                              " immutable and cannot be set aside; nothing was changed",
                   .hint = "`chattr -i -a` makes them movable"};
    }
  }
  return {};
}

std::uint64_t plain_bytes(StepContext& context) {
  std::uint64_t bytes = 0;
  for (const ComponentInfo& component : context.snapshot->components()) {
    if (context.restore->components.contains(component.name))
      bytes += component.plain_bytes;
  }
  return bytes;
}

// The nearest directory of a path that exists.
std::string existing_above(Filesystem& files, std::string path) {
  while (path.size() > 1 && !exists(files, path)) {
    const std::size_t slash = path.rfind('/');
    path = slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
  }
  return path;
}

/// Where a step puts which component, as files on this machine.
struct Arrival {
  std::string component;
  std::string path;
};

std::optional<Arrival> arrival_of(const plan::Step& step, StepContext& context) {
  if (const auto* files = std::get_if<plan::RestoreFiles>(&step.action)) {
    const PlaceRequest request{.files = *files,
                               .paths = {},
                               .to_directory = context.restore->request.to_directory,
                               .run_id = {}};
    return Arrival{files->component, destination_of(request, files->path)};
  }
  if (const auto* sqlite = std::get_if<plan::RestoreSqlite>(&step.action))
    return Arrival{sqlite->component, sqlite_destination(*sqlite, context)};
  if (const auto* data = std::get_if<plan::RestoreMariadbPhysical>(&step.action))
    return Arrival{data->component, physical_place(*data, context)};
  return std::nullopt;
}

// What is extracted lies beside what it replaces, so each file system needs room for all that comes
// to it. A narrower scope is not measured: its size is not known without reading the lists. Nor is
// what a database server needs, which only it knows.
Result<void> check_space(StepContext& context) {
  const RestoreRun& run = *context.restore;
  if (!run.request.paths.empty())
    return {};

  struct Need {
    std::string place;
    std::uint64_t bytes = 0;
  };

  std::map<std::uint64_t, Need> needs;
  for (const plan::Step& step : context.backup.restore) {
    if (step.host != context.step.host)
      continue;
    const std::optional<Arrival> arrival = arrival_of(step, context);
    const ComponentInfo* component =
        arrival ? context.snapshot->component(arrival->component) : nullptr;
    if (component == nullptr || !run.components.contains(component->name) || arrival->path.empty())
      continue;
    const std::string place = existing_above(context.world.files, arrival->path);
    BACKSTAY_ASSIGN(const FileStatus status, context.world.files.status(place));
    Need& need = needs[status.device];
    need.place = place;
    need.bytes += component->plain_bytes;
  }
  for (const auto& [device, need] : needs) {
    BACKSTAY_ASSIGN(const SpaceStatus space, context.world.files.space(need.place));
    if (need.bytes <= space.free_bytes)
      continue;
    return Error{.kind = ErrorKind::NoSpace,
                 .message = "the restore needs " + to_human(ByteSize{need.bytes}) +
                            " on the file system of `" + need.place + "`, " +
                            to_human(ByteSize{space.free_bytes}) + " are free; nothing was changed",
                 .hint = "make room there, or restore elsewhere with --to"};
  }
  return {};
}

// Servers answer, databases and accounts that are there may be replaced.
Result<void> check_servers(StepContext& context) {
  for (const plan::Step& step : context.backup.restore) {
    if (step.host != context.step.host)
      continue;
    if (context.restore->request.without_orig)
      BACKSTAY_TRY(check_without_orig(step, context));
    if (const auto* mariadb = std::get_if<plan::RestoreMariadb>(&step.action))
      BACKSTAY_TRY(check_restore_targets(*mariadb, context));
    if (const auto* physical = std::get_if<plan::RestoreMariadbPhysical>(&step.action))
      BACKSTAY_TRY(check_physical_target(*physical, context));
    if (const auto* postgresql = std::get_if<plan::RestorePostgresql>(&step.action))
      BACKSTAY_TRY(check_postgres_targets(*postgresql, context));
  }
  return {};
}

// Files that are asked for by path, or that come back beside what is there, are compared with their
// hash as they are written, before any is placed. So of their components only papers and sizes are
// looked at, and nothing is read twice: one file comes back soon, whatever the size. A drill
// measures a restore in place, which reads all.
bool reads_all(const StepContext& context, const std::string& component) {
  const RestoreRequest& request = context.restore->request;
  const ComponentInfo* info = context.snapshot->component(component);
  const bool beside = !request.to_directory.empty() && context.drill == nullptr;
  const bool compared_on_the_way = !request.paths.empty() || beside;
  return !compared_on_the_way || info == nullptr || info->kind != "files";
}

Result<VerifyReport> verify_scope(StepContext& context) {
  const Store store{.path = context.snapshot->store_path(), .uuid = {}};
  VerifyRequest request{.snapshot = context.snapshot->id(), .level = 0, .components = {}};
  for (const std::string& component : context.restore->components) {
    if (reads_all(context, component))
      request.components.insert(component);
  }
  // What is there is dropped before the import: nothing but an intact stream may follow.
  const int level = context.restore->request.without_orig ? 2 : 1;
  request.level = request.components.empty() ? 0 : level;
  request.has_identity = context.snapshot->seal().seals();
  return verify_snapshot(context.world.files, store, request, context.stop);
}

}  // namespace

Result<void> execute(const plan::CheckSnapshot& /*action*/, StepContext& context) {
  BACKSTAY_CHECK(context.snapshot != nullptr && context.restore != nullptr,
                 "a restore has a snapshot");
  BACKSTAY_TRY(check_destinations(context));
  BACKSTAY_TRY(check_privileges(context));
  BACKSTAY_TRY(check_immutable(context));
  BACKSTAY_TRY(check_space(context));
  BACKSTAY_TRY(check_servers(context));
  BACKSTAY_ASSIGN(const VerifyReport report, verify_scope(context));
  if (report.intact())
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = report.problems.front() + "; nothing was changed",
               .hint =
                   "restore another snapshot (--snapshot latest~1), or what is intact of this one "
                   "(--component)"};
}

Preview preview(const plan::CheckSnapshot& /*action*/, StepContext& context) {
  Preview lines;
  lines.push_back({.text = "snapshot " + context.snapshot->id() + ": " +
                           to_human(ByteSize{plain_bytes(context)}) + " in " +
                           std::to_string(context.restore->components.size()) + " components"});
  if (auto checked = check_destinations(context); !checked) {
    lines.push_back({.problem = true, .text = to_string(checked.error())});
  }
  if (auto checked = check_privileges(context); !checked) {
    lines.push_back({.problem = true, .text = to_string(checked.error())});
  }
  if (auto checked = check_space(context); !checked) {
    lines.push_back({.problem = true, .text = to_string(checked.error())});
  }
  for (const plan::Step& step : context.backup.restore) {
    if (!context.restore->request.without_orig || step.host != context.step.host)
      continue;
    if (auto checked = check_without_orig(step, context); !checked)
      lines.push_back({.problem = true, .text = to_string(checked.error())});
  }
  const bool all = std::ranges::any_of(context.restore->components, [&](const auto& component) {
    return reads_all(context, component);
  });
  lines.push_back({.unknown = true,
                   .text = all ? "whether every stored byte is intact: the run reads them all "
                                 "before it changes anything"
                               : "whether the files are intact: the run compares each with its "
                                 "hash before it places anything"});
  return lines;
}

}  // namespace backstay::runtime
