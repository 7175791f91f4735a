// backstay catalogue: what this machine knows of runs and snapshots, and making that anew.
#include "runtime/catalogue/catalogue.hpp"

#include <map>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/output_file.hpp"
#include "cli/render/catalogue_json.hpp"
#include "cli/render/table.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/units.hpp"
#include "runtime/catalogue/rebuild.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

struct CatalogueOptions {
  std::vector<std::string> places;
  std::string identity;
  runtime::CatalogueQuery query;
  std::string format = "text";
  bool local = false;
};

/// Stores to read, and what keeps the views of them alive.
struct Sources {
  std::vector<runtime::KnownStore> stores = {};
  std::vector<std::string> unknown = {};
  std::vector<std::shared_ptr<void>> kept = {};
};

/// A store seen through an identity, where there is one.
Result<void> add(Execution& execution,
                 runtime::Filesystem& files,
                 const Result<runtime::Store>& store,
                 const std::string& identity,
                 runtime::KnownStore known,
                 Sources& sources) {
  if (!store) {
    sources.unknown.push_back(
        fmt::format("the store {}: {}", known.place, to_string(store.error())));
    return {};
  }
  BACKSTAY_ASSIGN(auto opened, open_sealed_files(files, execution.world().commands, identity));
  std::shared_ptr<runtime::UnsealingFilesystem> view = std::move(opened);
  sources.kept.push_back(view);
  sources.stores.push_back({.files = *view,
                            .store = *store,
                            .kind = known.kind,
                            .place = known.place,
                            .target = known.target});
  return {};
}

Result<void> add_target(Execution& execution,
                        const PlanFile& file,
                        const plan::Target& target,
                        const CatalogueOptions& options,
                        Sources& sources) {
  runtime::World& world = execution.world();
  runtime::KnownStore known{.files = world.files,
                            .store = {},
                            .kind = target.kind,
                            .place = target.path.empty() ? target.remote : target.path,
                            .target = target.name};
  const std::string identity = options.identity.empty()
                                   ? identity_of(world.files, file.plan, target.name)
                                   : absolute_path(options.identity);
  if (target.kind == "directory") {
    return add(execution, world.files,
               runtime::open_store_for_reading(world.files, target.path, world.directories),
               identity, known, sources);
  }
  if (options.local)
    return {};
  auto remote = RemoteSource::open(file.plan, target, execution.stop());
  if (!remote) {
    sources.unknown.push_back(fmt::format("target {}: {}", target.name, to_string(remote.error())));
    return {};
  }
  known.place = (*remote)->describe();
  sources.kept.push_back(*remote);
  return add(execution, (*remote)->files(), (*remote)->store(), identity, known, sources);
}

Result<void> add_place(Execution& execution,
                       const std::string& place,
                       const CatalogueOptions& options,
                       Sources& sources) {
  runtime::World& world = execution.world();
  const std::string path = absolute_path(place);
  BACKSTAY_ASSIGN(const runtime::FileStatus status, world.files.status(path));
  if (status.type == runtime::FileType::Directory) {
    const auto store = runtime::open_store_for_reading(world.files, path, world.directories);
    if (!store)
      return store.error();
    return add(execution, world.files, store,
               options.identity.empty() ? "" : absolute_path(options.identity),
               {.files = world.files, .store = {}, .place = path}, sources);
  }
  BACKSTAY_ASSIGN(const PlanFile file, read_plan_file(place));
  for (const plan::Target& target : file.plan.targets)
    BACKSTAY_TRY(add_target(execution, file, target, options, sources));
  return {};
}

/// The directories that are registered on this machine.
std::vector<std::string> registered(runtime::World& world) {
  std::vector<std::string> places;
  const std::string directory = world.directories.config + "/targets";
  const auto names = world.files.list(directory);
  for (const std::string& name : names ? *names : std::vector<std::string>{}) {
    const auto text = runtime::read_file(world.files, directory + "/" + name, 1U << 16U);
    const std::size_t at = text ? text->find("path /") : std::string::npos;
    if (at == std::string::npos)
      continue;
    const std::string path = text->substr(at + 5, text->find('\n', at) - at - 5);
    if (runtime::exists(world.files, path + "/FORMAT"))
      places.push_back(path);
  }
  return places;
}

