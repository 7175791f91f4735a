// backstay list: the snapshots of a store.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/render/json_text.hpp"
#include "cli/render/table.hpp"
#include "cli/sets.hpp"
#include "cli/snapshot_source.hpp"
#include "compiler/plan/host_groups.hpp"
#include "lang/base/units.hpp"
#include "runtime/drill/evidence.hpp"
#include "runtime/hosts/together.hpp"
#include "runtime/prune/hold.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/store/verification.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

struct ListOptions {
  SourceOptions source;
  bool sets = false;
  std::string format = "text";
};

/// A snapshot with what its records say of drills.
struct Listed {
  runtime::SnapshotSummary summary;
  std::optional<runtime::Evidence> evidence;
  std::string unbelieved = {};  ///< why its signature is not good
  std::string held = {};        ///< why it is held
  std::optional<runtime::Verification> known = {};
  runtime::Together together = {};  ///< with other hosts, where they held still for each other

  /// `damaged` (it cannot be read, or a verification found it so), `unsigned` (where this host asks
  /// for signatures), `partial`, `complete`, `drilled` or `drill-failed`
  [[nodiscard]] std::string state() const {
    if (!summary.problem.empty() || runtime::is_damaged(known))
      return "damaged";
    if (!unbelieved.empty())
      return "unsigned";
    if (summary.keep_current)
      return "keep-current";
    if (summary.partial)
      return "partial";
    if (!evidence)
      return "complete";
    return evidence->drilled ? "drilled" : "drill-failed";
  }
};

std::string damage_text(const Listed& listed) {
  return runtime::is_damaged(listed.known)
             ? fmt::format(": found at level {} {}", listed.known->level,
                           local_time(listed.known->at))
             : "";
}

std::string apart_of(const Listed& listed) {
  return listed.together.apart.empty()
             ? std::string()
             : ", not of one moment with " + plan::host_list(listed.together.apart);
}

nlohmann::ordered_json verification_json(const Listed& listed) {
  if (!listed.known)
    return nullptr;
  return {
      {"level", listed.known->level}, {"intact", listed.known->intact}, {"at", listed.known->at}};
}

std::string as_text(const std::vector<Listed>& snapshots) {
  std::vector<std::vector<std::string>> rows = {
      {"SNAPSHOT", "BACKUP", "HOST", "STARTED", "DATA", "STORED", "STATE"}};
  for (const Listed& listed : snapshots) {
    const runtime::SnapshotSummary& one = listed.summary;
    rows.push_back({one.id, one.backup, one.host, local_time(one.started),
                    to_human(ByteSize{one.plain_bytes}), to_human(ByteSize{one.stored_bytes}),
                    one.problem.empty()
                        ? listed.state() + damage_text(listed) +
                              (one.seal.seals() ? ", sealed" : "") +
                              (listed.held.empty() ? "" : ", held") + apart_of(listed)
                        : "damaged: " + one.problem});
  }
  return render_table(rows);
}

std::string as_json(const std::vector<Listed>& snapshots) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Listed& listed : snapshots) {
    const runtime::SnapshotSummary& one = listed.summary;
    list.push_back({{"id", one.id},
                    {"sequence", one.sequence},
                    {"policy", one.policy},
                    {"backup", one.backup},
                    {"host", one.host},
                    {"started", one.started},
                    {"finished", one.finished},
                    {"partial", one.partial},
                    {"components", one.components},
                    {"plain_bytes", one.plain_bytes},
                    {"stored_bytes", one.stored_bytes},
                    {"sealed_with", one.seal.name},
                    {"recipients", one.seal.recipients},
                    {"problem", one.problem},
                    {"unbelieved", listed.unbelieved},
                    {"held", listed.held},
                    {"set", listed.together.set},
                    {"apart", listed.together.apart},
                    {"state", listed.state()},
                    {"verified", verification_json(listed)},
                    {"drilled", listed.evidence ? listed.evidence->finished : ""}});
  }
  const nlohmann::ordered_json document = {{"schema_version", 1}, {"snapshots", list}};
  return json_document(document);
}

Listed look_at(runtime::Filesystem& files,
               const SnapshotSource& source,
               const runtime::SnapshotSummary& one,
               const std::string& state,
               runtime::Clock& clock) {
  Listed listed{one, runtime::last_evidence(files, source.store, one.id)};
  const auto believed = runtime::check_snapshot_signature(files, source.store, one.id);
  if (!believed && one.problem.empty())
    listed.unbelieved = believed.error().message;
  const auto hold = runtime::read_hold(files, source.store, one.id);
  // Of what was fetched from elsewhere the records are not here.
  if (!source.remote)
    listed.known = runtime::read_verification(files, source.store, one.id, state);
  listed.together = runtime::read_together(files, source.store, one.id);
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.now());
  if (!hold)
    listed.held = "its hold cannot be read";
  else if (*hold && runtime::holds(**hold, now))
    listed.held = (*hold)->because;
  return listed;
}

void list(Session& session, const ListOptions& options) {
  runtime::RealClock clock;
  runtime::RealFilesystem files;
  const auto source = open_source(files, options.source);
  if (!source) {
    session.fail(source.error());
    return;
  }
  runtime::Filesystem& there = source->files(files);
  const auto snapshots = runtime::list_snapshots(there, source->store, source->filter);
  if (!snapshots) {
    session.fail(snapshots.error());
    return;
  }
  const std::string state =
      runtime::find_directories({.config = session.config_dir, .state = session.state_dir}).state;
  std::vector<Listed> listed;
  for (const runtime::SnapshotSummary& one : *snapshots) {
    listed.push_back(look_at(there, *source, one, state, clock));
  }
  if (options.format == "json") {
    session.print(as_json(listed));
  } else if (listed.empty()) {
    session.say(fmt::format("no snapshots{} in {}",
                            options.source.host.empty()
                                ? std::string()
                                : fmt::format(" of host `{}`", options.source.host),
                            source->remote ? source->remote->describe() : source->store.path));
  } else {
    session.print(as_text(listed));
  }
}

/// What this machine ran on several hosts: which snapshots belong to each other.
void list_sets(Session& session, const ListOptions& options) {
  Execution execution(session, OutputFormat::Text);
  const auto file = read_plan_file(options.source.place);
  if (!file) {
    session.fail(file.error());
    return;
  }
  const auto sets = sets_of(execution.world(), file->plan, options.source.backup);
  if (options.format == "json") {
    session.print(json_document(
        {{"schema_version", 1}, {"sets", nlohmann::ordered_json::parse(sets_json(sets))}}));
  } else if (sets.empty()) {
    session.say("this machine has run no backup of that plan on several hosts");
  } else {
    session.print(sets_text(sets));
  }
}

}  // namespace

void add_list(CLI::App& app, Session& session) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* verb = app.add_subcommand("list", "List the snapshots of a store");
  add_source_options(*verb, options->source);
  add_from_option(*verb, options->source);
  verb->add_flag("--sets", options->sets,
                 "What this machine ran on all hosts of a plan, and which of them each set lacks");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Examples:\n  backstay list controller.plan.yaml\n  backstay list /var/backups/backstay\n"
      "  backstay list controller.plan.yaml --from archive");
  verb->callback([options, &session] {
    options->sets ? list_sets(session, *options) : list(session, *options);
  });
}

}  // namespace backstay::cli
