#include "compiler/language_server/next_fires.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/calendar/time_text.hpp"

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;

constexpr std::array<std::string_view, 7> kWeekdays = {"mon", "tue", "wed", "thu",
                                                       "fri", "sat", "sun"};

std::string fire_text(std::chrono::sys_seconds at, const Zone& zone) {
  const std::chrono::weekday day(std::chrono::floor<std::chrono::days>(zone.to_local(at)));
  return fmt::format("{} {}", kWeekdays[day.iso_encoding() - 1], instant_text(at, zone));
}

// The fact that says when the schedule runs; null where the block lacks it.
const ast::Fact* rule_fact(const ast::Fact& declaration) {
  for (const ast::Fact& fact : declaration.facts) {
    if ((fact.word.text == "every" || fact.word.text == "calendar") && fact.argument_count > 0) {
      return &fact;
    }
  }
  return nullptr;
}

// The schedule of that name, where its rule is written as this fact is now.
const Schedule* checked_schedule(const Project& checked,
                                 std::string_view name,
                                 std::string_view rule) {
  for (const Schedule& schedule : checked.analysis.policy->schedules) {
    for (const LoadedFile& file : checked.analysis.loaded.files) {
      for (const ast::Fact& declaration : file.tree.facts) {
        const bool same = declaration.word.text == "schedule" && declaration.argument_count > 0 &&
                          file.tree.arguments_of(declaration).front().span == schedule.span;
        const ast::Fact* const fact =
            same && schedule.name == name ? rule_fact(declaration) : nullptr;
        if (fact != nullptr && checked.sources.text(fact->span) == rule) {
          return &schedule;
        }
      }
    }
  }
  return nullptr;
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

std::vector<InlayHint> inlay_hints(Workspace& workspace, const std::string& path) {
  std::vector<InlayHint> hints;
  const auto project = workspace.project_of(path);
  const auto checked = project == nullptr ? nullptr : workspace.last_checked(*project);
  if (checked == nullptr || !workspace.world().now) {
    return hints;
  }
  const LoadedFile& file = *project->file(path);
  for (const ast::Fact& declaration : file.tree.facts) {
    const ast::Fact* const rule =
        declaration.word.text == "schedule" && declaration.argument_count > 0
            ? rule_fact(declaration)
            : nullptr;
    if (rule == nullptr) {
      continue;
    }
    const Schedule* const schedule =
        checked_schedule(*checked, file.tree.arguments_of(declaration).front().text,
                         project->sources.text(rule->span));
    const auto fires = schedule == nullptr ? std::vector<std::string>{}
                                           : next_fires(*checked->analysis.policy, *schedule,
                                                        workspace.world().now(), 5);
    if (!fires.empty()) {
      hints.push_back({rule->span.end, "next " + fires.front(),
                       fmt::format("then {}", fmt::join(fires.begin() + 1, fires.end(), ", "))});
    }
  }
  return hints;
}

}  // namespace backstay::compiler::lsp
