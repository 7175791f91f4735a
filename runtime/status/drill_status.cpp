#include "runtime/status/drill_status.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/status/since.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {
namespace {

/// Of evidence about all points, the newest by the drill's end.
void take_last(const Evidence& evidence, std::optional<Evidence>& last) {
  if (!last || last->finished < evidence.finished)
    last = evidence;
}

void take_times(const Evidence& evidence, std::vector<ProvenRestore>& services) {
  for (ProvenRestore& service : services) {
    const auto time = evidence.restored.find(service.service);
    if (time == evidence.restored.end() || evidence.finished <= service.at)
      continue;
    service.at = evidence.finished;
    service.took = time->second;
  }
}

void judge_service(const ProvenRestore& service,
                   const std::string& oldest,
                   std::chrono::system_clock::time_point now,
                   std::vector<std::string>& problems) {
  if (service.promised_every) {
    const bool never = service.at.empty();
    const Duration age = since(never ? oldest : service.at, now);
    if (age > *service.promised_every) {
      problems.push_back(
          never ? fmt::format("{} was never drilled in the {} since its first point, `drill every "
                              "{}` is promised",
                              service.service, to_human(age), to_string(*service.promised_every))
                : fmt::format("the last drill of {} was {} ago, `drill every {}` is promised",
                              service.service, to_human(age), to_string(*service.promised_every)));
    }
  }
  if (service.promised_rto && service.took > std::chrono::seconds(service.promised_rto->seconds)) {
    problems.push_back(fmt::format(
        "in the last drill {} was back after {}, `rto {}` is promised", service.service,
        to_human(Duration{std::chrono::duration_cast<std::chrono::seconds>(service.took).count()}),
        to_string(*service.promised_rto)));
  }
}

std::vector<ProvenRestore> promised_services(const plan::Plan& plan, const plan::Backup& backup) {
  std::vector<ProvenRestore> services;
  for (const std::string& name : backup.services) {
    const auto promise = restore_promise(plan, name);
    services.push_back({.service = name,
                        .at = {},
                        .took = {},
                        .promised_rto = promise.rto,
                        .promised_every = promise.drill_every});
  }
  return services;
}

}  // namespace

const ProvenRestore* DrillStatus::slowest() const {
  const auto found = std::max_element(services.begin(), services.end(),
                                      [](const auto& a, const auto& b) { return a.took < b.took; });
  return found == services.end() || found->at.empty() ? nullptr : &*found;
}

DrillStatus assess_drills(Filesystem& files,
                          const plan::Plan& plan,
                          const plan::Backup& backup,
                          const std::vector<StoredPoints>& stores,
                          const std::string& oldest,
                          std::chrono::system_clock::time_point now) {
  DrillStatus status;
  status.services = promised_services(plan, backup);
  std::optional<Evidence> last;
  std::uint64_t newest = 0;
  for (const StoredPoints& points : stores) {
    for (const SnapshotSummary& snapshot : points.snapshots) {
      const auto evidence = last_evidence(files, points.store, snapshot.id);
      if (!evidence)
        continue;
      take_last(*evidence, last);
      status.points[snapshot.id] = evidence->drilled;
      if (!evidence->drilled)
        continue;
      take_times(*evidence, status.services);
      if (snapshot.sequence >= newest) {
        newest = snapshot.sequence;
        status.proven = *evidence;
      }
    }
  }
  if (last && !last->drilled) {
    status.failed = last;
    status.problems.push_back("the last drill failed: " + last->failure);
  }
  for (const ProvenRestore& service : status.services)
    judge_service(service, oldest, now, status.problems);
  return status;
}

}  // namespace backstay::runtime
