#include "compiler/resolve/parameters.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "lang/base/fix.hpp"
#include "lang/base/secret_text.hpp"
#include "lang/base/units.hpp"
#include "lang/syntax/parser.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
namespace ast = lang::ast;
using ast::ArgumentKind;

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char character : text) {
    if (character == '"' || character == '\\') {
      result += '\\';
    }
    result += character;
  }
  return result + "\"";
}

std::string canonical(const Value& value) {
  const std::string_view text = value.text();
  switch (value.argument.kind) {
    case ArgumentKind::Duration: {
      const auto duration = parse_duration(text);
      return duration ? to_string(*duration) : std::string(text);
    }
    case ArgumentKind::Size: {
      const auto size = parse_byte_size(text);
      return size ? to_string(*size) : std::string(text);
    }
    case ArgumentKind::String:
      return quoted(text);
    case ArgumentKind::Vector: {
      std::string vector = "[";
      for (const std::string_view separator = ", ";
           const auto& item : value.file->items_of(value.argument)) {
        vector.append(vector.size() > 1 ? separator : "").append(quoted(item.text));
      }
      return vector + "]";
    }
    case ArgumentKind::Word:
    case ArgumentKind::Path:
    case ArgumentKind::Rate:
    case ArgumentKind::Count:
    case ArgumentKind::Date:
    case ArgumentKind::Time:
    case ArgumentKind::Instant:
    case ArgumentKind::Ordinal:
    case ArgumentKind::HostList:
    case ArgumentKind::Assign:
    case ArgumentKind::Arrow:
    case ArgumentKind::Invalid:
      return std::string(text);
  }
  return {};
}

std::string canonical(const Values& values) {
  std::vector<std::string> texts;
  for (const Value& value : values) {
    texts.push_back(canonical(value));
  }
  std::sort(texts.begin(), texts.end());  // the order of a list never matters
  return fmt::format("{}", fmt::join(texts, ", "));
}

// The text of one --set as a file of its own, so that its values are read, and shown, like others.
std::string set_line(const Parameter& parameter, const std::string& value) {
  const bool raw_text = parameter.type == "string" && !value.starts_with('"');
  return fmt::format("set {} {}\n", parameter.name, raw_text ? quoted(value) : value);
}

void report_unknown_parameter(Context& context,
                              Scope& scope,
                              const std::string& name,
                              const std::string& value) {
  std::vector<std::string> names;
  for (const auto& [known, parameter] : scope.own()) {
    names.emplace_back(known);
  }
  const lang::FileId file = context.sources.add("--set", fmt::format("set {} {}\n", name, value));
  lang::Diagnostic finding{.kind = DiagnosticKind::UnknownParameter,
                           .primary = {file, 4, static_cast<std::uint32_t>(4 + name.size())},
                           .message = fmt::format("the policy has no parameter `{}`", name),
                           .help = "declare it: `param NAME TYPE`"};
  lang::suggest(finding, name, names);
  context.diagnostics.add(std::move(finding));
}

// A parameter's value stands in plans. It is not repeated here.
void check_secret(Context& context, const Parameter& parameter) {
  for (const Value& value : parameter.value.value_or(Values{})) {
    const auto reason = value.argument.kind == ArgumentKind::String
                            ? lang::find_secret_in_setting(parameter.name, value.text())
                            : std::nullopt;
    if (reason) {
      context.diagnostics.add(
          {.kind = DiagnosticKind::SecretLiteral,
           .primary = value.span(),
           .message = fmt::format("parameter `{}` holds a secret: {}", parameter.name, *reason),
           .help =
               "let it be of type `secret`, and give it the name of a `secret`; change this one "
               "now: it has been written down"});
    }
  }
}

