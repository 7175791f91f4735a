#include "compiler/resolve/fact_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <unordered_map>

#include <fmt/format.h>

#include "lang/base/units.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using lang::ast::ArgumentKind;

// systemd.unit(5): the types of units.
constexpr std::array<std::string_view, 11> kUnitSuffixes = {
    ".service", ".socket", ".device", ".mount", ".automount", ".swap",
    ".target",  ".path",   ".timer",  ".slice", ".scope"};

std::string with_suffix(std::string_view unit) {
  const bool complete = std::any_of(kUnitSuffixes.begin(), kUnitSuffixes.end(),
                                    [unit](std::string_view end) { return unit.ends_with(end); });
  return std::string(unit).append(complete ? "" : ".service");
}

bool is_name_or_text(const Value& value) {
  return value.argument.kind != ArgumentKind::Invalid;
}

bool has_wildcard(std::string_view pattern) {
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      ++at;
    } else if (pattern[at] == '*' || pattern[at] == '?') {
      return true;
    }
  }
  return false;
}

void out_of_range(Context& context, const Value& value) {
  context.diagnostics.add({.kind = DiagnosticKind::ValueOutOfRange,
                           .primary = value.span(),
                           .message = fmt::format("`{}` is out of range", value.text()),
                           .help = "write a smaller number"});
}

void report_twice(Context& context, const lang::MatchedFact& fact, const lang::MatchedFact& first) {
  context.diagnostics.add(
      {.kind = DiagnosticKind::DuplicateFact,
       .primary = fact.fact->span,
       .message = fmt::format("`{}` may stand only once here", fact.fact->word.text),
       .labels = {{first.fact->span, "the first one"}},
       .help = "keep one of them"});
}

}  // namespace

std::vector<lang::MatchedFact> match_block(Context& context,
                                           const LoadedFile& file,
                                           const std::vector<lang::ast::Fact>& facts,
                                           std::string_view block,
                                           Scope& scope) {
  std::vector<lang::MatchedFact> matches;
  matches.reserve(facts.size());
  std::unordered_map<std::string_view, std::size_t> single;  // word → its first fact
  const lang::ParameterType types = types_of(scope);
  for (const lang::ast::Fact& fact : facts) {
    auto matched = lang::match(file.tree, fact, block, types, context.diagnostics);
    if (!matched) {
      continue;
    }
    if (matched->signature->arity == lang::Arity::Once) {
      const auto [first, fresh] = single.emplace(matched->signature->word, matches.size());
      if (!fresh) {
        report_twice(context, *matched, matches[first->second]);
        continue;
      }
    }
    matches.push_back(std::move(*matched));
  }
  return matches;
}

Values FactReader::values() const {
  return scope_.expand(file_, fact_.values());
}

Values FactReader::clause(std::string_view name) const {
  const lang::Clause* clause = fact_.clause(name);
  return clause == nullptr ? Values{} : scope_.expand(file_, clause->values);
}

std::optional<Value> FactReader::first(std::string_view clause_name) const {
  const Values values = clause(clause_name);
  return values.empty() ? std::nullopt : std::optional(values.front());
}

bool FactReader::begins_with(std::string_view literal) const {
  if (fact_.fact->argument_count == 0) {
    return false;
  }
  const lang::ast::Argument& argument = file_.arguments[fact_.fact->first_argument];
  return argument.kind == ArgumentKind::Word && !argument.quoted && argument.text == literal;
}

std::optional<Located<std::string>> FactReader::because() const {
  const auto reason = first("because");
  return reason ? read_text(*reason) : std::nullopt;
}

std::optional<Located<std::string>> read_text(const Value& value) {
  if (!is_name_or_text(value)) {
    return std::nullopt;
  }
  return Located<std::string>{std::string(value.text()), value.span()};
}

std::optional<Located<std::string>> read_path(Context& context, const Value& value) {
  if (value.argument.kind != ArgumentKind::Path) {
    return std::nullopt;
  }
  if (has_wildcard(value.text())) {
    context.diagnostics.add({.kind = DiagnosticKind::PatternForPath,
                             .primary = value.span(),
                             .message = "a pattern stands where one path is needed",
                             .help =
                                 "name the folder above, and narrow it with `except` and `keep`; "
                                 "in quotes, `\\*` and `\\?` are the plain characters"});
    return std::nullopt;
  }
  return Located<std::string>{lang::ast::literal_path(value.text()), value.span()};
}

std::optional<Located<std::string>> read_pattern(const Value& value) {
  return value.argument.kind == ArgumentKind::Path ? read_text(value) : std::nullopt;
}

std::optional<Located<std::int64_t>> read_count(Context& context, const Value& value) {
  if (value.argument.kind != ArgumentKind::Count) {
    return std::nullopt;
  }
  std::int64_t count = 0;
  const std::string_view text = value.text();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) {
    out_of_range(context, value);
    return std::nullopt;
  }
  return Located<std::int64_t>{count, value.span()};
}

std::optional<Located<Duration>> read_duration(Context& context, const Value& value) {
  if (value.argument.kind != ArgumentKind::Duration) {
    return std::nullopt;
  }
  const auto duration = parse_duration(value.text());
  if (!duration) {
    out_of_range(context, value);
    return std::nullopt;
  }
  return Located<Duration>{*duration, value.span()};
}

std::vector<std::string> read_vector(const Value& value) {
  std::vector<std::string> texts;
  if (value.argument.kind == ArgumentKind::Vector) {
    for (const lang::ast::Argument& item : value.file->items_of(value.argument)) {
      texts.emplace_back(item.text);
    }
  }
  return texts;
}

std::vector<Located<std::string>> read_units(const Values& values) {
  std::vector<Located<std::string>> units;
  for (const Value& value : values) {
    if (is_name_or_text(value)) {
      units.push_back({with_suffix(value.text()), value.span()});
    }
  }
  return units;
}

}  // namespace backstay::compiler
