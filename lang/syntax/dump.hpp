// The tree as stable text, for golden tests and for comparing two trees.
#pragma once

#include <string>

#include "lang/syntax/ast.hpp"

namespace backstay::lang {

/// One line a fact, indented by depth; kinds and decoded texts, no positions: two files that differ
/// only in layout and comments give the same text.
[[nodiscard]] std::string dump(const ast::File& file);

}  // namespace backstay::lang
