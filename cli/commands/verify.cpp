// backstay verify: is a snapshot what it was?
#include "runtime/store/verify.hpp"

#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/keeping.hpp"
#include "cli/render/json_text.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/sha256.hpp"
#include "lang/base/units.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/verification.hpp"
#include "runtime/target/write_receipt.hpp"

namespace backstay::cli {
namespace {

struct VerifyOptions {
  SourceOptions source;
  std::string snapshot;
  std::string format = "text";
  int level = 1;
  bool receipt = false;
};

Result<std::vector<std::string>> chosen(runtime::Filesystem& files,
                                        const SnapshotSource& source,
                                        const std::string& name) {
  if (!name.empty()) {
    BACKSTAY_ASSIGN(const auto one,
                    runtime::find_snapshot(files, source.store, source.filter, name));
    return std::vector<std::string>{one.id};
  }
  BACKSTAY_ASSIGN(const auto all, runtime::list_snapshots(files, source.store, source.filter));
  std::vector<std::string> ids;
  for (const runtime::SnapshotSummary& one : all) {
    ids.push_back(one.id);
  }
  return ids;
}

std::string place_of(const SnapshotSource& source) {
  return source.remote ? source.remote->describe() : source.store.path;
}

std::string as_text(const std::string& id,
                    const runtime::VerifyReport& report,
                    const VerifyOptions& options) {
  std::string text =
      fmt::format("{}: {} at level {} ({} read{})\n", id, report.intact() ? "intact" : "DAMAGED",
                  report.level, to_human(ByteSize{report.stored_bytes}),
                  report.level == 2 ? fmt::format(", {} files compared", report.files) : "");
  if (!report.not_proven.empty()) {
    text += fmt::format("  NOT PROVEN at level {}: {}; give --identity FILE\n", options.level,
                        report.not_proven);
  }
  return text;
}

nlohmann::ordered_json as_json(const std::string& id, const runtime::VerifyReport& report) {
  return {{"id", id},
          {"intact", report.intact()},
          {"level", report.level},
          {"not_proven", report.not_proven},
          {"problems", report.problems},
          {"stored_bytes", report.stored_bytes},
          {"files", report.files}};
}

/// What came of it, kept where `status`, `list` and `prune` look. Of a target beyond this machine
/// the backup's own store keeps it.
class Keeping {
 public:
  Keeping(Execution& execution, const SnapshotSource& source)
      : world_(execution.world()), events_(execution.events()), source_(source) {}

  void keep(const std::string& id, const runtime::VerifyReport& report) {
    const auto kept =
        write(id, runtime::verification_of(report, runtime::to_rfc3339(world_.clock.now())));
    if (said_ || (kept && *kept != runtime::KeptAt::Host))
      return;
    said_ = true;
    events_.warning(
        "",
        kept ? "the store is read-only or another account's: the result is kept on this host alone"
             : "the result is not kept: " + to_string(kept.error()));
  }

 private:
  Result<runtime::KeptAt> write(const std::string& id, const runtime::Verification& found) {
    if (!source_.remote) {
      return runtime::keep_verification(world_.files, source_.store, id, found,
                                        world_.directories.state);
    }
    BACKSTAY_ASSIGN(
        const runtime::Store main,
        runtime::open_store_for_reading(world_.files, source_.keep_in, world_.directories));
    return runtime::keep_copy_verification(world_.files, main, id, source_.target, found);
  }

