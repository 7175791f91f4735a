// The names of a service's components must tell them apart.
#pragma once

#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// Reports two components of the service under one name.
void check_component_names(const Service& service,
                           const std::vector<DatabaseServer>& servers,
                           lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
