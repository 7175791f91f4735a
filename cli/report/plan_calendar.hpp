// When the schedules of a plan fire, and what day it is in its zone: the calendar of the compiler's
// proofs, asked for a span of time.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cli/report/report_data.hpp"
#include "compiler/calendar/zone.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "lang/base/units.hpp"

namespace backstay::cli {

class PlanCalendar {
 public:
  /// Errors: NotFound, ToolMissing (the zone).
  [[nodiscard]] static Result<PlanCalendar> of(const plan::Plan& plan);

  /// The instants in [from, until), rising; none for an empty name or a rule that cannot be read.
  [[nodiscard]] std::vector<std::chrono::sys_seconds> fires(const std::string& schedule,
                                                            std::chrono::sys_seconds from,
                                                            std::chrono::sys_seconds until) const;
  /// How late a run of a schedule may begin without being missed: its window and jitter, an hour at
  /// least.
  [[nodiscard]] std::chrono::seconds patience(const std::string& schedule) const;

  [[nodiscard]] std::chrono::local_days day_of(std::chrono::sys_seconds at) const;
  /// The first instant of a day.
  [[nodiscard]] std::chrono::sys_seconds begin_of(std::chrono::local_days day) const;
  [[nodiscard]] Moment moment(std::chrono::sys_seconds at) const;
  /// Of an RFC 3339 time; unknown where it is none.
  [[nodiscard]] Moment moment(const std::string& rfc3339) const;

  [[nodiscard]] const compiler::Zone& zone() const { return zone_; }

 private:
  PlanCalendar(const plan::Plan& plan, compiler::Zone zone)
      : plan_(&plan), zone_(std::move(zone)) {}

  const plan::Plan* plan_;
  compiler::Zone zone_;
};

}  // namespace backstay::cli
