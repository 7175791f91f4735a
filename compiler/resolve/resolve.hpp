// Syntax trees → the typed policy: names, parameters and profiles worked out.
#pragma once

#include <map>
#include <string>

#include "compiler/load/loaded.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// The whole policy; best effort where mistakes were reported.
/// parameters  the values of --set. `sources` receives them as texts, so that findings can show
/// them.
[[nodiscard]] Policy resolve(const Loaded& loaded,
                             const std::map<std::string, std::string>& parameters,
                             lang::SourceSet& sources,
                             lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
