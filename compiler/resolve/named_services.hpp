// `all services [except S, …]` or `S, …`, as `cover`, `restore` and `require` say it.
#pragma once

#include <vector>

#include "compiler/resolve/fact_reader.hpp"

namespace backstay::compiler {

/// The services that a fact means, be it `all` or those that `names` holds, each once, in the order
/// of their names. `all` is every service but those that are excepted, external or, as a whole,
/// unprotected; all of them bear the place of the fact. A service named twice is reported.
[[nodiscard]] std::vector<Reference> named_services(Context& context,
                                                    const FactReader& fact,
                                                    const Values& names,
                                                    const std::vector<Service>& services);

}  // namespace backstay::compiler
