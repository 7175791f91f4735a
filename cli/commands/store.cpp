// backstay store: making a store and registering it on this host.
#include "runtime/store/store.hpp"

#include <memory>
#include <set>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/render/json_text.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/units.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/lock.hpp"
#include "runtime/store/sequence.hpp"
#include "runtime/store/store_check.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/target/open_target.hpp"
#include "runtime/target/registration.hpp"

namespace backstay::cli {
namespace {

struct StoreOptions {
  std::string plan;
  std::string target;
};

struct CheckOptions {
  SourceOptions source;
  std::string aside;
  std::string format = "text";
  int level = 1;
};

std::string as_text(const runtime::StoreCheckReport& report) {
  std::string text;
  for (const std::string& note : report.notes) {
    text += "note: " + lang::printable(note, true) + "\n";
  }
  for (const std::string& copy : report.copied) {
    text += "copied aside: " + lang::printable(copy, true) + "\n";
  }
  if (report.not_proven != 0) {
    text += fmt::format("NOT PROVEN at level 2: {} sealed snapshots; give --identity FILE\n",
                        report.not_proven);
  }
  return text + fmt::format("{} snapshots, {} read, {}; nothing in the store was changed\n",
                            report.snapshots, to_human(ByteSize{report.stored_bytes}),
                            report.problems.empty() ? "intact" : "DAMAGED");
}

std::string as_json(const runtime::StoreCheckReport& report, const CheckOptions& options) {
  const nlohmann::ordered_json document = {{"schema_version", 1},
                                           {"level", options.level},
                                           {"intact", report.problems.empty()},
                                           {"snapshots", report.snapshots},
                                           {"not_proven", report.not_proven},
                                           {"stored_bytes", report.stored_bytes},
                                           {"problems", report.problems},
                                           {"notes", report.notes},
                                           {"copied", report.copied}};
  return json_document(document);
}

Result<void> check(Session& session, const CheckOptions& options) {
  Execution execution(session, OutputFormat::Text);
  runtime::World& world = execution.world();
  BACKSTAY_ASSIGN(const auto source, open_source(world.files, options.source));
  BACKSTAY_ASSIGN(const auto opened,
                  open_sealed_files(world.files, world.commands, source.identity));
  const runtime::StoreCheck request{.files = *opened,
                                    .store = source.store,
                                    .level = options.level,
                                    .aside = options.aside,
                                    .has_identity = opened->has_identity(),
                                    .stop = execution.stop()};
  BACKSTAY_ASSIGN(const auto report, request.run());
  // Part of what was asked for was done: that is neither a success nor damage.
  if (report.not_proven != 0)
    session.exit_code = ExitCode::Partial;
  for (const std::string& problem : report.problems) {
    session.fail(ExitCode::VerificationFailed, problem);
  }
  session.print(options.format == "json" ? as_json(report, options) : as_text(report));
  return {};
}

void add_check_command(CLI::App& verb, Session& session) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* look = verb.add_subcommand(
      "check", "Look at everything in a store; it changes nothing there, whatever it finds");
  add_source_options(*look, options->source);
  add_identity_option(*look, options->source);
  look->add_option("--level", options->level, "As of `verify`, for every snapshot (default: 1)")
      ->check(CLI::Range(0, 2));
  look->add_option("--aside", options->aside, "Copy damaged files below this directory");
  look->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  look->footer("Example:\n  backstay store check /mnt/backups/backstay --aside /root/damaged");
  look->callback([options, &session] {
    if (const auto done = check(session, *options); !done) {
      session.fail(done.error());
    }
  });
}

// A target that is no directory: the far side makes the store, this host writes down which it is.
Result<void> init_far(Session& session, const plan::Plan& plan, const plan::Target& target) {
  if (!runtime::has_driver(target.kind)) {
    session.say(fmt::format("target `{}` is of kind {}: nothing is made by this version",
                            target.name, target.kind));
    return {};
  }
  Execution execution(session, OutputFormat::Text);
  runtime::World& world = execution.world();
  BACKSTAY_ASSIGN(const auto driver, runtime::open_target(world, plan, target));
  BACKSTAY_ASSIGN(const auto identity, driver->init(execution.stop()));
  BACKSTAY_TRY(runtime::register_target(world.files, world.directories, target, identity));
  BACKSTAY_TRY(runtime::check_registered(world.files, world.directories, target, identity));
  session.say(fmt::format("registered the store {} at {} as target `{}`{}", identity.uuid,
                          driver->describe(), target.name,
                          identity.deletable_by_us
                              ? "; whoever has its login can delete there"
                              : "; this host's login can delete nothing there"));
  return {};
}

/// Ids of the copies at a target, of any writer.
Result<std::vector<std::string>> copies_at(Execution& execution,
                                           const plan::Plan& plan,
                                           const plan::Target& target) {
  runtime::World& world = execution.world();
  if (target.kind == "directory") {
    BACKSTAY_ASSIGN(const auto store,
                    runtime::open_store_for_reading(world.files, target.path, world.directories));
    return world.files.list(runtime::layout::snapshots(store.path));
  }
  BACKSTAY_ASSIGN(const auto driver, runtime::open_target(world, plan, target));
  return driver->list(execution.stop());
}

Result<void> number_above(Session& session,
                          runtime::World& world,
                          const runtime::Store& store,
                          const runtime::PolicyHost& owner,
                          const std::string& target,
                          std::uint64_t known) {
  if (known == 0)
    return {};
  BACKSTAY_ASSIGN(const auto lock,
                  runtime::lock_policy(store, owner.policy, owner.host, {"store init", "now"}));
  BACKSTAY_ASSIGN(const bool raised,
                  runtime::number_above(world.files, world.directories, store, owner, known));
  if (raised)
    session.say(fmt::format("copies of {} at `{}` are numbered up to {}; the next snapshot is {}",
                            owner.host, target, known, known + 1));
  return {};
}

// A new store goes on with the numbers of one that was lost: by them readers know the latest copy.
Result<void> number_above_copies(Session& session,
                                 Execution& execution,
                                 const plan::Plan& plan,
                                 const plan::Backup& backup) {
  runtime::World& world = execution.world();
  BACKSTAY_ASSIGN(const auto store,
                  runtime::open_store_for_reading(world.files, plan.target(backup.target)->path,
                                                  world.directories));
  for (const plan::Copy& copy : backup.copies) {
    const plan::Target* target = plan.target(copy.target);
    if (target->kind != "directory" && !runtime::has_driver(target->kind))
      continue;
    const auto ids = copies_at(execution, plan, *target);
    if (!ids) {
      session.say(fmt::format("how the copies at `{}` are numbered is not known: {}", copy.target,
                              to_string(ids.error())));
      continue;
    }
    for (const std::string& host : backup.hosts) {
      const runtime::PolicyHost owner{.policy = plan.policy, .host = host};
      BACKSTAY_TRY(number_above(session, world, store, owner, copy.target,
                                runtime::highest_of(*ids, owner)));
    }
  }
  return {};
}

Result<void> init(Session& session, const StoreOptions& options) {
  BACKSTAY_ASSIGN(const PlanFile file, read_plan_file(options.plan));
  if (!options.target.empty() && file.plan.target(options.target) == nullptr) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("the plan holds no target `{}`", options.target)};
  }
  runtime::RealFilesystem files;
  const auto directories =
      runtime::find_directories({.config = session.config_dir, .state = session.state_dir});
  std::set<std::string> made;
  for (const plan::Target& target : file.plan.targets) {
    if (!options.target.empty() && target.name != options.target) {
      continue;
    }
    if (target.kind != "directory") {
      BACKSTAY_TRY(init_far(session, file.plan, target));
      continue;
    }
    BACKSTAY_ASSIGN(const auto store,
                    runtime::init_store(files, directories, target.path, target.name));
    session.say(fmt::format("{} store {} at {} as target `{}`",
                            store.created ? "made and registered" : "registered the existing",
                            store.uuid, target.path, target.name));
    if (store.created)
      made.insert(target.name);
  }
  if (!options.target.empty())
    return {};  // others may not be reached yet
  Execution execution(session, OutputFormat::Text);
  for (const plan::Backup& backup : file.plan.backups) {
    if (made.contains(backup.target))
      BACKSTAY_TRY(number_above_copies(session, execution, file.plan, backup));
  }
  return {};
}

}  // namespace

void add_store(CLI::App& app, Session& session) {
  CLI::App* verb = app.add_subcommand("store", "Make or check a store");
  verb->require_subcommand(1);
  const auto options = std::make_shared<StoreOptions>();
  add_check_command(*verb, session);
  CLI::App* make = verb->add_subcommand(
      "init", "Make the stores of a plan's targets, or register existing ones on this host");
  make->add_option("PLAN", options->plan, "The plan whose targets are meant")->required();
  make->add_option("--target", options->target, "Only this target");
  make->footer(
      "A run never makes a store by itself, so that an unmounted disk is never filled.\n\n"
      "Example:\n  backstay store init controller.plan.yaml");
  make->callback([options, &session] {
    if (const auto done = init(session, *options); !done) {
      session.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
