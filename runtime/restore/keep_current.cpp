#include "runtime/restore/keep_current.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/action_facts.hpp"
#include "compiler/plan/plan_text.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "lang/base/overloaded.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/postgresql_catalog.hpp"
#include "runtime/executor/choose.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/begin.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// Narrows the capture steps of a backup to what is asked for and there.
class Narrowing {
 public:
  Narrowing(World& world, const KeepRequest& request, KeptCurrent& kept, std::stop_token stop)
      : world_(world), request_(request), kept_(kept), stop_(std::move(stop)) {}

  /// Whether something of the step is left.
  Result<bool> narrow(plan::Step& step) {
    return std::visit(Overloaded{[&](plan::ArchiveFiles& files) -> Result<bool> {
                                   files.optional = true;
                                   return at(files.component, files.path);
                                 },
                                 [&](plan::CopySqlite& sqlite) -> Result<bool> {
                                   return at(sqlite.component, sqlite.path);
                                 },
                                 [&](plan::DumpMariadb& dump) { return of_server(dump); },
                                 [&](plan::DumpPostgresql& dump) { return of_server(dump); },
                                 [](auto&) -> Result<bool> { return false; }},
                      step.action);
  }

 private:
  bool wanted(const std::string& component) {
    if (!request_.components.contains(component))
      return false;
    if (!request_.without.contains(component) && !request_.without.contains("all"))
      return true;
    kept_.without.push_back(component);
    return false;
  }

  Result<bool> at(const std::string& component, const std::string& path) {
    if (!wanted(component))
      return false;
    if (exists(world_.files, path))
      return true;
    kept_.absent.push_back(component);
    return false;
  }

  ServerCall call_of(const plan::Server& server) {
    return {.runner = world_.commands,
            .stop = stop_,
            .deadline = {},
            .login = request_.plan.secret(server.login)};
  }

  Result<MariadbServer> open(const plan::DumpMariadb& dump) {
    const plan::Server& server = server_of(dump.server);
    return MariadbServer::open(server, call_of(server));
  }

  Result<PostgresServer> open(const plan::DumpPostgresql& dump) {
    const plan::Server& server = server_of(dump.server);
    return PostgresServer::open(server, call_of(server));
  }

  const plan::Server& server_of(const std::string& name) const {
    const plan::Server* server = request_.plan.server(name);
    BACKSTAY_CHECK(server != nullptr, "plan::verify proves that the server exists");
    return *server;
  }

  /// What `database all` would take, and more where the plan leaves out or names some by
  /// themselves.
  static Result<std::vector<std::string>> databases_of(const MariadbServer& server) {
    return user_databases(server);
  }

  static Result<std::vector<std::string>> databases_of(const PostgresServer& server) {
    BACKSTAY_ASSIGN(const auto states, postgres_databases(server));
    std::vector<std::string> names;
    for (const auto& [name, state] : states)
      names.push_back(name);
    return names;
  }

  static bool is_servers_own(const plan::DumpMariadb& /*dump*/, const std::string& /*name*/) {
    return false;
  }

  static bool is_servers_own(const plan::DumpPostgresql& /*dump*/, const std::string& name) {
    return name == kMaintenanceDatabase;
  }

  /// On a blank server `database all` finds nothing, and there is nothing to keep of it.
  template <typename Dump>
  static bool takes_any(const Dump& dump, const std::vector<std::string>& present) {
    return std::any_of(present.begin(), present.end(), [&](const std::string& name) {
      const bool left_out =
          std::find(dump.all_except.begin(), dump.all_except.end(), name) != dump.all_except.end();
      return !left_out && !is_servers_own(dump, name) &&
             std::none_of(dump.databases.begin(), dump.databases.end(),
                          [&](const auto& each) { return each.database == name; });
    });
  }

