#include "cli/run_everywhere.hpp"

#include <string>
#include <vector>

#include "cli/due.hpp"
#include "cli/timer_place.hpp"
#include "runtime/executor/choose.hpp"

namespace backstay::cli {
namespace {

/// What every host is called with.
std::vector<std::string> arguments_of(const RunWords& words) {
  std::vector<std::string> arguments;
  if (words.rehash) {
    arguments.emplace_back("--rehash");
  }
  if (words.then_prune) {
    arguments.emplace_back("--then-prune");
  }
  if (words.lock_timeout != "0s") {
    arguments.insert(arguments.end(), {"--lock-timeout", words.lock_timeout});
  }
  return arguments;
}

}  // namespace

Result<void> run_everywhere(Session& session,
                            RunWords& words,
                            const PlanFile& file,
                            std::chrono::seconds lock_timeout,
                            Execution& execution) {
  BACKSTAY_TRY(
      refuse_words_of_one({{"--host", !words.host.empty()}, {"--set", !words.part.set.empty()}}));
  BACKSTAY_ASSIGN(const auto* backup, runtime::choose_backup(file.plan, words.backup));
  if (words.if_due) {
    runtime::World& world = execution.world();
    BACKSTAY_ASSIGN(const auto due,
                    is_due(file.plan, backup->name, "", past_sets(world), world.clock.now()));
    if (!due.due) {
      session.say(due.why);
      return {};
    }
    words.engine.new_set = true;
  }
  return run_engine(session, execution, file, words.engine,
                    {.what = "backup",
                     .name = backup->name,
                     .graph = backup->backup,
                     .arguments = arguments_of(words),
                     .dry_run = words.dry_run,
                     .lock_timeout = lock_timeout},
                    words.format);
}

}  // namespace backstay::cli
