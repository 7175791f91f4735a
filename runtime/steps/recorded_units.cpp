#include "runtime/steps/recorded_units.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "lang/base/contains.hpp"
#include "runtime/journal/stopped_units.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {
namespace {

std::set<std::string> units_of(const plan::Plan& plan,
                               const plan::Backup& backup,
                               const std::string& host) {
  std::set<std::string> units;
  for (const plan::Service& service : plan.services) {
    if (!service.external && contains(backup.services, service.name) &&
        contains(service.hosts, host)) {
      units.insert(service.units.begin(), service.units.end());
    }
  }
  for (const plan::Server& server : plan.servers) {
    if (server.host == host || contains(server.hosts, host)) {
      units.insert(server.units.begin(), server.units.end());
    }
  }
  return units;
}

RecordedUnit record_of(const UnitState& state, const std::string& owner) {
  return {
      .unit = state.unit, .active = state.active, .file_state = state.file_state, .owner = owner};
}

/// Others (`static`, `generated`, `alias` …) follow from files.
bool is_settable(const std::string& file_state) {
  return file_state == "enabled" || file_state == "disabled" || file_state == "masked";
}

/// One service's units on their way back.
class Starter {
 public:
  explicit Starter(StepContext& context)
      : context_(context),
        manager_(context.world.commands, context.stop),
        records_(context.snapshot == nullptr ? std::vector<RecordedUnit>()
                                             : context.snapshot->units()) {}

  void bring_back(const std::string& unit) {
    const auto group = group_of(unit);
    bring_back_at_boot(unit);
    keep(start_stopped(unit));
    for (const RecordedUnit* record : group) {
      if (record->was_active()) {
        keep(start_if_down(record->unit));
      }
    }
  }

  Preview preview(const std::string& unit) {
    Preview lines;
    const auto group = group_of(unit);
    for (const RecordedUnit* record : group) {
      preview_one(*record, lines);
    }
    if (group.empty()) {
      lines.push_back({.text = fmt::format("systemctl start {}, if it is active now: its state was "
                                           "not recorded",
                                           unit)});
    }
    return lines;
  }

  void bring_back_at_boot(const std::string& unit) {
    for (const RecordedUnit* record : group_of(unit)) {
      bring_back_file_state(*record);
    }
  }

  Result<void> find_changing(const std::string& unit, std::vector<UnitState>& changing) {
    for (const RecordedUnit* record : group_of(unit)) {
      BACKSTAY_ASSIGN(auto now, manager_.state(record->unit));
      if (is_settable(record->file_state) && is_settable(now.file_state) &&
          now.file_state != record->file_state) {
        changing.push_back(std::move(now));
      }
    }
    return {};
  }

