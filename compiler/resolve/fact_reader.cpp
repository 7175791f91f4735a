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

void out_of_range(Context& context,
                  const Value& value,
                  std::string help = "write a smaller number") {
  context.diagnostics.add({.kind = DiagnosticKind::ValueOutOfRange,
                           .primary = value.span(),
                           .message = fmt::format("`{}` is out of range", value.text()),
                           .help = std::move(help)});
}

std::optional<Located<ByteSize>> bytes_of(Context& context,
                                          const Value& value,
                                          std::string_view text) {
  const auto size = parse_byte_size(text);
  if (!size || size->bytes == 0) {
    out_of_range(context, value, size ? "write a greater number" : "write a smaller number");
    return std::nullopt;
  }
  return Located<ByteSize>{*size, value.span()};
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

std::optional<Located<Duration>> read_some_time(Context& context, const Value& value) {
  auto duration = read_duration(context, value);
  if (duration && duration->value.seconds == 0) {
    out_of_range(context, value, "write a longer time");
    return std::nullopt;
  }
  return duration;
}

std::optional<Located<std::int64_t>> read_number(Context& context,
                                                 const Value& value,
                                                 NumberRange range) {
  auto number = read_count(context, value);
  if (!number || (number->value >= range.least && number->value <= range.greatest)) {
    return number;
  }
  const bool bounded = range.greatest != NumberRange{}.greatest;
  context.diagnostics.add(
      {.kind = DiagnosticKind::ValueOutOfRange,
       .primary = value.span(),
       .message = range.what.empty() ? fmt::format("`{}` is out of range", value.text())
                                     : fmt::format("there is no {} {}", range.what, number->value),
       .help = bounded ? fmt::format("write a number from {} to {}", range.least, range.greatest)
                       : fmt::format("write a number of at least {}", range.least)});
  return std::nullopt;
}

std::optional<Located<ByteSize>> read_size(Context& context, const Value& value) {
  if (value.argument.kind != ArgumentKind::Size) {
    return std::nullopt;
  }
  return bytes_of(context, value, value.text());
}

std::optional<Located<ByteSize>> read_rate(Context& context, const Value& value) {
  constexpr std::string_view kPerSecond = "/s";
  if (value.argument.kind != ArgumentKind::Rate) {
    return std::nullopt;
  }
  std::string_view text = value.text();
  text.remove_suffix(text.ends_with(kPerSecond) ? kPerSecond.size() : 0);
  return bytes_of(context, value, text);
}

std::optional<Located<std::vector<std::string>>> read_command(Context& context,
                                                              const Value& value) {
  if (value.argument.kind != ArgumentKind::Vector) {
    return std::nullopt;
  }
  Located<std::vector<std::string>> command{{}, value.span()};
  for (const lang::ast::Argument& item : value.file->items_of(value.argument)) {
    command.value.emplace_back(item.text);
  }
  if (command.value.empty() || command.value.front().empty()) {
    context.diagnostics.add({.kind = DiagnosticKind::MissingArgument,
                             .primary = value.span(),
                             .message = "the argument vector names no program",
                             .help = "write `[\"program\", \"argument\"]`"});
    return std::nullopt;
  }
  return command;
}

std::vector<std::int64_t> read_statuses(Context& context, const Values& values) {
  std::vector<std::int64_t> statuses;
  for (const Value& value : values) {
    if (const auto status = read_number(context, value, kExitStatuses)) {
      statuses.push_back(status->value);
    }
  }
  std::sort(statuses.begin(), statuses.end());
  statuses.erase(std::unique(statuses.begin(), statuses.end()), statuses.end());
  return statuses.empty() ? std::vector<std::int64_t>{0} : statuses;
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