  template <typename Dump>
  Result<bool> of_server(Dump& dump) {
    if (!wanted(dump.accounts_component))
      dump.accounts_component.clear();
    std::erase_if(dump.databases, [&](const auto& each) { return !wanted(each.component); });
    const bool all = std::any_of(
        request_.components.begin(), request_.components.end(), [&](const std::string& name) {
          return !dump.all_component.empty() && name.starts_with(dump.all_component + ".") &&
                 wanted(name);
        });
    if (!all)
      dump.all_component.clear();
    if (dump.databases.empty() && !all)
      return !dump.accounts_component.empty();
    BACKSTAY_ASSIGN(const auto server, open(dump));
    BACKSTAY_ASSIGN(const auto present, databases_of(server));
    if (all && !takes_any(dump, present)) {
      kept_.absent.push_back(dump.all_component);
      dump.all_component.clear();
    }
    std::erase_if(dump.databases, [&](const plan::DatabaseComponent& each) {
      const bool there = std::find(present.begin(), present.end(), each.database) != present.end();
      if (!there)
        kept_.absent.push_back(each.component);
      return !there;
    });
    return !dump.databases.empty() || !dump.all_component.empty() ||
           !dump.accounts_component.empty();
  }

  World& world_;
  const KeepRequest& request_;
  KeptCurrent& kept_;
  std::stop_token stop_;
};

Error cannot_keep(Error error, const std::vector<std::string>& components) {
  return {.kind = ErrorKind::Refused,
          .message = "what is there now cannot be kept first: " + to_string(error),
          .hint = fmt::format("to go on without: {}",
                              components.empty()
                                  ? "--without-keep-current all"
                                  : fmt::format("--without-keep-current {}",
                                                fmt::join(components, " --without-keep-current "))),
          .context = {}};
}

Result<std::string> capture(World& world,
                            const KeepRequest& request,
                            const std::vector<plan::Step>& steps,
                            Events& events,
                            const std::stop_token& stop) {
  auto store = open_store_for_reading(world.files, request.store, world.directories);
  if (!store)
    return cannot_keep(std::move(store).error(), {});
  auto sealer = request.seal.seals()
                    ? Sealer::open(world.commands, request.seal, stop)
                    : Result<std::shared_ptr<const Sealer>>(std::shared_ptr<const Sealer>());
  if (!sealer)
    return cannot_keep(std::move(sealer).error(), {});
  const std::string run_id = new_run_id(world.clock);
  auto staging = begin_staging(
      world, *store,
      {.policy = request.plan.policy,
       .backup = request.backup.name,
       .host = request.host,
       .run_id = run_id,
       .plan_bytes = plan::to_yaml(request.plan),
       .plan_digest = plan::digest(request.plan),
       .restore_order = restore_order(request.backup),
       .keep_current = true,
       .sealer = *sealer,
       .warn = [&events](const std::string& message) { events.warning("", message); }});
  if (!staging)
    return cannot_keep(std::move(staging).error(), {});
  for (const plan::Step& step : steps) {
    StepContext context{.world = world,
                        .plan = request.plan,
                        .backup = request.backup,
                        .step = step,
                        .run_id = run_id,
                        .stop = stop,
                        .events = events,
                        .staging = staging->get()};
    BACKSTAY_FAILPOINT("keep-current.step");
    if (auto kept = execute_step(context); !kept) {
      if (kept.error().kind == ErrorKind::Interrupted)
        return std::move(kept).error();
      return cannot_keep(std::move(kept).error(), plan::components_of(step.action));
    }
  }
  BACKSTAY_FAILPOINT("keep-current.commit");
  auto committed = (*staging)->commit();
  return committed ? committed : Result<std::string>(cannot_keep(std::move(committed).error(), {}));
}

}  // namespace

Result<std::vector<plan::Step>> keeping_steps(World& world,
                                              const KeepRequest& request,
                                              KeptCurrent& kept,
                                              const std::stop_token& stop) {
  Narrowing narrowing(world, request, kept, stop);
  std::vector<plan::Step> steps;
  for (plan::Step step : steps_of_host(request.backup.backup, request.host)) {
    auto left = narrowing.narrow(step);
    if (!left)
      return cannot_keep(std::move(left).error(), plan::components_of(step.action));
    if (*left)
      steps.push_back(std::move(step));
  }
  return steps;
}

Result<KeptCurrent> keep_current(World& world,
                                 const KeepRequest& request,
                                 Events& events,
                                 const std::stop_token& stop) {
  KeptCurrent kept;
  BACKSTAY_ASSIGN(const auto steps, keeping_steps(world, request, kept, stop));
  if (steps.empty()) {
    kept.snapshot = kNothingKept;
    return kept;
  }
  BACKSTAY_ASSIGN(kept.snapshot, capture(world, request, steps, events, stop));
  return kept;
}

}  // namespace backstay::runtime
