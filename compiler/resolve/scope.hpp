// Parameters in scope, and the arguments of a fact with parameters put in.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lang/base/span.hpp"
#include "lang/syntax/ast.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::compiler {

/// An argument together with the file that holds its parts. Where a parameter was put in, this is
/// the place that gave the value, so that findings point at what is to be changed.
struct Value {
  lang::ast::Argument argument;
  const lang::ast::File* file = nullptr;

  [[nodiscard]] std::string_view text() const { return argument.text; }

  [[nodiscard]] const lang::Span& span() const { return argument.span; }
};

using Values = std::vector<Value>;

/// A `param` and what it stands for.
struct Parameter {
  std::string_view name;
  std::string_view type;        ///< `names`, `mariadb` …
  lang::Span span;              ///< of the name in its declaration
  std::optional<Values> value;  ///< nothing: none was given, which is reported where it must be
  bool referenced = false;
  bool broken = false;  ///< its value was reported: it is not called missing as well
};

/// The parameters of one policy or of one use of a profile. `outer` is looked at where a name is
/// not found here; it must outlive this.
class Scope {
 public:
  explicit Scope(Scope* outer = nullptr) : outer_(outer) {}

  /// False where a parameter of that name is there already.
  bool add(Parameter parameter);
  [[nodiscard]] Parameter* find(std::string_view name);

  /// Only those of this scope; order is unspecified.
  [[nodiscard]] std::unordered_map<std::string_view, Parameter>& own() { return parameters_; }

  /// Arguments with every bare word that is a parameter replaced by its values. A parameter without
  /// a value gives one Invalid argument: reported already.
  [[nodiscard]] Values expand(const lang::ast::File& file,
                              std::span<const lang::ast::Argument> arguments);

 private:
  Scope* outer_;
  std::unordered_map<std::string_view, Parameter> parameters_;
};

/// For lang::match(): types of the parameters of a scope. The scope must outlive the function.
[[nodiscard]] lang::ParameterType types_of(Scope& scope);

}  // namespace backstay::compiler
