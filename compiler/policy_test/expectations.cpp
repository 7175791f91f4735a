#include "compiler/policy_test/expectations.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/calendar/occurrences.hpp"
#include "compiler/explain/explain_path.hpp"
#include "compiler/explain/explain_schedule.hpp"
#include "compiler/policy_test/kept_count.hpp"
#include "compiler/policy_test/step_order.hpp"
#include "lang/base/suggest.hpp"
#include "lang/syntax/ast.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using std::chrono::days;

// A month and more to each side: the next fires of every rule but those that hardly ever run.
constexpr days kLook{40};

std::string nearest_fires(const std::vector<Fire>& fires, std::chrono::sys_seconds instant) {
  const auto after =
      std::find_if(fires.begin(), fires.end(), [&](const Fire& fire) { return fire.at > instant; });
  std::vector<std::string> texts;
  if (after != fires.begin()) {
    texts.push_back("before it at " + instant_text((after - 1)->at));
  }
  if (after != fires.end()) {
    texts.push_back("after it at " + instant_text(after->at));
  }
  return texts.empty() ? "it does not fire within 40 days of it"
                       : fmt::format("it fires {}", fmt::join(texts, " and "));
}

template <typename Declaration>
std::vector<std::string> names_of(const std::vector<Declaration>& all) {
  std::vector<std::string> names;
  for (const Declaration& one : all) {
    names.push_back(one.name);
  }
  return names;
}

std::string without_leading_zeros(std::string_view count) {
  const std::size_t begin = std::min(count.find_first_not_of('0'), count.size() - 1);
  return std::string(count.substr(begin));
}

std::vector<std::string> all_codes() {
  std::vector<std::string> codes;
  for (const DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    codes.emplace_back(lang::info(kind).code);
  }
  return codes;
}

}  // namespace

Examiner::Objection Examiner::objection(const Expectation& expectation) const {
  if (expectation.word == "finds") {
    return finds(expectation);
  }
  if (!analysis_.plan) {
    return "the policy does not compile";
  }
  if (expectation.word == "selects") {
    return selects(expectation);
  }
  if (expectation.word == "leaves-out") {
    return leaves_out(expectation);
  }
  if (expectation.word == "captures") {
    return captures(expectation);
  }
  if (expectation.word == "keeps") {
    return keeps(expectation);
  }
  return expectation.word == "restores" ? restores(expectation) : fires(expectation);
}

std::optional<std::string> Examiner::path_of(const Located<std::string>& value) const {
  const auto pattern = PathPattern::parse(value.value);
  if (!pattern || !pattern->is_literal()) {
    diagnostics_.add({.kind = DiagnosticKind::PatternForPath,
                      .primary = value.span,
                      .message = "a pattern stands where one path is tested",
                      .help = "write a path that the policy meets, such as "
                              "`/var/lib/nova/instances/1/disk`"});
    return std::nullopt;
  }
  return lang::ast::literal_path(value.value);
}

bool Examiner::is_known(const Located<std::string>& name,
                        const std::vector<std::string>& known,
                        std::string_view what) const {
  if (std::find(known.begin(), known.end(), name.value) != known.end()) {
    return true;
  }
  diagnostics_.add({.kind = DiagnosticKind::UnknownReference,
                    .primary = name.span,
                    .message = fmt::format("there is no {} `{}`", what, name.value),
                    .help = did_you_mean(name.value, known)});
  return false;
}

Examiner::Objection Examiner::selects(const Expectation& expectation) const {
  const auto path = path_of(expectation.values.front());
  if (!path) {
    return std::nullopt;
  }
  const PathVerdict verdict = judge_path(*analysis_.policy, *path);
  return verdict.selected() ? std::nullopt : std::optional(summary_of(verdict));
}

Examiner::Objection Examiner::leaves_out(const Expectation& expectation) const {
  const auto path = path_of(expectation.values.front());
  if (!path) {
    return std::nullopt;
  }
  const PathVerdict verdict = judge_path(*analysis_.policy, *path);
  if (verdict.selected()) {
    return summary_of(verdict);
  }
  if (expectation.values.size() == 1) {
    return std::nullopt;
  }
  for (const PathHolder& holder : verdict.holders) {
    for (const RuleFact* rule : holder.excepts) {
      if (rule->pattern.value == expectation.values[1].value) {
        return std::nullopt;
      }
    }
  }
  return summary_of(verdict);
}

