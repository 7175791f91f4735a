#include "runtime/restore/restore_session.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/restore/by_hand.hpp"
#include "runtime/restore/undo_change.hpp"
#include "runtime/steps/recorded_units.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/service_manager.hpp"
#include "runtime/system/stop_scope.hpp"

namespace backstay::runtime {
namespace {

std::string words(std::string_view name, std::vector<std::string> values) {
  std::sort(values.begin(), values.end());
  return values.empty()
             ? std::string()
             : fmt::format(" --{} {}", name, fmt::join(values, fmt::format(" --{} ", name)));
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

std::string scope_words(const RestoreRequest& request) {
  std::string text = words("service", request.services) + words("component", request.components) +
                     words("path", request.paths) + words("database", request.databases);
  if (!request.database_suffix.empty())
    text += " --database-suffix " + request.database_suffix;
  if (request.in_place)
    text += request.without_orig ? " --in-place-without-orig" : " --in-place";
  return text.empty() ? text : text.substr(1);
}

Result<std::optional<RecordContent>> find_incomplete(Filesystem& files,
                                                     const std::string& state_directory,
                                                     const std::string& policy,
                                                     const std::string& host) {
  std::vector<std::string> problems;
  auto all = read_restores(files, state_directory, &problems);
  if (!problems.empty()) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = "a restore's record cannot be read: " + problems.front(),
                 .hint =
                     "look at it under `restores` in the state directory; it may be of a restore "
                     "that is not complete"};
  }
  for (RecordContent& each : all) {
    const bool here = each.header.policy == policy && each.header.host == host;
    if (here && (each.state == RestoreState::Incomplete || each.state == RestoreState::Undoing))
      return std::optional<RecordContent>(std::move(each));
  }
  return std::optional<RecordContent>();
}

Error incomplete_error(const RecordContent& incomplete, const std::string& what) {
  const RestoreHeader& header = incomplete.header;
  const std::string undo = fmt::format("`backstay restore --undo {}`", header.id);
  if (incomplete.state == RestoreState::Undoing) {
    return {.kind = ErrorKind::Refused,
            .message = fmt::format("{}: restore {} is half undone", what, header.id),
            .hint = undo + " goes on with it"};
  }
  return {.kind = ErrorKind::Refused,
          .message =
              fmt::format("{}: restore {} of snapshot {} is not complete{}", what, header.id,
                          header.snapshot, header.scope.empty() ? "" : " (" + header.scope + ")"),
          .hint = "repeat it, which goes on where it stopped, or take it back: " + undo};
}

Result<void> guard_units(World& world,
                         RestoreRecord& record,
                         const std::vector<std::string>& units,
                         const std::stop_token& stop) {
  if (units.empty() || !systemd_runs(world.files))
    return {};
  for (const std::string& unit : units) {
    if (!holds(record.content().guarded, unit))
      BACKSTAY_TRY(record.note(RestoreEvent::UnitGuarded, unit));
  }
  BACKSTAY_FAILPOINT("restore.guard");
  return ServiceManager(world.commands, stop).forbid_start(world.files, units, record.marker());
}

Result<void> release_units(World& world, RestoreRecord& record, const std::stop_token& stop) {
  // The marker first: without it no drop-in holds, wherever we die.
  BACKSTAY_TRY(record.set_incomplete(false));
  BACKSTAY_FAILPOINT("restore.release");
  if (record.content().guarded.empty() || !systemd_runs(world.files))
    return {};
  return ServiceManager(world.commands, stop).allow_start(world.files, record.content().guarded);
}

Result<std::unique_ptr<RestoreSession>> RestoreSession::open(World& world,
                                                             RestoreHeader header,
                                                             std::string plan_yaml) {
  BACKSTAY_ASSIGN(const auto earlier, find_incomplete(world.files, world.directories.state,
                                                      header.policy, header.host));
  std::unique_ptr<RestoreSession> session(
      new RestoreSession(world, std::move(header), std::move(plan_yaml)));
  session->run_id_ = session->header_.id;
  if (!earlier)
    return session;
  const RestoreHeader& asked = session->header_;
  const bool same =
      earlier->state == RestoreState::Incomplete && earlier->header.snapshot == asked.snapshot &&
      earlier->header.plan_digest == asked.plan_digest && earlier->header.scope == asked.scope;
  if (!same)
    return incomplete_error(*earlier, "no other restore of this policy begins");
  session->header_.id = earlier->header.id;
  session->again_ = true;
  BACKSTAY_ASSIGN(
      session->record_,
      RestoreRecord::open(world.files, world.clock, world.directories.state, earlier->header.id));
  return session;
}

Result<void> RestoreSession::begin(const StepContext& context,
                                   const std::vector<plan::Step>& steps) {
  if (std::exchange(begun_, true))
    return {};
  if (record_ == nullptr) {
    BACKSTAY_ASSIGN(record_, RestoreRecord::begin(world_.files, world_.clock,
                                                  world_.directories.state, header_, plan_yaml_));
  }
  BACKSTAY_TRY(record_->note(RestoreEvent::Attempt, run_id_));
  BACKSTAY_TRY(record_->set_incomplete(true));
  std::vector<std::string> units;
  for (const plan::Step& step : steps) {
    const auto* stops = std::get_if<plan::StopUnits>(&step.action);
    if (stops != nullptr && context.restore->approved.contains(step.id))
      units.insert(units.end(), stops->units.begin(), stops->units.end());
  }
  return touches_services(context.restore->request)
             ? guard_units(world_, *record_, units, context.stop)
             : Result<void>();
}

Result<void> RestoreSession::execute(StepContext& context, const std::vector<plan::Step>& steps) {
  if (std::holds_alternative<plan::CheckSnapshot>(context.step.action)) {
    context.restore->changes = record_.get();
    return execute_step(context);
  }
  BACKSTAY_TRY(begin(context, steps));
  context.restore->changes = record_.get();
  context.restore->kept_current = record_->content().kept_current;
  const bool ours = !units_left_to_hands(context);
  const auto* stops = std::get_if<plan::StopUnits>(&context.step.action);
  const auto* starts = std::get_if<plan::StartUnits>(&context.step.action);
  const bool restarts = starts != nullptr && starts->restart && ours;
  if (starts != nullptr && ours)
    BACKSTAY_TRY(note_states_at_boot(starts->units, context));
  if (starts != nullptr && (starts->restart || !ours))
    starts = nullptr;
  if (stops != nullptr && ours)
    BACKSTAY_TRY(note_held(stops->units, context.stop));
  // The step of a server's data files stops and starts its units itself.
  const auto* physical = std::get_if<plan::RestoreMariadbPhysical>(&context.step.action);
  const bool in_scope =
      physical != nullptr && ours && context.restore->components.contains(physical->component);
  const plan::Server* server = in_scope ? context.plan.server(physical->server) : nullptr;
  if (server != nullptr)
    BACKSTAY_TRY(note_held(server->units, context.stop));
  if (starts != nullptr)
    BACKSTAY_TRY(allow(starts->units, context.stop));
  auto done = execute_step(context);
  if (!done)
    return restarts ? exchange_back(std::move(done).error(), context) : done;
  if (context.restore->kept_current != record_->content().kept_current)
    BACKSTAY_TRY(record_->note(RestoreEvent::KeptCurrent, context.restore->kept_current));
  if (server != nullptr)
    return start_held(server->units, context.stop);
  return starts != nullptr ? start_held(starts->units, context.stop) : Result<void>();
}

// A server that does not start with the restored configuration gets its old one back.
Result<void> RestoreSession::exchange_back(Error error, StepContext& context) {
  std::set<std::string> components;
  for (const plan::Step& step : context.backup.restore) {
    const auto* files = std::get_if<plan::RestoreFiles>(&step.action);
    if (files != nullptr && holds(context.step.after, step.id))
      components.insert(files->component);
  }
  const UndoTools tools{world_, context.plan, *record_, context.stop, [&](const std::string& note) {
                          context.events.warning(context.step.id, note);
                        }};
  const std::vector<RecordedChange> changes = record_->changes();
  for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
    if (change->state == ChangeState::TakenBack ||
        !components.contains(component_of(change->change)))
      continue;
    auto undone = undo_change(*change, tools);
    if (undone)
      undone = record_->taken_back(change->number);
    if (!undone) {
      error.message +=
          "; and its old configuration could not be put back: " + to_string(undone.error());
      return error;
    }
    error.message += "; " + describe_undo(change->change) + " again";
  }
  ServiceManager manager(world_.commands, context.stop);
  for (const std::string& unit : std::get<plan::StartUnits>(context.step.action).units) {
    if (auto started = manager.restart(unit); !started)
      error.message += "; and with the old configuration: " + to_string(started.error());
  }
  return error;
}

