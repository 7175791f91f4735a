#include "compiler/resolve/times.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

#include <fmt/format.h>

#include "compiler/resolve/block_reader.hpp"
#include "lang/base/units.hpp"

namespace backstay::compiler {
namespace {

namespace ast = lang::ast;
using ast::ArgumentKind;

constexpr std::array<std::string_view, 7> kDays = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

std::string canonical_token(const Value& value) {
  if (value.argument.kind == ArgumentKind::Duration) {
    if (const auto duration = parse_duration(value.text())) {
      return to_string(*duration);
    }
  }
  return std::string(value.text());
}

// Days in the order of the week, then by length and text: numbers as numbers, times as times.
bool token_less(const std::string& left, const std::string& right) {
  const auto key = [](const std::string& token) {
    return std::tuple(std::find(kDays.begin(), kDays.end(), token) - kDays.begin(), token.size(),
                      std::string_view(token));
  };
  return key(left) < key(right);
}

void flush(std::vector<std::string>& list, std::string& rule) {
  std::sort(list.begin(), list.end(), token_less);
  list.erase(std::unique(list.begin(), list.end()), list.end());
  if (!list.empty()) {
    rule.append(" ").append(fmt::format("{}", fmt::join(list, ", ")));
  }
  list.clear();
}

// `every thu,mon at 02:30` → `every mon, thu at 02:30`
std::string canonical_rule(std::string_view word, const Values& values) {
  std::string rule(word);
  std::vector<std::string> list;
  for (const Value& value : values) {
    if (!value.argument.after_comma) {
      flush(list, rule);
    }
    list.push_back(canonical_token(value));
  }
  flush(list, rule);
  return rule;
}

bool is_literal(std::string_view word) {
  constexpr std::array<std::string_view, 5> kLiterals = {"day", "month", "at", "on", "last"};
  return std::find(kLiterals.begin(), kLiterals.end(), word) != kLiterals.end() ||
         std::find(kDays.begin(), kDays.end(), word) != kDays.end();
}

// The rule as it stands, words that have a meaning in it not taken for parameters.
Values rule_values(Context& context, const LoadedFile& file, const ast::Fact& fact) {
  Values values;
  for (const ast::Argument& argument : file.tree.arguments_of(fact)) {
    if (is_literal(argument.text)) {
      values.push_back({argument, &file.tree});
    } else {
      const Values given = context.scope_of(file).expand(file.tree, std::span(&argument, 1));
      values.insert(values.end(), given.begin(), given.end());
    }
  }
  return values;
}

Schedule resolve_schedule(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  Schedule schedule{.name = declaration.name, .span = declaration.span};
  const auto every = block.fact("every");
  const auto calendar = block.fact("calendar");
  if (every && calendar) {
    context.diagnostics.add({.kind = lang::DiagnosticKind::ConflictingFacts,
                             .primary = calendar->span(),
                             .message = "a schedule has one rule",
                             .labels = {{every->span(), "and here is another one"}},
                             .help = "keep one of them"});
  }
  if (every) {
    schedule.rule = {
        canonical_rule("every", rule_values(context, *declaration.file, *every->matched().fact)),
        every->span()};
  } else if (calendar) {
    schedule.rule = {fmt::format("calendar \"{}\"",
                                 block.text("calendar").value_or(Located<std::string>{}).value),
                     calendar->span()};
  } else if (!block.says("every") && !block.says("calendar")) {
    report_missing(context, declaration.span,
                   fmt::format("schedule `{}` does not say when it fires", declaration.name),
                   "add `every day at 02:30`");
  }
  schedule.window = block.duration("window");
  schedule.jitter = block.duration("jitter");
  return schedule;
}

Retention resolve_retention(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  return {.name = declaration.name,
          .span = declaration.span,
          .last = block.count("last"),
          .hourly = block.count("hourly"),
          .daily = block.count("daily"),
          .weekly = block.count("weekly"),
          .monthly = block.count("monthly"),
          .quarterly = block.count("quarterly"),
          .yearly = block.count("yearly"),
          .at_least = block.count("at-least"),
          .all_for = block.duration("all-for")};
}

}  // namespace

std::vector<Schedule> resolve_schedules(Context& context) {
  std::vector<Schedule> schedules;
  for (const Declaration* declaration : context.symbols.all(DeclarationKind::Schedule)) {
    schedules.push_back(resolve_schedule(context, *declaration));
  }
  return schedules;
}

std::vector<Retention> resolve_retentions(Context& context) {
  std::vector<Retention> retentions;
  for (const Declaration* declaration : context.symbols.all(DeclarationKind::Retention)) {
    retentions.push_back(resolve_retention(context, *declaration));
  }
  return retentions;
}

}  // namespace backstay::compiler
