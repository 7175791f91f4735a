#include "compiler/calendar/effort.hpp"

#include <algorithm>

#include "lang/base/overloaded.hpp"

namespace backstay::compiler {
namespace {

// Runs on a day that the rule names.
std::size_t runs_a_day(const ScheduleRule& rule) {
  constexpr std::size_t kDay = 86'400;
  return std::visit(
      Overloaded{[](const EveryInterval& every) {
                   const auto seconds = std::max<std::int64_t>(every.interval.seconds, 1);
                   return kDay / static_cast<std::size_t>(seconds) + 1;
                 },
                 [](const CalendarExpression& expression) { return expression.times(kDay).size(); },
                 [](const auto& times) { return times.times.size(); }},
      rule);
}

}  // namespace

std::size_t most_fires(const ScheduleRule& rule, const Horizon& horizon) {
  const auto days = static_cast<std::size_t>(std::max<std::int64_t>(horizon.length.count(), 0)) + 1;
  return std::min(max_fires, days * std::min(runs_a_day(rule), max_fires));
}

}  // namespace backstay::compiler
