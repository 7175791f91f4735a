// What each argument of a fact is to its row of the signature table, also where the fact is not
// whole: the reading of match() for a line that is being written.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "lang/syntax/ast.hpp"
#include "lang/syntax/pattern.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::compiler::lsp {

/// The arguments of a fact against the row that takes the most of them.
struct FactRoles {
  const lang::Signature* row = nullptr;  ///< null: the word does not stand in the block
  /// One an argument; null for literal words and for what fits nowhere.
  std::vector<const lang::ArgumentType*> types;
  /// One an argument: it stands in a list, so that a parameter of type `names` fits.
  std::vector<bool> in_list;
};

/// Never reports; stops giving types at the first argument that fits nowhere.
[[nodiscard]] FactRoles roles_of(const lang::ast::File& file,
                                 const lang::ast::Fact& fact,
                                 std::string_view block);

/// What one row takes next.
struct NextArgument {
  const lang::Signature* row = nullptr;
  std::vector<std::string_view> words;       ///< literal words, one of which may stand
  const lang::ArgumentType* type = nullptr;  ///< null: only words
};

/// What may follow the arguments `before`, one entry a row and kind of follower. after_comma: the
/// next one goes on a list.
[[nodiscard]] std::vector<NextArgument> next_arguments(std::span<const lang::ast::Argument> before,
                                                       std::string_view block,
                                                       std::string_view word,
                                                       bool after_comma);

/// All rows of a word in a block, in the order of the table.
[[nodiscard]] std::vector<const lang::Signature*> rows_of(std::string_view block,
                                                          std::string_view word);

}  // namespace backstay::compiler::lsp
