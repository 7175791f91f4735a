// From the entry file to the plan. Each step is one call; each has a folder of its name.
#include "compiler/compile.hpp"

#include "compiler/check/checks.hpp"
#include "compiler/load/loader.hpp"
#include "compiler/lower/lower.hpp"
#include "compiler/plan/verify.hpp"
#include "compiler/resolve/resolve.hpp"

namespace backstay::compiler {
namespace {

void check(const Policy& policy, lang::Diagnostics& diagnostics) {
  check_paths(policy, diagnostics);
  check_coverage(policy, diagnostics);
  check_order(policy, diagnostics);
  check_schedules(policy, diagnostics);
  check_retention(policy, diagnostics);
  check_ranges(policy, diagnostics);
  check_hygiene(policy, diagnostics);
}

}  // namespace

Result<std::optional<plan::Plan>> compile(const std::string& entry,
                                          const CompileOptions& options,
                                          const FileReader& read,
                                          lang::SourceSet& sources,
                                          lang::Diagnostics& diagnostics) {
  const std::optional<plan::Plan> none;

  // 1. Load: the entry file and all that it imports, parsed.
  BACKSTAY_ASSIGN(const Loaded loaded, load(entry, read, sources, diagnostics));
  if (diagnostics.has_errors()) {
    return none;
  }

  // 2. Resolve: names, parameters and profiles; what is left has no syntax.
  const Policy policy = resolve(loaded, options.parameters, sources, diagnostics);
  if (diagnostics.has_errors()) {
    return none;
  }

  // 3. Check: every pass over the whole policy, so that one run reports all findings.
  check(policy, diagnostics);
  if (diagnostics.has_errors()) {
    return none;
  }

  // 4. Lower: the policy becomes steps; what that gives holds the invariants of every plan.
  plan::Plan plan = lower(policy);
  if (Result<void> sound = plan::verify(plan); !sound) {
    return std::move(sound).error().while_doing("verifying the compiled plan");
  }
  return std::optional(std::move(plan));
}

}  // namespace backstay::compiler
