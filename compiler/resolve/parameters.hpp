// Parameters: how they are declared, given and checked against their types.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Reads `param NAME TYPE [= literal]`, the default not yet checked.
[[nodiscard]] std::optional<Parameter> read_parameter(const LoadedFile& file,
                                                      const lang::ast::Fact& fact);

/// Reports a second declaration of a parameter's name.
void report_parameter_twice(Context& context, const Parameter& parameter, const Parameter& first);

/// Takes a default of the wrong type out, and reports it.
void check_default(Context& context, Parameter& parameter);

/// Do the values fit the type? A misfit is reported. Invalid values fit: they were reported.
[[nodiscard]] bool fits_type(Context& context,
                             std::string_view name,
                             std::string_view type,
                             const Values& values,
                             const Span& place);

/// Puts the `param`s of the entry file into the policy's scope.
void declare_policy_parameters(Context& context, const LoadedFile& entry);

/// Gives them the values of --set, or checks their defaults. Reports values for parameters that are
/// not there, and parameters without a value. The declarations must have been collected.
void give_policy_parameters(Context& context, const std::map<std::string, std::string>& given);

/// Names and canonical values of the policy's parameters, by name.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parameter_values(Scope& scope);

}  // namespace backstay::compiler
