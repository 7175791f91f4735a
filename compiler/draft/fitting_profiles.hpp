// Which profiles of the standard library fit what was seen on a host.
#pragma once

#include <string>
#include <vector>

#include "compiler/draft/host_facts.hpp"
#include "compiler/draft/library_profiles.hpp"

namespace backstay::compiler {

/// A profile that fits, and what was seen of it.
struct FittingProfile {
  const LibraryProfile* profile = nullptr;
  std::string service;                  ///< the usual name: `nova`, `nova-compute`
  std::vector<std::string> units = {};  ///< of its units, those that are installed
  std::vector<std::string> missing_units = {};
  std::vector<std::string> shared_paths = {};  ///< components that another service keeps already
};

/// The best profiles, none of which keep a path of another, sorted by the name of the service. A
/// profile fits if every path that it needs is there and at least one of its units is installed;
/// the one with the most units installed and the fewest missing is the best. Borrows `profiles`.
[[nodiscard]] std::vector<FittingProfile> fitting_profiles(
    const HostFacts& facts, const std::vector<LibraryProfile>& profiles);

}  // namespace backstay::compiler
