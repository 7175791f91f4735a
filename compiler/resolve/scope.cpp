#include "compiler/resolve/scope.hpp"

namespace backstay::compiler {

namespace ast = lang::ast;

bool Scope::add(Parameter parameter) {
  const std::string_view name = parameter.name;
  return parameters_.emplace(name, std::move(parameter)).second;
}

Parameter* Scope::find(std::string_view name) {
  const auto found = parameters_.find(name);
  if (found != parameters_.end()) {
    return &found->second;
  }
  return outer_ == nullptr ? nullptr : outer_->find(name);
}

Values Scope::expand(const ast::File& file, std::span<const ast::Argument> arguments) {
  Values values;
  values.reserve(arguments.size());
  for (const ast::Argument& argument : arguments) {
    const bool may_be_parameter = argument.kind == ast::ArgumentKind::Word && !argument.quoted;
    Parameter* parameter = may_be_parameter ? find(argument.text) : nullptr;
    if (parameter == nullptr) {
      values.push_back({argument, &file});
      continue;
    }
    parameter->referenced = true;
    if (parameter->value) {
      values.insert(values.end(), parameter->value->begin(), parameter->value->end());
    } else {
      ast::Argument nothing = argument;
      nothing.kind = ast::ArgumentKind::Invalid;
      values.push_back({nothing, &file});
    }
  }
  return values;
}

lang::ParameterType types_of(Scope& scope) {
  return [&scope](std::string_view name) -> std::optional<std::string_view> {
    const Parameter* parameter = scope.find(name);
    return parameter == nullptr ? std::nullopt : std::optional(parameter->type);
  };
}

}  // namespace backstay::compiler
