// The argument patterns of signatures.cpp, parsed: types, literal words, lists and clauses.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lang/syntax/ast.hpp"

namespace backstay::lang {

/// A type of argument as patterns name it: `DURATION`.
struct ArgumentType {
  std::string_view name;
  std::string_view expected;  ///< `a duration such as `26h``
  std::uint32_t
      kinds;  ///< ast::ArgumentKind that fit, one bit each; a Word also has to pass `word`
  bool (*word)(std::string_view text);  ///< which words fit; null where none does
  std::string_view parameters;  ///< types of parameters that fit, separated by blanks; `*` for all
};

/// All types, in the order of their names.
[[nodiscard]] std::span<const ArgumentType> argument_types();

/// The words that a type takes where it takes only some, for completion and editors: of DAY `mon` …
/// `sun`. Empty: any word, or none.
[[nodiscard]] std::span<const std::string_view> words_of_type(const ArgumentType& type);

/// One thing that a pattern asks for.
struct PatternElement {
  std::vector<std::string_view>
      words;  ///< a literal word, or several of which one stands; else empty
  const ArgumentType* type = nullptr;  ///< typed element
  bool list = false;                   ///< one or more, separated by commas
};

using PatternSequence = std::vector<PatternElement>;

/// What may follow a fact's word.
struct Pattern {
  PatternSequence fixed;
  std::vector<PatternSequence> clauses;  ///< each begins with literal words
};

/// Parses a pattern as signatures.hpp describes it; a malformed one is a bug and aborts.
[[nodiscard]] Pattern parse_pattern(std::string_view text);

/// Whether an argument as written (not a parameter's name) fits a type.
[[nodiscard]] bool fits(const ArgumentType& type, const ast::Argument& argument);
/// Whether a type means texts, so that a quoted `/…` is one, too.
[[nodiscard]] bool is_text_type(const ArgumentType& type);
/// Whether a parameter of this type may stand for a value of `type`. `names` fits lists alone.
[[nodiscard]] bool parameter_fits(const ArgumentType& type,
                                  bool list,
                                  std::string_view parameter_type);

/// `the name `x``, `the path `/x``, for findings.
[[nodiscard]] std::string describe(const ast::Argument& argument);

}  // namespace backstay::lang
