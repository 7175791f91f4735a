#include "cli/telling.hpp"

#include <fmt/format.h>

#include "runtime/executor/choose.hpp"
#include "runtime/notify/tell.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {
namespace {

void say_untold(Session& session, const std::vector<std::string>& lines) {
  for (const std::string& line : lines)
    session.say("warning: " + printable(line));
}

void tell(Session& session,
          runtime::World& world,
          const plan::Plan& plan,
          const std::string& notify,
          runtime::RunEnd not_begun,
          const Result<runtime::RunReport>& outcome) {
  if (notify.empty() || (!outcome && outcome.error().kind == ErrorKind::Usage)) {
    return;
  }
  if (!outcome) {
    not_begun.failure = outcome.error().kind;
  }
  const runtime::RunEnd end = outcome ? runtime::end_of(*outcome) : std::move(not_begun);
  say_untold(session, runtime::tell_end(world, plan, notify, end));
}

}  // namespace

void tell_of_backup(Session& session,
                    runtime::World& world,
                    const plan::Plan& plan,
                    const std::string& backup,
                    const std::string& host,
                    const Result<runtime::RunReport>& outcome,
                    const std::string& copy) {
  const auto chosen = runtime::choose_backup(plan, backup);
  if (!chosen) {
    return;
  }
  const auto here = runtime::choose_host(**chosen, host, runtime::host_name());
  tell(session, world, plan, (*chosen)->notify,
       {.what = copy.empty() ? "backup" : "copy",
        .policy = plan.policy,
        .backup = (*chosen)->name,
        .copy = copy,
        .host = here ? *here : host},
       outcome);
}

void tell_of_prune(Session& session,
                   runtime::World& world,
                   const plan::Plan& plan,
                   const plan::Backup& backup,
                   const std::string& host,
                   const std::string& target,
                   const Result<runtime::PruneReport>& outcome) {
  runtime::RunEnd end{.what = "prune",
                      .policy = plan.policy,
                      .backup = backup.name,
                      .host = host,
                      .status = !outcome           ? "failed"
                                : outcome->refused ? "refused"
                                                   : "pruned"};
  end.target = target;
  end.guarded = outcome && outcome->refused;
  if (!outcome)
    end.failure = outcome.error().kind;
  else if (outcome->refused)
    end.failure = ErrorKind::Refused;
  say_untold(session, runtime::tell_end(world, plan, backup.notify, end));
}

void tell_of_drill(Session& session,
                   runtime::World& world,
                   const plan::Plan& plan,
                   const plan::Drill& drill,
                   const Result<runtime::RunReport>& outcome) {
  tell(session, world, plan, drill.notify,
       {.what = "drill", .policy = plan.policy, .drill = drill.name}, outcome);
}

}  // namespace backstay::cli