std::string rebuilt_text(const std::string& path, const runtime::RebuildReport& report) {
  std::string text =
      fmt::format("{} holds {} runs and {} snapshots\n", path, report.runs, report.snapshots);
  if (!report.set_aside.empty())
    text += fmt::format("the damaged one was set aside as {}\n", report.set_aside);
  for (const std::string& line : report.unknown)
    text += "not known: " + printable(line) + "\n";
  return text;
}

Result<void> rebuild(Session& session, const CatalogueOptions& options, Execution& execution) {
  runtime::World& world = execution.world();
  Sources sources;
  for (const std::string& place : options.places.empty() ? registered(world) : options.places)
    BACKSTAY_TRY(add_place(execution, place, options, sources));
  BACKSTAY_ASSIGN(auto report, runtime::rebuild_catalogue(world, sources.stores));
  const bool missing = !sources.unknown.empty();
  report.unknown.insert(report.unknown.begin(), sources.unknown.begin(), sources.unknown.end());
  const std::string path = runtime::Catalogue::path_in(world.directories.state);
  session.print(options.format == "json" ? rebuilt_json(path, report) : rebuilt_text(path, report));
  if (missing)
    session.exit_code = ExitCode::Partial;
  return {};
}

std::string size_text(std::uint64_t bytes) {
  return to_human(ByteSize{bytes});
}

std::string runs_text(const std::vector<runtime::CatalogueRun>& runs) {
  std::vector<std::vector<std::string>> rows = {
      {"RUN", "WHAT", "POLICY", "BACKUP", "HOST", "STARTED", "OUTCOME", "KNOWN FROM"}};
  for (const runtime::CatalogueRun& run : runs) {
    rows.push_back({printable(run.id), run.what, printable(run.policy), printable(run.backup),
                    printable(run.host), local_time(run.started), run.status,
                    std::string(to_string(run.source))});
  }
  return render_table(rows);
}

std::string snapshots_text(const std::vector<runtime::CatalogueSnapshot>& snapshots,
                           const std::vector<runtime::CatalogueStore>& stores) {
  std::map<std::string, std::string> places;
  for (const runtime::CatalogueStore& store : stores)
    places[store.uuid] = store.target.empty() ? printable(store.place) : store.target;
  std::vector<std::vector<std::string>> rows = {
      {"SNAPSHOT", "STORE", "STARTED", "STATE", "WHERE", "DATA", "NEW"}};
  for (const runtime::CatalogueSnapshot& one : snapshots) {
    rows.push_back({printable(one.id), places[one.store], local_time(one.started), one.state(),
                    std::string(to_string(one.place)), size_text(one.plain_bytes),
                    size_text(one.stored_bytes - std::min(one.stored_bytes, one.linked_bytes))});
  }
  return render_table(rows);
}

std::string calls_text(const std::vector<runtime::CatalogueAttempt>& calls) {
  std::vector<std::vector<std::string>> rows = {
      {"AT", "WHAT", "POLICY", "NAME", "HOST", "BY", "OUTCOME", "RUN", "WHY"}};
  for (const runtime::CatalogueAttempt& call : calls) {
    rows.push_back({local_time(call.at), call.what, printable(call.policy), printable(call.backup),
                    printable(call.host), call.scheduled ? "schedule" : "hand", call.outcome,
                    printable(call.run), printable(call.detail)});
  }
  return render_table(rows);
}

using Show = Result<void> (*)(Session&, const CatalogueOptions&, runtime::Catalogue&);

Result<void> show_runs(Session& session,
                       const CatalogueOptions& options,
                       runtime::Catalogue& catalogue) {
  BACKSTAY_ASSIGN(const auto runs, catalogue.runs(options.query));
  session.print(options.format == "json" ? runs_json(runs) : runs_text(runs));
  return {};
}

