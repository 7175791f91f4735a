// The declarations of all files, collected before any of them is read.
#pragma once

#include "compiler/resolve/context.hpp"

namespace backstay::compiler {

/// Matches every declaration against its signature and fills the table of symbols. Reports
/// declarations that fit no signature and names that are declared twice.
void collect_declarations(Context& context);

/// `openstack.nova` for the profile `nova` of the library `openstack.nova`, `openstack.nova.cell`
/// for another one in it; a profile of the entry file keeps its name.
[[nodiscard]] std::string profile_name(std::string_view library, std::string_view profile);

}  // namespace backstay::compiler
