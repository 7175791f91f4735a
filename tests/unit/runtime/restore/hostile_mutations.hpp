// Forgeries that nobody thought of: a hostile one, changed here and there.
#pragma once

#include <random>
#include <string>

#include "tests/unit/runtime/restore/forged_snapshot.hpp"

namespace backstay::runtime::testing {

/// Changes lines of the list (paths, kinds, modes, order, bytes) and bytes of the archive; sums are
/// made right afterwards. top, outside  absolute, as for hostile_cases
[[nodiscard]] Forgery mutate(Forgery forgery,
                             std::mt19937_64& random,
                             const std::string& top,
                             const std::string& outside);

}  // namespace backstay::runtime::testing
