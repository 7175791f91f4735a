// backstay list: the snapshots of a store.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/render/table.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/units.hpp"
#include "runtime/drill/evidence.hpp"

namespace backstay::cli {
namespace {

struct Options {
  SourceOptions source;
  std::string format = "text";
};

/// A snapshot with what its records say of drills.
struct Listed {
  runtime::SnapshotSummary summary;
  std::optional<runtime::Evidence> evidence;

  /// `damaged`, `partial`, `complete`, `drilled` or `drill-failed`
  [[nodiscard]] std::string state() const {
    if (!summary.problem.empty())
      return "damaged";
    if (summary.keep_current)
      return "keep-current";
    if (summary.partial)
      return "partial";
    if (!evidence)
      return "complete";
    return evidence->drilled ? "drilled" : "drill-failed";
  }
};

std::string as_text(const std::vector<Listed>& snapshots) {
  std::vector<std::vector<std::string>> rows = {
      {"SNAPSHOT", "BACKUP", "HOST", "STARTED", "DATA", "STORED", "STATE"}};
  for (const Listed& listed : snapshots) {
    const runtime::SnapshotSummary& one = listed.summary;
    rows.push_back({one.id, one.backup, one.host, local_time(one.started),
                    to_human(ByteSize{one.plain_bytes}), to_human(ByteSize{one.stored_bytes}),
                    one.problem.empty() ? listed.state() + (one.seal.seals() ? ", sealed" : "")
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
                    {"state", listed.state()},
                    {"drilled", listed.evidence ? listed.evidence->finished : ""}});
  }
  const nlohmann::ordered_json document = {{"schema_version", 1}, {"snapshots", list}};
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void list(Session& session, const Options& options) {
  runtime::RealFilesystem files;
  const auto source = open_source(files, options.source);
  if (!source) {
    session.fail(source.error());
    return;
  }
  const auto snapshots = runtime::list_snapshots(files, source->store, source->filter);
  if (!snapshots) {
    session.fail(snapshots.error());
    return;
  }
  std::vector<Listed> listed;
  for (const runtime::SnapshotSummary& one : *snapshots) {
    listed.push_back({one, runtime::last_evidence(files, source->store, one.id)});
  }
  if (options.format == "json") {
    session.print(as_json(listed));
  } else if (listed.empty()) {
    session.say(fmt::format("no snapshots in {}", source->store.path));
  } else {
    session.print(as_text(listed));
  }
}

}  // namespace

void add_list(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("list", "List the snapshots of a store");
  add_source_options(*verb, options->source);
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Examples:\n  backstay list controller.plan.yaml\n  backstay list /var/backups/backstay");
  verb->callback([options, &session] { list(session, *options); });
}

}  // namespace backstay::cli
