// The two graphs of each backup as drawings: DOT for Graphviz, Mermaid for forges that draw it.
#pragma once

#include <cstdint>
#include <string>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// The languages that a graph is written in.
enum class GraphFormat : std::uint8_t {
  Dot,      ///< https://graphviz.org/doc/info/lang.html
  Mermaid,  ///< https://mermaid.js.org/syntax/flowchart.html
};

/// One drawing of the whole plan: for each backup its capture, its copies with a schedule of their
/// own and its restore, and for each drill its steps; for each step a node, an arrow from a step to
/// every one that waits for it. Arrows that follow from others are left out, and hosts that do the
/// same are drawn once. Pure; the same plan gives the same text. No text of the plan can end a
/// label.
[[nodiscard]] std::string to_graph(const Plan& plan, GraphFormat format);

}  // namespace backstay::plan