Result<void> RestoreSession::note_held(const std::vector<std::string>& units,
                                       const std::stop_token& stop) {
  ServiceManager manager(world_.commands, stop);
  for (const std::string& unit : units) {
    BACKSTAY_ASSIGN(const StopScope scope, find_stop_scope(manager, unit));
    const auto starting = scope.in_starting_order(unit);
    for (auto down = starting.rbegin(); down != starting.rend(); ++down) {
      if (!holds(record_->content().held, *down))
        BACKSTAY_TRY(record_->note(RestoreEvent::UnitHeld, *down));
    }
  }
  return {};
}

// An undo makes enabled what was: else the next boot would start what the restore had enabled.
Result<void> RestoreSession::note_states_at_boot(const std::vector<std::string>& units,
                                                 StepContext& context) {
  BACKSTAY_ASSIGN(const auto changing, changing_at_boot(units, context));
  for (const UnitState& now : changing) {
    const bool noted =
        std::any_of(record_->content().was.begin(), record_->content().was.end(),
                    [&](const std::string& line) { return line.ends_with(" " + now.unit); });
    if (!noted)
      BACKSTAY_TRY(record_->note(RestoreEvent::UnitWas, now.file_state + " " + now.unit));
  }
  return {};
}

Result<void> RestoreSession::allow(const std::vector<std::string>& units,
                                   const std::stop_token& stop) {
  // From here on services write: an undo would lose that.
  if (!record_->content().starting)
    BACKSTAY_TRY(record_->note(RestoreEvent::Starting));
  BACKSTAY_FAILPOINT("restore.start");
  return ServiceManager(world_.commands, stop).allow_start(world_.files, units);
}

