#include "cli/keeping.hpp"

#include "runtime/catalogue/keep.hpp"

namespace backstay::cli {
namespace {

void keep(Execution& execution, const runtime::CatalogueUpdate& request) {
  for (const std::string& warning : runtime::keep_catalogue(execution.world(), request))
    execution.events().warning("", warning);
}

}  // namespace

void keep_catalogue(Execution& execution, const plan::Plan& plan) {
  keep(execution, {.stores = runtime::stores_here(execution.world(), plan)});
}

void keep_catalogue(Execution& execution) {
  keep(execution, {});
}

void keep_catalogue(Execution& execution,
                    const plan::Plan& plan,
                    const Call& call,
                    const std::string& outcome,
                    const std::string& run,
                    const std::string& detail) {
  runtime::World& world = execution.world();
  keep(execution,
       {.stores = runtime::stores_here(world, plan),
        .attempt = runtime::CatalogueAttempt{.at = runtime::to_rfc3339(world.clock.now()),
                                             .what = call.what,
                                             .policy = plan.policy,
                                             .backup = call.backup,
                                             .host = call.host,
                                             .scheduled = call.scheduled,
                                             .outcome = outcome,
                                             .run = run,
                                             .detail = detail}});
}

std::string outcome_of(const Error& error) {
  if (error.kind == ErrorKind::Busy)
    return "busy";
  return error.kind == ErrorKind::Refused ? "refused" : "failed";
}

}  // namespace backstay::cli
