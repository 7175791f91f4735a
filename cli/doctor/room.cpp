// Is there room for a restore in place? It lays what comes back beside what is there, so a disk
// that holds the service today may be too small on the day of the restore.
#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "cli/doctor/doctor.hpp"
#include "compiler/plan/action_facts.hpp"
#include "lang/base/units.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/store_list.hpp"

namespace backstay::cli {
namespace {

/// What a restore of the newest point lays onto one file system.
struct Load {
  std::set<std::string> places = {};
  std::uint64_t bytes = 0;
};

Result<std::optional<runtime::Manifest>> newest_manifest(DoctorCall& call,
                                                         const plan::Plan& plan,
                                                         const plan::Backup& backup,
                                                         const std::string& host) {
  BACKSTAY_ASSIGN(const auto store,
                  runtime::open_store_for_reading(
                      call.world.files, plan.target(backup.target)->path, call.world.directories));
  BACKSTAY_ASSIGN(
      const auto all,
      runtime::list_snapshots(call.world.files, store,
                              {.policy = plan.policy, .backup = backup.name, .host = host}));
  for (const runtime::SnapshotSummary& one : all) {
    if (one.partial || !one.problem.empty())
      continue;
    const std::string path = runtime::layout::snapshot(store.path, one.id) + "/" +
                             std::string(runtime::layout::kManifest);
    BACKSTAY_ASSIGN(const std::string text, runtime::read_file(call.world.files, path));
    BACKSTAY_ASSIGN(auto manifest, runtime::parse_manifest(text, path));
    return std::optional(std::move(manifest));
  }
  return std::optional<runtime::Manifest>();
}

/// Where a step's data lies; empty where that is not known here.
std::string place_of(const plan::Plan& plan, const plan::Action& action) {
  if (const auto* files = std::get_if<plan::ArchiveFiles>(&action))
    return files->path;
  if (const auto* sqlite = std::get_if<plan::CopySqlite>(&action))
    return sqlite->path;
  for (const std::string& name : plan::servers_of(action)) {
    const plan::Server* server = plan.server(name);
    if (server != nullptr && server->address.empty())
      return server->datadir;
  }
  return {};
}

/// `database all` makes components that only the snapshot knows.
std::string prefix_of(const plan::Action& action) {
  std::string all;
  if (const auto* mariadb = std::get_if<plan::DumpMariadb>(&action))
    all = mariadb->all_component;
  else if (const auto* postgresql = std::get_if<plan::DumpPostgresql>(&action))
    all = postgresql->all_component;
  return all.empty() ? all : all + ".";
}

std::uint64_t bytes_of(const plan::Action& action, const runtime::Manifest& manifest) {
  const auto named = plan::components_of(action);
  const std::string prefix = prefix_of(action);
  std::uint64_t bytes = 0;
  for (const runtime::ManifestComponent& one : manifest.components) {
    const bool ours = std::find(named.begin(), named.end(), one.name) != named.end() ||
                      (!prefix.empty() && one.name.starts_with(prefix));
    bytes += ours ? one.plain_bytes : 0;
  }
  return bytes;
}

/// The nearest directory that is there: what is lost is made anew below it.
std::optional<runtime::FileStatus> nearest_there(runtime::Filesystem& files, std::string& path) {
  while (!path.empty()) {
    if (const auto status = files.status(path); status && path.starts_with('/'))
      return *status;
    const std::size_t slash = path.rfind('/');
    if (slash == std::string::npos || path == "/")
      return std::nullopt;
    path = slash == 0 ? "/" : path.substr(0, slash);
  }
  return std::nullopt;
}

}  // namespace

void look_at_restore_room(DoctorCall& call,
                          const plan::Plan& plan,
                          const plan::Backup& backup,
                          const std::string& host) {
  if (plan.target(backup.target)->kind != "directory")
    return;
  const auto manifest = newest_manifest(call, plan, backup, host);
  // That a store cannot be read, or has no point, others say.
  if (!manifest || !*manifest)
    return;
  std::map<std::uint64_t, Load> loads;
  for (const plan::Step& step : backup.backup) {
    std::string place = step.host == host ? place_of(plan, step.action) : std::string();
    const auto status = nearest_there(call.world.files, place);
    if (!status)
      continue;
    Load& load = loads[status->device];
    load.places.insert(place);
    load.bytes += bytes_of(step.action, **manifest);
  }
  for (const auto& [device, load] : loads) {
    const auto space = call.world.files.space(*load.places.begin());
    if (!space || load.bytes == 0)
      continue;
    const bool room = space->free_bytes >= load.bytes;
    call.add(
        "space", room ? Health::Ok : Health::Problem,
        fmt::format("backup {}: a restore in place needs {} beside what is in {}{}; {} are free",
                    backup.name, to_human(ByteSize{load.bytes}), *load.places.begin(),
                    load.places.size() > 1
                        ? fmt::format(" and {} more places on that disk", load.places.size() - 1)
                        : "",
                    to_human(ByteSize{space->free_bytes})),
        room ? "" : "a larger disk there; until then: backstay restore PLAN --to /another/disk");
  }
}

}  // namespace backstay::cli
