#include "compiler/language_server/next_fires.hpp"

#include <array>

#include <fmt/format.h>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/time_text.hpp"

namespace backstay::compiler::lsp {
namespace {

constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

std::string fire_text(std::chrono::sys_seconds at, const Zone& zone) {
  const std::chrono::weekday day(std::chrono::floor<std::chrono::days>(zone.to_local(at)));
  return fmt::format("{} {}", kWeekdays[day.iso_encoding() - 1], instant_text(at, zone));
}

}  // namespace

std::vector<std::string> next_fires(const Policy& policy,
                                    const Schedule& schedule,
                                    std::chrono::sys_seconds now,
                                    std::size_t most) {
  std::vector<std::string> texts;
  const auto rule = parse_schedule_rule(schedule.rule.value);
  auto zone = policy.zone ? Zone::find(policy.zone->value)
                          : Result<Zone>(Error{.kind = ErrorKind::NotFound, .message = "no zone"});
  if (!rule || !zone) {
    return texts;
  }
  const auto today = std::chrono::floor<std::chrono::days>(zone->to_local(now));
  // Why: a rule of short intervals has too many fires in 400 days to look at while typing.
  for (const std::chrono::days length : {std::chrono::days(3), std::chrono::days(400)}) {
    texts.clear();
    for (const Fire& fire : find_fires(*rule, *zone, {.begin = today, .length = length})) {
      if (fire.at > now && texts.size() < most) {
        texts.push_back(fire_text(fire.at, *zone));
      }
    }
    if (texts.size() == most) {
      break;
    }
  }
  return texts;
}

}  // namespace backstay::compiler::lsp
