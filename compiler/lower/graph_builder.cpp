#include "compiler/lower/graph_builder.hpp"

#include <algorithm>

namespace backstay::compiler {

void sort_unique(Nodes& nodes) {
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
}

void append(Nodes& to, const Nodes& more) {
  to.insert(to.end(), more.begin(), more.end());
}

std::size_t GraphBuilder::add(NewStep step, Nodes after) {
  sort_unique(after);
  std::vector<std::string> ids;
  ids.reserve(after.size());
  for (const std::size_t node : after) {
    ids.push_back(steps_[node].id);
  }
  std::sort(ids.begin(), ids.end());
  steps_.push_back({.id = std::move(step.id),
                    .host = std::move(step.host),
                    .after = std::move(ids),
                    .from = std::move(step.from),
                    .always = step.always,
                    .required = true,
                    .timeout = step.timeout,
                    .action = std::move(step.action)});
  return steps_.size() - 1;
}

void GraphBuilder::undo(std::size_t step, std::size_t undone) {
  steps_[step].undoes = steps_[undone].id;
}

void GraphBuilder::read_from(std::size_t step, std::string source_host) {
  steps_[step].source_host = std::move(source_host);
}

}  // namespace backstay::compiler
