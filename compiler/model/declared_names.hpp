// Which names a policy declares: what an `allow` or a `moved` may speak of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// The names of one kind, sorted: `service`, `target` … as they are declared, or `component`
/// (`nova.etc`). Nothing where the language has no such kind.
[[nodiscard]] std::optional<std::vector<std::string>> declared_names(const Policy& policy,
                                                                     std::string_view kind);

}  // namespace backstay::compiler
