// `moved` and `allow`: what people decided about a policy's history and its findings.
//
// Both are read here and no more: whether a kind, a name or a code is there, whether renames lead
// round, and what an `allow` silences is said by the checks, which know the whole policy.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// By kind, then old name. A name in it counts as no use of what bears it.
[[nodiscard]] std::vector<Moved> resolve_moves(Context& context);

/// By code, kind and name. Two of the same three are reported. A name in it counts as no use of
/// what bears it: else `allow BST0309` of an unused declaration would make it a used one.
[[nodiscard]] std::vector<Allow> resolve_allows(Context& context);

}  // namespace backstay::compiler