  void preview_at_boot(const std::string& unit, Preview& lines) {
    for (const RecordedUnit* record : group_of(unit)) {
      if (const auto now = manager_.state(record->unit)) {
        preview_file_state(*record, *now, lines);
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& left_down() const { return left_down_; }

  [[nodiscard]] std::optional<Error> failure() && { return std::move(failure_); }

 private:
  /// What triggers it, and then the unit itself; as far as recorded.
  [[nodiscard]] std::vector<const RecordedUnit*> group_of(const std::string& unit) const {
    std::vector<const RecordedUnit*> group;
    for (const RecordedUnit& record : records_) {
      if (record.owner == unit) {
        group.push_back(&record);
      }
    }
    if (const RecordedUnit* own = find(unit)) {
      group.push_back(own);
    }
    return group;
  }

  [[nodiscard]] const RecordedUnit* find(const std::string& unit) const {
    const auto found =
        std::find_if(records_.begin(), records_.end(),
                     [&](const RecordedUnit& record) { return record.unit == unit; });
    return found == records_.end() ? nullptr : &*found;
  }

  /// Another state at boot keeps nothing from running now: what cannot be set is left to hands.
  void bring_back_file_state(const RecordedUnit& record) {
    const auto now = manager_.state(record.unit);
    const auto changed =
        now ? manager_.set_file_state(*now, record.file_state) : Result<bool>(now.error());
    if (!changed) {
      context_.restore->checklist.push_back(fmt::format(
          "{} was {} and is not: {}", record.unit, record.file_state, to_string(changed.error())));
    } else if (*changed) {
      context_.events.warning(context_.step.id, fmt::format("{} is {} again, as it was",
                                                            record.unit, record.file_state));
    }
  }

  Result<void> start_stopped(const std::string& unit) {
    const auto wanted = [this](const std::string& other) {
      const RecordedUnit* record = find(other);
      return record == nullptr || record->was_active();
    };
    BACKSTAY_ASSIGN(const bool started, context_.stopped->start(manager_, unit, wanted));
    const RecordedUnit* record = find(unit);
    if (record == nullptr ? !started : !record->was_active()) {
      left_down_.push_back(unit);
    }
    return {};
  }

  Result<void> start_if_down(const std::string& unit) {
    BACKSTAY_ASSIGN(const bool active, manager_.is_active(unit));
    return active ? Result<void>() : manager_.start(unit);
  }

  static void preview_file_state(const RecordedUnit& record, const UnitState& now, Preview& lines) {
    if (is_settable(record.file_state) && is_settable(now.file_state) &&
        now.file_state != record.file_state) {
      lines.push_back({.text = fmt::format("{} becomes {} again (it is {})", record.unit,
                                           record.file_state, now.file_state)});
    }
  }

  void preview_one(const RecordedUnit& record, Preview& lines) {
    const auto now = manager_.state(record.unit);
    if (!now) {
      lines.push_back({.problem = true, .text = to_string(now.error())});
      return;
    }
    if (now->load == "not-found") {
      lines.push_back({.problem = record.was_active(),
                       .text = fmt::format("{} is not installed", record.unit)});
      return;
    }
    preview_file_state(record, *now, lines);
    lines.push_back({.text = record.was_active()
                                 ? fmt::format("systemctl start {}", record.unit)
                                 : fmt::format("{} was not active when it was backed up: it stays "
                                               "stopped",
                                               record.unit)});
  }

  void keep(Result<void> done) {
    if (!done && !failure_) {
      failure_ = std::move(done).error();
    }
  }

  StepContext& context_;
  ServiceManager manager_;
  std::vector<RecordedUnit> records_;
  std::vector<std::string> left_down_;
  std::optional<Error> failure_;
};

}  // namespace

namespace {

// What is on its way up, and what is on its way down, is soon one or the other.
Result<std::vector<UnitState>> settled_states(ServiceManager& manager,
                                              const std::vector<std::string>& units,
                                              const std::stop_token& stop) {
  constexpr int kRounds = 40;
  constexpr std::chrono::milliseconds kPause{250};
  for (int round = 0;; ++round) {
    BACKSTAY_ASSIGN(auto states, manager.states(units));
    const bool settled = std::none_of(states.begin(), states.end(), [](const UnitState& state) {
      return (state.active == "activating" && state.sub != "auto-restart") ||
             state.active == "deactivating";
    });
    if (settled || round == kRounds || stop.stop_requested()) {
      return states;
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

Result<std::vector<RecordedUnit>> look_at_units(StepContext& context) {
  const auto names = units_of(context.plan, context.backup, context.step.host);
  ServiceManager manager(context.world.commands, context.stop);
  BACKSTAY_ASSIGN(const auto states,
                  settled_states(manager, {names.begin(), names.end()}, context.stop));
  for (const UnitState& state : states) {
    if (state.active == "activating") {
      context.events.warning(
          context.step.id,
          fmt::format("{} is still on its way up: a restore of this backup will not start it",
                      state.unit));
    }
  }
  std::map<std::string, RecordedUnit> records;
  std::map<std::string, std::string> triggers;
  for (const UnitState& state : states) {
    if (state.load != "not-found") {
      records.emplace(state.unit, record_of(state, ""));
    }
    for (const std::string& trigger : state.triggered_by) {
      triggers.emplace(trigger, state.unit);
    }
  }
  for (const auto& [trigger, owner] : triggers) {
    if (!names.contains(trigger)) {
      BACKSTAY_ASSIGN(const auto state, manager.state(trigger));
      records.emplace(trigger, record_of(state, owner));
    }
  }
  std::vector<RecordedUnit> sorted;
  for (auto& [name, record] : records) {
    sorted.push_back(std::move(record));
  }
  return sorted;
}

Result<void> start_as_recorded(const std::vector<std::string>& units, StepContext& context) {
  Starter starter(context);
  for (const std::string& unit : units) {
    starter.bring_back(unit);
  }
  for (const std::string& unit : starter.left_down()) {
    context.restore->checklist.push_back(
        fmt::format("was not active before, start it if it shall be: systemctl start {}", unit));
  }
  auto failure = std::move(starter).failure();
  return failure ? Result<void>(*std::move(failure)) : Result<void>();
}

Result<std::vector<UnitState>> changing_at_boot(const std::vector<std::string>& units,
                                                StepContext& context) {
  Starter starter(context);
  std::vector<UnitState> changing;
  for (const std::string& unit : units) {
    BACKSTAY_TRY(starter.find_changing(unit, changing));
  }
  return changing;
}

void enable_as_recorded(const std::vector<std::string>& units, StepContext& context) {
  Starter starter(context);
  for (const std::string& unit : units) {
    starter.bring_back_at_boot(unit);
  }
}

Preview preview_at_boot(const std::vector<std::string>& units, StepContext& context) {
  Starter starter(context);
  Preview lines;
  for (const std::string& unit : units) {
    starter.preview_at_boot(unit, lines);
  }
  return lines;
}

Preview preview_as_recorded(const std::vector<std::string>& units, StepContext& context) {
  Starter starter(context);
  Preview lines;
  for (const std::string& unit : units) {
    for (PreviewLine& line : starter.preview(unit)) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

std::optional<bool> recorded_active(const StepContext& context, const std::string& unit) {
  if (context.snapshot == nullptr) {
    return std::nullopt;
  }
  for (const RecordedUnit& record : context.snapshot->units()) {
    if (record.unit == unit) {
      return record.was_active();
    }
  }
  return std::nullopt;
}

}  // namespace backstay::runtime
