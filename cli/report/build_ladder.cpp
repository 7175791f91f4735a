#include "cli/report/build_ladder.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace backstay::cli {
namespace {

std::string verdict_of(const LadderService& service, std::chrono::sys_seconds now) {
  if (!service.promised_rto && !service.promised_every)
    return service.proven.known() ? "proven, nothing is promised" : "nothing is promised";
  if (!service.proven.known())
    return "not proven yet";
  if (service.promised_rto && service.took > std::chrono::seconds(service.promised_rto->seconds))
    return "not kept: too slow";
  if (service.promised_every &&
      now - service.proven.at > std::chrono::seconds(service.promised_every->seconds))
    return "not kept: a drill is overdue";
  return "kept";
}

}  // namespace

RestoreLadder build_ladder(const std::string& policy,
                           const runtime::BackupStatus& status,
                           const std::vector<StoredTarget>& targets,
                           const PlanCalendar& calendar,
                           std::chrono::sys_seconds now) {
  RestoreLadder ladder{
      .title = fmt::format("Backup {} of policy {} on {}", status.backup, policy, status.host),
      .now = calendar.moment(now)};
  for (const StoredTarget& target : targets) {
    LadderPlace place{.target = target.target->name,
                      .is_copy = target.copy != nullptr,
                      .unknown = target.unknown};
    for (auto point = target.points.rbegin(); point != target.points.rend(); ++point) {
      place.rungs.push_back({.at = calendar.moment(point->started),
                             .partial = point->partial,
                             .verified = point->verified,
                             .drilled = point->drilled});
    }
    ladder.places.push_back(std::move(place));
  }
  for (const runtime::ProvenRestore& proven : status.drills.services) {
    LadderService service{.service = proven.service,
                          .proven = calendar.moment(proven.at),
                          .took = proven.took,
                          .promised_rto = proven.promised_rto,
                          .promised_every = proven.promised_every};
    service.verdict = verdict_of(service, now);
    ladder.services.push_back(std::move(service));
  }
  return ladder;
}

}  // namespace backstay::cli