Examiner::Objection Examiner::captures(const Expectation& expectation) const {
  const Located<std::string>& first = expectation.values[0];
  const Located<std::string>& second = expectation.values[1];
  const std::vector<std::string> known = component_names(*analysis_.plan);
  const bool both = is_known(first, known, "component") & is_known(second, known, "component");
  return both ? capture_objection(*analysis_.plan, first.value, second.value) : std::nullopt;
}

Examiner::Objection Examiner::restores(const Expectation& expectation) const {
  const Located<std::string>& first = expectation.values[0];
  const Located<std::string>& second = expectation.values[1];
  const std::vector<std::string> known = names_of(analysis_.policy->services);
  const bool both = is_known(first, known, "service") & is_known(second, known, "service");
  return both ? restore_objection(*analysis_.plan, first.value, second.value) : std::nullopt;
}

Examiner::Objection Examiner::fires(const Expectation& expectation) const {
  const auto& schedules = analysis_.policy->schedules;
  const std::vector<std::string> known = names_of(schedules);
  const auto instant = parse_instant(expectation.values[1].value);
  if (!is_known(expectation.values[0], known, "schedule") || !instant) {
    return std::nullopt;
  }
  const auto schedule = std::find_if(schedules.begin(), schedules.end(), [&](const Schedule& one) {
    return one.name == expectation.values[0].value;
  });
  const auto rule = parse_schedule_rule(schedule->rule.value);
  const auto zone = Zone::find(analysis_.policy->zone ? analysis_.policy->zone->value : "UTC");
  if (!rule || !zone) {
    return "its times cannot be worked out";
  }
  const auto begin = std::chrono::floor<days>(zone->to_local(*instant)) - kLook;
  const std::vector<Fire> found = find_fires(*rule, *zone, {.begin = begin, .length = 2 * kLook});
  const bool hit = std::any_of(found.begin(), found.end(),
                               [&](const Fire& fire) { return fire.at == *instant; });
  return hit ? std::nullopt : std::optional(nearest_fires(found, *instant));
}

Examiner::Objection Examiner::keeps(const Expectation& expectation) const {
  const plan::Plan& plan = *analysis_.plan;
  const Located<std::string>& name = expectation.values[0];
  const Located<std::string>& target = expectation.values[1];
  const Located<std::string>& after = expectation.values[2];
  const bool both = is_known(name, names_of(plan.backups), "backup") &
                    is_known(target, names_of(plan.targets), "target");
  const auto span = parse_duration(after.value);
  if (!span || *span > longest_simulation) {
    diagnostics_.add(
        {.kind = DiagnosticKind::ValueOutOfRange,
         .primary = after.span,
         .message = fmt::format("`{}` is longer than retention is played through", after.value),
         .help = fmt::format("at most `{}`", to_string(longest_simulation))});
    return std::nullopt;
  }
  if (!both) {
    return std::nullopt;
  }
  const plan::Backup& backup = *plan.backup(name.value);
  const auto kept = count_kept(plan, backup, target.value, *span);
  if (!kept) {
    return kept.error().message;
  }
  return std::to_string(*kept) == without_leading_zeros(expectation.values[3].value)
             ? std::nullopt
             : std::optional(fmt::format("{} points", *kept));
}

Examiner::Objection Examiner::finds(const Expectation& expectation) const {
  const Located<std::string>& code = expectation.values.front();
  if (!is_known(code, all_codes(), "finding")) {
    return std::nullopt;
  }
  std::set<std::string> found;
  for (const lang::Diagnostic& finding : findings_.all()) {
    found.emplace(lang::info(finding.kind).code);
  }
  if (found.contains(code.value)) {
    return std::nullopt;
  }
  return found.empty() ? "the policy has no finding"
                       : fmt::format("the policy has {}", fmt::join(found, ", "));
}

}  // namespace backstay::compiler
