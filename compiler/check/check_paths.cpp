// What the services select, as sets of paths: nothing twice, nothing empty, nothing alive.
//
// One pass for each question; each asks only about places that the sorted paths bring together, so
// the whole is n log n in the number of facts.
#include "compiler/check/check_paths.hpp"

#include "compiler/check/checks.hpp"
#include "compiler/check/file_components.hpp"

namespace backstay::compiler {

void check_paths(const Policy& policy, lang::Diagnostics& diagnostics) {
  const FileComponents components(policy, diagnostics);
  check_path_rules(policy, components, diagnostics);
  check_overlap(policy, components, diagnostics);
  check_dangerous_places(policy, components, diagnostics);
  check_sealed_by(policy, components, diagnostics);
  check_database_owners(policy, diagnostics);
}

}  // namespace backstay::compiler