// The steps of this try know nothing of what an earlier one stopped.
Result<void> RestoreSession::start_held(const std::vector<std::string>& units,
                                        const std::stop_token& stop) {
  if (!again_)
    return {};
  ServiceManager manager(world_.commands, stop);
  for (const std::string& unit : units) {
    if (!holds(record_->content().held, unit))
      continue;
    BACKSTAY_ASSIGN(const bool active, manager.is_active(unit));
    if (!active)
      BACKSTAY_TRY(manager.start(unit));
  }
  return {};
}

// Why no stop token: what is left to do is short, and units depend on it.
Result<void> RestoreSession::end(bool whole) {
  const std::stop_token stop;
  if (record_ == nullptr || !begun_)
    return {};
  if (whole) {
    BACKSTAY_TRY(release_units(world_, *record_, stop));
    BACKSTAY_FAILPOINT("restore.finish");
    if (!record_->content().changed() && record_->content().held.empty())
      return record_->forget();
    return record_->note(RestoreEvent::Finished);
  }
  if (record_->content().changed())
    return {};
  // Nothing is changed, or all was taken back: what was stopped for it runs again.
  BACKSTAY_TRY(release_units(world_, *record_, stop));
  ServiceManager manager(world_.commands, stop);
  const auto& held = record_->content().held;
  for (auto unit = held.rbegin(); unit != held.rend(); ++unit)
    BACKSTAY_TRY(manager.start(*unit));
  return record_->forget();
}

}  // namespace backstay::runtime