void give(Context& context, Parameter& parameter, const std::string& value) {
  const lang::FileId id = context.sources.add("--set", set_line(parameter, value));
  const std::size_t errors = context.diagnostics.error_count();
  ast::File& file =
      context.command_line.emplace_back(lang::parse(context.sources, id, context.diagnostics).file);
  if (errors != context.diagnostics.error_count()) {
    parameter.value.reset();
    return;
  }
  Values values;
  if (file.facts.size() == 1 && !file.facts.front().has_block) {
    for (const ast::Argument& argument : file.arguments_of(file.facts.front()).subspan(1)) {
      values.push_back({argument, &file});
    }
  }
  const auto end = static_cast<std::uint32_t>(context.sources.file(id).line(1).size());
  const bool fits = fits_type(context, parameter.name, parameter.type, values, {id, 0, end});
  parameter.value = fits ? std::optional(values) : std::nullopt;
  check_secret(context, parameter);
}

void require_values(Context& context,
                    Scope& scope,
                    const std::map<std::string, std::string>& given) {
  for (const auto& [name, parameter] : scope.own()) {
    if (!parameter.value && !given.contains(std::string(name)) && !parameter.broken) {
      context.diagnostics.add(
          {.kind = DiagnosticKind::MissingParameter,
           .primary = parameter.span,
           .message = fmt::format("parameter `{}` has no value", name),
           .help = fmt::format("give it with `--set {}=VALUE`, or a default with "
                               "`= VALUE`",
                               name)});
    }
  }
}

}  // namespace

std::optional<Parameter> read_parameter(const LoadedFile& file, const ast::Fact& fact) {
  const auto arguments = file.tree.arguments_of(fact);
  if (arguments.size() < 2 || arguments[0].kind != ArgumentKind::Word) {
    return std::nullopt;
  }
  Parameter parameter{
      .name = arguments[0].text, .type = {}, .span = arguments[0].span, .value = {}};
  if (arguments[1].kind == ArgumentKind::Word) {
    parameter.type = arguments[1].text;
  }
  if (arguments.size() > 3 && arguments[2].kind == ArgumentKind::Assign) {
    Values values;
    for (const ast::Argument& argument : arguments.subspan(3)) {
      values.push_back({argument, &file.tree});
    }
    parameter.value = std::move(values);
  }
  return parameter;
}

void report_parameter_twice(Context& context, const Parameter& parameter, const Parameter& first) {
  context.diagnostics.add(
      {.kind = DiagnosticKind::DuplicateDeclaration,
       .primary = parameter.span,
       .message = fmt::format("parameter `{}` is declared twice", parameter.name),
       .labels = {{first.span, "first declared here"}},
       .help = "give one of them another name"});
}

void check_default(Context& context, Parameter& parameter) {
  check_secret(context, parameter);
  if (parameter.value &&
      !fits_type(context, parameter.name, parameter.type, *parameter.value, parameter.span)) {
    parameter.value.reset();
    parameter.broken = true;
  }
}

void declare_policy_parameters(Context& context, const LoadedFile& entry) {
  Scope& scope = context.policy_scope;
  for (const ast::Fact& fact : entry.tree.facts) {
    if (fact.word.text != "param") {
      continue;
    }
    if (auto parameter = read_parameter(entry, fact); parameter && !scope.add(*parameter)) {
      report_parameter_twice(context, *parameter, *scope.find(parameter->name));
    }
  }
}

void give_policy_parameters(Context& context, const std::map<std::string, std::string>& given) {
  Scope& scope = context.policy_scope;
  for (auto& [name, parameter] : scope.own()) {
    check_default(context, parameter);
  }
  for (const auto& [name, value] : given) {
    if (Parameter* parameter = scope.find(name)) {
      give(context, *parameter, value);
    } else {
      report_unknown_parameter(context, scope, name, value);
    }
  }
  require_values(context, scope, given);
}

std::vector<std::pair<std::string, std::string>> parameter_values(Scope& scope) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& [name, parameter] : scope.own()) {
    if (parameter.value) {
      values.emplace_back(name, canonical(*parameter.value));
    }
  }
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace backstay::compiler