  runtime::World& world_;
  runtime::Events& events_;
  const SnapshotSource& source_;
  bool said_ = false;  ///< once is enough
};

/// What is fetched is compared on its way: there, damage is an Error.
Result<runtime::VerifyReport> damage_as_report(Result<runtime::VerifyReport> done, int level) {
  if (done || done.error().kind != ErrorKind::Verification)
    return done;
  runtime::VerifyReport report;
  report.level = level;
  report.problems.push_back(to_string(done.error()));
  return report;
}

/// A line about a verification by a plan. Of one by a store alone nothing is kept: that is how a
/// disk is looked at on a machine that is not its own.
void keep_line(Execution& execution,
               const SnapshotSource& source,
               std::size_t snapshots,
               std::size_t damaged,
               int level) {
  if (!source.plan)
    return;
  keep_catalogue(execution, source.plan->plan,
                 {.what = "verify", .backup = source.filter.backup, .host = source.filter.host},
                 damaged == 0 ? "ran" : "failed", {},
                 fmt::format("{} snapshots in {} at level {}: {} damaged", snapshots,
                             place_of(source), level, damaged));
}

/// What was read whole and found intact is proven, whoever made it: for a store that knows nothing
/// of it any more.
Result<void> take_as_ours(Execution& execution,
                          const SnapshotSource& source,
                          const std::string& id,
                          const runtime::VerifyReport& report) {
  runtime::World& world = execution.world();
  BACKSTAY_ASSIGN(const runtime::Store main,
                  runtime::open_store_for_reading(world.files, source.keep_in, world.directories));
  BACKSTAY_ASSIGN(const std::string manifest,
                  runtime::read_file(source.files(world.files),
                                     runtime::layout::snapshot(source.store.path, id) + "/" +
                                         std::string(runtime::layout::kManifest)));
  const runtime::Receipt receipt{.at = runtime::to_rfc3339(world.clock.now()),
                                 .target = source.target,
                                 .store = source.store.uuid,
                                 .how = fmt::format("read from there, level {}", report.level),
                                 .files = report.files,
                                 .total_bytes = report.stored_bytes,
                                 .moved_bytes = 0,
                                 .manifest = to_hex(sha256(manifest))};
  BACKSTAY_ASSIGN(const auto known, runtime::read_receipts(world.files, main, id));
  const bool there = std::ranges::any_of(known, [&](const runtime::Receipt& one) {
    return one.store == receipt.store && one.manifest == receipt.manifest;
  });
  if (there)
    return {};
  return runtime::write_receipt(world.files, main,
                                {.snapshot = id,
                                 .policy = source.filter.policy,
                                 .host = source.filter.host,
                                 .target = source.target,
                                 .run_id = {}},
                                receipt);
}

Result<void> check_receipt(const VerifyOptions& options, const SnapshotSource& source) {
  if (!options.receipt || (source.remote && options.level > 0))
    return {};
  return Error{.kind = ErrorKind::Usage,
               .message = source.remote ? "--receipt needs level 1: every byte is read"
                                        : "--receipt is for copies beyond this machine, which "
                                          "`--from TARGET` reads",
               .hint = "a directory holds the receipts of its copies itself"};
}

Result<void> verify(Session& session, const VerifyOptions& options, Execution& execution) {
  runtime::Filesystem& files = execution.world().files;
  BACKSTAY_ASSIGN(const auto source, open_source(files, options.source, execution.stop()));
  BACKSTAY_TRY(check_receipt(options, source));
  runtime::Filesystem& there = source.files(files);
  source.expect_whole();
  BACKSTAY_ASSIGN(const auto opened,
                  open_sealed_files(there, execution.world().commands, source.identity));
  BACKSTAY_ASSIGN(const auto ids, chosen(there, source, options.snapshot));
  if (ids.empty()) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("no snapshots in {}", place_of(source))};
  }
  nlohmann::ordered_json snapshots = nlohmann::ordered_json::array();
  runtime::StoredHashes hashes;
  std::size_t damaged = 0;
  Keeping keeping(execution, source);
  for (const std::string& id : ids) {
    BACKSTAY_ASSIGN(
        const auto report,
        damage_as_report(runtime::verify_snapshot(*opened, source.store,
                                                  {.snapshot = id,
                                                   .level = options.level,
                                                   .components = {},
                                                   .hashes = &hashes,
                                                   .has_identity = opened->has_identity()},
                                                  execution.stop()),
                         options.level));
    damaged += report.intact() ? 0 : 1;
    keeping.keep(id, report);
    if (options.receipt && report.intact())
      BACKSTAY_TRY(take_as_ours(execution, source, id, report));
    // Part of what was asked for was done: that is neither a success nor damage.
    if (!report.not_proven.empty() && session.exit_code == ExitCode::Done) {
      session.exit_code = ExitCode::Partial;
    }
    for (const std::string& problem : report.problems) {
      session.fail(ExitCode::VerificationFailed, problem);
    }
    snapshots.push_back(as_json(id, report));
    session.print(options.format == "text" ? as_text(id, report, options) : "");
  }
  if (options.format == "json") {
    const nlohmann::ordered_json document = {
        {"schema_version", 1}, {"level", options.level}, {"snapshots", std::move(snapshots)}};
    session.print(json_document(document));
  }
  keep_line(execution, source, ids.size(), damaged, options.level);
  return {};
}

}  // namespace

void add_verify(CLI::App& app, Session& session) {
  const auto options = std::make_shared<VerifyOptions>();
  CLI::App* verb = app.add_subcommand("verify", "Check that snapshots are what they were");
  add_source_options(*verb, options->source);
  add_from_option(*verb, options->source);
  add_identity_option(*verb, options->source);
  verb->add_option("SNAPSHOT", options->snapshot,
                   "Id, unique prefix, latest, latest~N or @DATE (default: all)");
  verb->add_option("--level", options->level,
                   "0: manifest and sizes; 1: every stored byte; 2: decode and compare every file "
                   "(default: 1)")
      ->check(CLI::Range(0, 2));
  verb->add_flag("--receipt", options->receipt,
                 "Count intact copies as ours, after the loss of the store that had their receipts "
                 "(with --from a target beyond this machine)");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "Examples:\n  backstay verify controller.plan.yaml latest --level 2\n"
      "  backstay verify /mnt/backups/backstay\n"
      "  backstay verify controller.plan.yaml latest --from archive\n"
      "  backstay verify /mnt/sealed latest --level 2 --identity /media/key/identity.txt");
  verb->callback([options, &session] {
    Execution execution(session, OutputFormat::Text);
    if (const auto done = verify(session, *options, execution); !done) {
      execution.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
