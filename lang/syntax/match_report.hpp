// What match() says: the wording of its findings, apart from the search for the row that fits.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/syntax/ast.hpp"
#include "lang/syntax/pattern.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::lang {

/// Why the arguments of a fact do not fit one row.
struct MatchFailure {
  enum class Reason : std::uint8_t {
    Expected,   ///< something else stands where `expected` should
    Parameter,  ///< a parameter of another type stands where `expected` should
    Surplus,    ///< more arguments than the row has
    Repeated,   ///< a clause for the second time
    Silent,     ///< the parser has reported the argument
  };
  Reason reason = Reason::Expected;
  std::size_t at = 0;  ///< index of the argument; their number: the end of the line
  const PatternElement* expected = nullptr;
  std::string parameter_type = {};
  Span first = {};       ///< Repeated: the first time
  bool in_list = false;  ///< Surplus: the argument would fit the list before it
};

/// A row with its parsed pattern.
struct PatternRow {
  const Signature* signature = nullptr;
  Pattern pattern;
};

/// Reports what failed at the argument that the rows got to; `failures` belong to `rows` one by
/// one.
void report_mismatch(const ast::File& file,
                     const ast::Fact& fact,
                     const std::vector<const PatternRow*>& rows,
                     const std::vector<MatchFailure>& failures,
                     Diagnostics& diagnostics);
void report_unknown_word(const ast::Fact& fact, std::string_view block, Diagnostics& diagnostics);

}  // namespace backstay::lang
