// --engine ansible: one call for all hosts of a plan, one report, one exit code.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <CLI/App.hpp>

#include "cli/ansible_export.hpp"
#include "cli/execution.hpp"
#include "cli/plan_file.hpp"
#include "cli/session.hpp"

namespace backstay::cli {

struct EngineWords {
  std::string engine;  ///< `ansible`, or empty: this machine alone
  ExportWords exported;
  std::vector<std::string> only;  ///< hosts of the plan; empty: all
  std::string package;            ///< a .deb that is installed on the hosts
  std::string of_set;             ///< of a restore: an id or `latest`; empty: each host's newest
  bool new_set = false;
};

/// restore  whether the verb reads a set
void add_engine_options(CLI::App& verb, EngineWords& words, bool restore);

/// The same without what is about one run.
void add_schedule_engine_options(CLI::App& verb, EngineWords& words);

/// Hosts and a package that are there. Errors: Usage, NotFound.
[[nodiscard]] Result<void> check_words(const plan::Plan& plan, const EngineWords& words);

/// Words that are of one machine's call: each with whether it was said. Errors: Usage, of the
/// first.
[[nodiscard]] Result<void> refuse_words_of_one(
    std::initializer_list<std::pair<const char*, bool>> words);

/// What all hosts are to do.
struct EngineCall {
  std::string what;                      ///< `backup`, `restore` or `drill`
  std::string name;                      ///< of the backup or drill
  const std::vector<plan::Step>& graph;  ///< of all hosts
  std::vector<std::string> arguments;    ///< more words for each host's own call
  bool dry_run = false;
  std::chrono::seconds lock_timeout{0};  ///< of a backup: for another call of it on this machine
};

/// Exports into the state directory, runs ansible-playbook, gathers the hosts' results into a
/// signed record of the set, shows it and sets the exit code: 3 where only some hosts ended well.
/// What an earlier, incomplete set of the same plan has is not done again for a day. Errors: Usage,
/// Busy (the same is going on from here), NotFound, ToolMissing, Io, Interrupted.
[[nodiscard]] Result<void> run_engine(Session& session,
                                      Execution& execution,
                                      const PlanFile& file,
                                      const EngineWords& words,
                                      const EngineCall& call,
                                      OutputFormat format);

}  // namespace backstay::cli