Result<void> show_snapshots(Session& session,
                            const CatalogueOptions& options,
                            runtime::Catalogue& catalogue) {
  BACKSTAY_ASSIGN(const auto snapshots, catalogue.snapshots(options.query));
  BACKSTAY_ASSIGN(const auto stores, catalogue.stores());
  session.print(options.format == "json" ? snapshots_json(snapshots, stores)
                                         : snapshots_text(snapshots, stores));
  return {};
}

Result<void> show_calls(Session& session,
                        const CatalogueOptions& options,
                        runtime::Catalogue& catalogue) {
  BACKSTAY_ASSIGN(const auto calls, catalogue.attempts(options.query));
  session.print(options.format == "json" ? calls_json(calls) : calls_text(calls));
  return {};
}

void add_format(CLI::App& verb, CatalogueOptions& options) {
  verb.add_option("-f,--format", options.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
}

/// Empty: none. A word that is no day would choose nothing, in silence.
std::string complaint_of_day(const std::string& text) {
  const std::string instant = text.find('T') == std::string::npos ? text + "T00:00:00Z" : text;
  const auto at = runtime::from_rfc3339(instant);
  return at && runtime::to_rfc3339(*at) == instant
             ? std::string()
             : fmt::format("`{}` is no day such as 2026-11-01", text);
}

void add_showing(CLI::App& verb, Session& session, const char* name, const char* help, Show show) {
  const auto options = std::make_shared<CatalogueOptions>();
  CLI::App* one = verb.add_subcommand(name, help);
  one->add_option("--policy", options->query.policy, "Only of this policy");
  one->add_option("--backup", options->query.backup, "Only of this backup");
  one->add_option("--host", options->query.host, "Only of this host");
  one->add_option("--since", options->query.from, "Begun on this day or later: 2026-11-01")
      ->check(complaint_of_day);
  one->add_option("--until", options->query.until, "Begun before this day")
      ->check(complaint_of_day);
  add_format(*one, *options);
  one->callback([options, &session, show] {
    Execution execution(session, OutputFormat::Text);
    runtime::World& world = execution.world();
    auto catalogue = runtime::Catalogue::open_for_reading(
        world.files, runtime::Catalogue::path_in(world.directories.state));
    if (!catalogue) {
      execution.fail(catalogue.error());
    } else if (const auto shown = show(session, *options, *catalogue); !shown) {
      execution.fail(shown.error());
    }
  });
}

}  // namespace

void add_catalogue(CLI::App& app, Session& session) {
  CLI::App* verb =
      app.add_subcommand("catalogue", "Every run and snapshot that this machine knows of");
  verb->require_subcommand(1);
  add_showing(*verb, session, "runs", "Runs: of this machine, and of those whose stores it reads",
              show_runs);
  add_showing(*verb, session, "snapshots", "Snapshots, also those that a prune took",
              show_snapshots);
  add_showing(*verb, session, "calls",
              "Calls of run, drill, prune and verify, also those that began no run", show_calls);
  const auto options = std::make_shared<CatalogueOptions>();
  CLI::App* again = verb->add_subcommand("rebuild", "Make it anew from reports and stores");
  again->add_option("PLAN|STORE", options->places,
                    "Plans, all of whose targets are read, and stores (default: the directories "
                    "that are registered on this machine)");
  again->add_flag("--local", options->local, "Of plans, only targets that are directories here");
  again->add_option("--identity", options->identity,
                    "File of an age identity that opens what is sealed");
  add_format(*again, *options);
  again->callback([options, &session] {
    Execution execution(session, OutputFormat::Text);
    if (const auto done = rebuild(session, *options, execution); !done)
      execution.fail(done.error());
  });
  verb->footer(
      "A cache: no decision reads it, and whatever is wrong with it costs no backup.\n\n"
      "Examples:\n  backstay catalogue runs --since 2026-11-01\n"
      "  backstay catalogue snapshots --policy controller -f json\n"
      "  backstay catalogue rebuild /etc/backstay/*.plan.yaml");
}

}  // namespace backstay::cli
