#include "cli/sets.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "cli/render/table.hpp"
#include "cli/snapshot_source.hpp"
#include "compiler/calendar/buckets.hpp"
#include "compiler/plan/retention.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {
namespace {

using runtime::SetMember;
using runtime::SetRecord;

constexpr auto kKeptWithoutRule = std::chrono::hours(24 * 31);

bool good(const SetMember& member) {
  return member.reached && member.exit == 0;
}

std::vector<std::string> lacking(const SetRecord& set) {
  std::vector<std::string> hosts;
  for (const SetMember& one : set.members) {
    if (!good(one)) {
      hosts.push_back(fmt::format("{} ({})", one.host,
                                  !one.reached         ? "no answer"
                                  : one.status.empty() ? "failed"
                                                       : one.status));
    }
  }
  return hosts;
}

/// Ids of the complete ones that one retention keeps. Newest first, as they are given.
std::set<std::string> kept_by(const std::vector<SetRecord>& complete,
                              const plan::Retention& retention,
                              const compiler::Zone& zone,
                              std::chrono::sys_seconds now) {
  std::vector<plan::RetentionPoint> points;
  for (auto set = complete.rbegin(); set != complete.rend(); ++set) {
    const auto began = runtime::from_rfc3339(set->started);
    const auto at = began ? std::chrono::floor<std::chrono::seconds>(*began) : now;
    points.push_back(
        {.id = set->set, .at = at, .periods = compiler::periods_of(at, zone), .verified = true});
  }
  std::set<std::string> kept;
  for (const plan::RetentionDecision& one : plan::decide(points, retention, now)) {
    if (one.keep) {
      kept.insert(one.id);
    }
  }
  return kept;
}

/// Why by the plan of today: it is the one by which prune decides about the snapshots.
std::set<std::string> kept_ids(const std::vector<SetRecord>& complete,
                               const plan::Plan& plan,
                               const plan::Backup& backup,
                               std::chrono::sys_seconds now) {
  const auto zone = compiler::Zone::find(plan.zone.empty() ? "UTC" : plan.zone);
  std::vector<std::string> names = {backup.retention};
  for (const plan::Copy& copy : backup.copies) {
    names.push_back(copy.retention);
  }
  std::set<std::string> kept;
  for (const std::string& name : names) {
    const plan::Retention* retention = plan.retention(name);
    if (!zone || retention == nullptr) {
      for (const SetRecord& set : complete) {
        kept.insert(set.set);
      }
      return kept;
    }
    kept.merge(kept_by(complete, *retention, *zone, now));
  }
  return kept;
}

bool is_older(const SetRecord& set, std::chrono::sys_seconds limit) {
  const auto began = runtime::from_rfc3339(set.started);
  return began && *began < limit;
}

}  // namespace

std::vector<SetRecord> sets_of(runtime::World& world,
                               const plan::Plan& plan,
                               const std::string& backup) {
  std::vector<SetRecord> sets;
  for (SetRecord& set : runtime::read_sets(world)) {
    if (set.what == "backup" && set.policy == plan.policy && plan.backup(set.backup) != nullptr &&
        (backup.empty() || set.backup == backup)) {
      sets.push_back(std::move(set));
    }
  }
  return sets;
}

std::string state_of(const SetRecord& set) {
  return set.complete() ? "complete" : fmt::format("lacks {}", fmt::join(lacking(set), ", "));
}

std::string sets_text(const std::vector<SetRecord>& sets) {
  std::vector<std::vector<std::string>> rows = {{"SET", "BACKUP", "STARTED", "HOSTS", "STATE"}};
  for (const SetRecord& set : sets) {
    const auto count = std::count_if(set.members.begin(), set.members.end(), good);
    rows.push_back({set.set, set.backup, local_time(set.started),
                    fmt::format("{} of {}", count, set.members.size()), state_of(set)});
  }
  return render_table(rows);
}

std::string sets_json(const std::vector<SetRecord>& sets) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const SetRecord& set : sets) {
    nlohmann::ordered_json hosts = nlohmann::ordered_json::array();
    nlohmann::ordered_json lacks = nlohmann::ordered_json::array();
    for (const SetMember& one : set.members) {
      hosts.push_back({{"host", one.host}, {"snapshot", one.snapshot}, {"status", one.status}});
      if (!good(one)) {
        lacks.push_back(one.host);
      }
    }
    list.push_back({{"set", set.set},
                    {"backup", set.backup},
                    {"started", set.started},
                    {"complete", set.complete()},
                    {"hosts", std::move(hosts)},
                    {"lacks", std::move(lacks)}});
  }
  return list.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string set_problem(const std::vector<SetRecord>& sets, const std::string& backup) {
  const auto newest = std::find_if(sets.begin(), sets.end(),
                                   [&](const SetRecord& set) { return set.backup == backup; });
  if (newest == sets.end() || newest->complete()) {
    return {};
  }
  const auto complete = std::find_if(newest, sets.end(), [&](const SetRecord& set) {
    return set.backup == backup && set.complete();
  });
  return fmt::format("the newest set {} {}; {}", newest->set, state_of(*newest),
                     complete == sets.end()
                         ? "none is complete"
                         : fmt::format("the newest complete one is {}", complete->set));
}

std::vector<std::string> forget_old_sets(runtime::World& world,
                                         const plan::Plan& plan,
                                         const std::string& backup) {
  const auto now = std::chrono::floor<std::chrono::seconds>(world.clock.now());
  const auto limit = now - kKeptWithoutRule;
  std::vector<SetRecord> complete;
  std::vector<std::string> old;
  for (SetRecord& set : runtime::read_sets(world)) {
    if (set.policy != plan.policy) {
      continue;
    }
    if (set.what == "backup" && set.complete()) {
      if (set.backup == backup) {
        complete.push_back(std::move(set));
      }
    } else if (is_older(set, limit)) {
      old.push_back(set.set);
    }
  }
  const plan::Backup* found = plan.backup(backup);
  if (found != nullptr && !complete.empty()) {
    std::set<std::string> kept = kept_ids(complete, plan, *found, now);
    kept.insert(complete.front().set);
    for (const SetRecord& set : complete) {
      if (!kept.contains(set.set)) {
        old.push_back(set.set);
      }
    }
  }
  std::vector<std::string> gone;
  for (const std::string& id : old) {
    const std::string record = fmt::format("{}/sets/{}", world.directories.state, id);
    const std::string exported = fmt::format("{}/engine/{}", world.directories.state, id);
    const bool removed =
        runtime::remove_tree(world.files, record) && runtime::remove_tree(world.files, exported);
    if (removed) {
      gone.push_back(id);
    }
  }
  return gone;
}

}  // namespace backstay::cli
