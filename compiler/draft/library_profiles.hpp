// The profiles of the standard library as things to look for on a host: what each keeps, flattened,
// as the compiler itself understands it.
#pragma once

#include <string>
#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// A profile that a service can start from without further questions.
struct LibraryProfile {
  std::string library;        ///< `openstack.nova`
  std::string profile;        ///< `rdo`
  std::string name;           ///< as it stands behind `from`: `openstack.nova.rdo`
  bool needs_server = false;  ///< it asks for `set server` with a MariaDB server
  Service service;            ///< its facts; spans are of no use

  [[nodiscard]] bool is_default() const { return name == library; }
};

/// All of them but those that ask for more than a server, sorted by name. Parents that are none to
/// start from (`common`) are left out.
[[nodiscard]] std::vector<LibraryProfile> library_profiles();

}  // namespace backstay::compiler
