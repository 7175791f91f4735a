// Which words stand where, with which arguments: the one table of the language's vocabulary.
//
// The checker matches facts against it, and help, `explain`, completion and the reference page are
// made from it. A row's pattern is written as the reference shows it:
//   UPPER       a typed argument (list of types below); `UPPER,...` one or more, separated by
//   commas lower       a literal word; `=` and `->` too [ … ]       an optional clause; clauses
//   come in any order after the fixed part a|b         one of several literal words
// A clause is named by its first literal word. Several rows may share a word (`cover`).
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/syntax/ast.hpp"

namespace backstay::lang {

/// What this version does with a fact.
enum class Support : std::uint8_t {
  Full,     ///< checked and carried out
  Later,    ///< parsed and kept; leaving it out makes no run less safe: a warning says so
  Refused,  ///< parsed and kept, but a run without it would be less than was asked for: an error
};

/// May the fact be repeated in its block?
enum class Arity : std::uint8_t { Once, Many };

/// One row of the table.
struct Signature {
  std::string_view block;  ///< kind of the block it stands in; `file` for declarations
  std::string_view word;
  std::string_view pattern;  ///< what follows the word, as above
  Arity arity = Arity::Once;
  Support support = Support::Full;
  std::string_view meaning;  ///< one sentence for help, hover and the reference
};

/// Whether a value as written fits a parameter's type (`duration`, `names` …); of `names` each
/// item.
[[nodiscard]] bool fits_parameter_type(std::string_view parameter_type, const ast::Argument& value);

/// All rows, in the order of the reference.
[[nodiscard]] std::span<const Signature> signatures();
/// The words that stand in a block of this kind.
[[nodiscard]] std::vector<std::string> words_of(std::string_view block);
/// The blocks in which a word stands.
[[nodiscard]] std::vector<std::string> blocks_of(std::string_view word);

/// One clause of a fact: `as NAME` → name `as`, values {NAME}. A flag clause has no values; one of
/// several literal words (`disk|object|tape`) is a value.
struct Clause {
  std::string_view name;  ///< first literal of the clause; "" for the fixed part
  Span span;
  std::vector<ast::Argument> values;  ///< typed arguments, in order; lists are flattened
};

/// A fact that fits its row.
struct MatchedFact {
  const Signature* signature = nullptr;
  const ast::Fact* fact = nullptr;
  /// The fixed part first, also where it is empty: all its values. Each literal word of the fixed
  /// part is a clause, too, with the values that follow it: `database a, b on s` has the values
  /// {a, b, s} and the clause `on` {s}; `cover all services` has the clauses `all` and `services`.
  std::vector<Clause> clauses;

  /// Values of the fixed part.
  [[nodiscard]] const std::vector<ast::Argument>& values() const { return clauses.front().values; }

  /// The clause of that name, or null.
  [[nodiscard]] const Clause* clause(std::string_view name) const;
};

/// Tells the type of a parameter in scope (`name`, `names`, `duration` …), or nothing.
using ParameterType = std::function<std::optional<std::string_view>(std::string_view name)>;

/// Matches one fact of a block of kind `block` (`file` at the top). Reports unknown words (with
/// did-you-mean and where the word belongs), missing, surplus and mistyped arguments, unknown,
/// repeated clauses, and a block where none may be or a missing one. A bare word that names a
/// parameter fits every type that the parameter's type fits; names that are given here (of
/// declarations, parameters, components) are never parameters. A quoted path in place of a text is
/// given back as a String. Duplicates of single facts are found by the caller.
/// Returns nothing after a finding about the arguments or after one of the parser.
[[nodiscard]] std::optional<MatchedFact> match(const ast::File& file,
                                               const ast::Fact& fact,
                                               std::string_view block,
                                               const ParameterType& parameter,
                                               Diagnostics& diagnostics);

}  // namespace backstay::lang
