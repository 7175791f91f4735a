// What one step of a plan does, who asked for it, and what it stands between.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/model/policy.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// A step and the graph that it is in.
struct FoundStep {
  std::string owner;                     ///< `backup controller`, `drill monthly`
  std::string title;                     ///< of the graph: `capture of backup controller`
  const plan::Backup* backup = nullptr;  ///< none: a drill's
  const std::vector<plan::Step>* graph = nullptr;
  const plan::Step* step = nullptr;
  bool restores = false;  ///< it brings data back, or stands beside what does
};

/// Every step of that id: one a graph that has it.
[[nodiscard]] std::vector<FoundStep> find_steps(const plan::Plan& plan, std::string_view id);

/// Ids of all steps, sorted, each once.
[[nodiscard]] std::vector<std::string> step_ids(const plan::Plan& plan);

/// What it does in a few words: `archive /etc/nova as nova.etc`.
[[nodiscard]] std::string describe(const plan::Action& action);

/// What it does, the declarations that asked for it with their places, what it follows and what
/// follows it; several lines.
[[nodiscard]] std::string to_text(const FoundStep& found,
                                  const Policy& policy,
                                  const lang::SourceSet& sources);

}  // namespace backstay::compiler
