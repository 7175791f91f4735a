// The policies that are compiled into the program: stdlib/policies, by the name of their library.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::compiler {

/// Text of `openstack.nova`, that is of stdlib/policies/openstack/nova.stay; nothing where there is
/// none. The view lives as long as the program.
[[nodiscard]] std::optional<std::string_view> standard_library_text(std::string_view library);

/// Names of all libraries, sorted.
[[nodiscard]] std::vector<std::string> standard_library_names();

/// The name that findings show: `<stdlib>/openstack/nova.stay`.
[[nodiscard]] std::string standard_library_source_name(std::string_view library);

}  // namespace backstay::compiler
