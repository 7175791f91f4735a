// The steps of a graph and its sources, as tables; like hosts once.
#pragma once

#include <string_view>

#include "compiler/plan/plan_sources.hpp"
#include "compiler/plan/text_page.hpp"

namespace backstay::plan {

/// A table for each group of like hosts: number, step, what it does, what it needs.
void steps_text(TextPage& page,
                std::string_view title,
                const std::vector<Step>& graph,
                const PlanTextOptions& options);

/// A table for each group of like hosts: component, what it is, how it is taken. How many sources
/// there are on all hosts.
std::size_t sources_text(TextPage& page,
                         const Backup& backup,
                         const NamedDatabases& named,
                         const PlanTextOptions& options);

}  // namespace backstay::plan
