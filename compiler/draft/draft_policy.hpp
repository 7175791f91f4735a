// Facts about a host → a first policy for it: commented, canonical, without a finding.
#pragma once

#include <string>
#include <vector>

#include "compiler/draft/host_facts.hpp"
#include "compiler/draft/library_profiles.hpp"

namespace backstay::compiler {

struct Draft {
  std::string text;
  std::vector<std::string> services;   ///< names, sorted
  std::vector<std::string> openstack;  ///< those of them that start from the OpenStack library
  std::vector<std::string> databases;  ///< servers that it declares
};

/// A pure function: the same facts give the same text.
/// openstack  nothing but what the OpenStack library knows, the databases and /etc
[[nodiscard]] Draft draft_policy(const HostFacts& facts,
                                 const std::vector<LibraryProfile>& profiles,
                                 bool openstack);

}  // namespace backstay::compiler
