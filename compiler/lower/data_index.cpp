#include "compiler/lower/data_index.hpp"

namespace backstay::compiler {

bool takes_databases(const plan::Action& action) {
  return std::holds_alternative<plan::DumpMariadb>(action) ||
         std::holds_alternative<plan::DumpMariadbPhysical>(action) ||
         std::holds_alternative<plan::DumpPostgresql>(action);
}

DataIndex::DataIndex(const std::vector<DataStep>& data, std::size_t services)
    : local_(services), databases_(services) {
  for (std::size_t step = 0; step < data.size(); ++step) {
    hosts_.insert(data[step].host);
    on_host_[data[step].host].push_back(step);
    for (const Index owner : data[step].owners) {
      if (takes_databases(data[step].action)) {
        databases_[owner].push_back(step);
      } else {
        local_[owner][data[step].host].push_back(step);
      }
    }
  }
}

Nodes DataIndex::on(Index host) const {
  const auto found = on_host_.find(host);
  return found == on_host_.end() ? Nodes{} : found->second;
}

Nodes DataIndex::of(Index service, Index host) const {
  Nodes steps = databases_[service];
  if (const auto local = local_[service].find(host); local != local_[service].end()) {
    append(steps, local->second);
  }
  sort_unique(steps);
  return steps;
}

}  // namespace backstay::compiler
