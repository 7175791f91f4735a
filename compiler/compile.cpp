// From the entry file to the plan. Each step is one call; each has a folder of its name.
#include "compiler/compile.hpp"

#include <utility>

#include "compiler/check/allows.hpp"
#include "compiler/check/checks.hpp"
#include "compiler/load/loader.hpp"
#include "compiler/lower/lower.hpp"
#include "compiler/plan/verify.hpp"
#include "compiler/resolve/growth.hpp"
#include "compiler/resolve/resolve.hpp"

namespace backstay::compiler {
namespace {

std::vector<JudgedPromise> check(const Policy& policy,
                                 const Horizon& horizon,
                                 lang::Diagnostics& diagnostics) {
  check_paths(policy, diagnostics);
  check_coverage(policy, diagnostics);
  check_captured(policy, diagnostics);
  check_order(policy, diagnostics);
  check_instants(policy, diagnostics);
  check_restore_closure(policy, diagnostics);
  check_drill_files(policy, diagnostics);
  check_service_facts(policy, diagnostics);
  check_retention(policy, diagnostics);
  check_schedules(policy, horizon, diagnostics);
  ProofContext context(policy, horizon, diagnostics);
  std::vector<JudgedPromise> promises = check_promises(context);
  check_contention(context);
  check_kept_points(context);
  check_targets(context);
  check_ranges(policy, diagnostics);
  check_moved(policy, diagnostics);
  check_secrets(policy, diagnostics);
  check_hygiene(policy, diagnostics);
  return promises;
}

/// Whether the trees of the files are of use once the model is made.
enum class Trees : std::uint8_t { Keep, Free };

Result<Analysis> analyse(const std::string& entry,
                         const CompileOptions& options,
                         const FileReader& read,
                         lang::SourceSet& sources,
                         lang::Diagnostics& diagnostics,
                         Trees trees) {
  Analysis analysis;

  // 1. Load: the entry file and all that it imports, parsed.
  BACKSTAY_ASSIGN(analysis.loaded, load(entry, read, sources, diagnostics));
  if (diagnostics.has_errors()) {
    return analysis;
  }

  // 2. Resolve: names, parameters and profiles; what is left has no syntax.
  Policy policy = resolve(analysis.loaded, options.parameters, sources, diagnostics);
  Horizon horizon;
  horizon.begin = options.proofs_from.value_or(horizon.begin);
  check_growth(policy, diagnostics);
  check_effort(policy, horizon, diagnostics);
  if (diagnostics.has_errors()) {
    return analysis;
  }
  analysis.policy = std::move(policy);
  if (trees == Trees::Free && analysis.policy->allows.empty()) {
    analysis.loaded = {};  // the larger half of the memory
  }

  // 3. Check: every pass over the whole policy, so that one run reports all findings.
  const auto promises = check(*analysis.policy, horizon, diagnostics);
  apply_allows(*analysis.policy, DeclarationPlaces(analysis.loaded), options.today, diagnostics);
  if (diagnostics.has_errors() || !options.want_plan) {
    return analysis;
  }

  // 4. Lower: the policy becomes steps; what that gives holds the invariants of every plan.
  analysis.plan = lower(*analysis.policy, promises);
  if (Result<void> sound = plan::verify(*analysis.plan); !sound) {
    return std::move(sound).error().while_doing("verifying the compiled plan");
  }
  return analysis;
}

}  // namespace

Result<Analysis> analyse(const std::string& entry,
                         const CompileOptions& options,
                         const FileReader& read,
                         lang::SourceSet& sources,
                         lang::Diagnostics& diagnostics) {
  return analyse(entry, options, read, sources, diagnostics, Trees::Keep);
}

Result<std::optional<plan::Plan>> compile(const std::string& entry,
                                          const CompileOptions& options,
                                          const FileReader& read,
                                          lang::SourceSet& sources,
                                          lang::Diagnostics& diagnostics) {
  BACKSTAY_ASSIGN(Analysis analysis,
                  analyse(entry, options, read, sources, diagnostics, Trees::Free));
  return std::move(analysis.plan);
}

}  // namespace backstay::compiler
