#include "compiler/lower/snapshot_followers.hpp"

#include <set>

#include <fmt/format.h>

#include "compiler/check/target_places.hpp"
#include "compiler/lower/lower_parts.hpp"
#include "compiler/model/component_name.hpp"

namespace backstay::compiler {
namespace {

bool host_may_delete(const Target& target) {
  return !target.deletable_by || target.deletable_by->value == Deleter::Host;
}

// `images` of /var/lib/glance/images; the whole path where another fact of the service ends alike.
template <typename Facts>
std::string path_part(const Facts& facts, const std::string& path) {
  const std::string part = default_component_part(path);
  std::set<std::string> alike;
  for (const auto& fact : facts) {
    if (default_component_part(fact.path.value) == part) {
      alike.insert(fact.path.value);
    }
  }
  return alike.size() > 1 ? component_part(path) : part;
}

class Followers {
 public:
  Followers(const GraphInput& input,
            GraphBuilder& graph,
            const std::map<Index, std::size_t>& verified)
      : in_(input), graph_(graph), verified_(verified) {}

  void add_all() {
    for (const CopyFact& copy : in_.backup.copies) {
      if (!has_graph_of_its_own(copy)) {
        add_copies(copy);
      }
    }
    for (Index service = 0; service < in_.policy.services.size(); ++service) {
      if (in_.covered[service]) {
        add_mirrors(in_.policy.services[service]);
        add_replicas(in_.policy.services[service]);
      }
    }
    if (in_.backup.target && in_.backup.retention) {
      prune(*in_.backup.target, *in_.backup.retention, "to", verified_, copied_);
    }
    for (const CopyFact& copy : in_.backup.copies) {
      if (!has_graph_of_its_own(copy)) {
        prune(copy.target, copy.retention, "copy to", by_target_[copy.target.value], {});
      }
    }
  }

  void add_copy_alone(const CopyFact& copy) {
    if (copy.through) {
      copy_on(copy);
      return;
    }
    add_copies(copy);
    prune(copy.target, copy.retention, "copy to", by_target_[copy.target.value], {});
  }

 private:
  [[nodiscard]] const std::string& target_name(Index target) const {
    return in_.policy.targets[target].name;
  }

  void add_copies(const CopyFact& copy) {
    const std::string& target = target_name(copy.target.value);
    for (const Index host : in_.index.hosts()) {
      const std::string& name = in_.policy.hosts[host].name;
      const auto verified = verified_.find(host);
      const std::size_t node = graph_.add(
          {.id = fmt::format("copy.{}@{}", target, name),
           .host = name,
           .from = fmt::format("backup {}: copy to {}", in_.backup.name, target),
           .action = plan::CopySnapshot{.source = name_of(in_.policy.targets, in_.backup.target),
                                        .target = target}},
          verified == verified_.end() ? Nodes{} : Nodes{verified->second});
      by_target_[copy.target.value][host] = node;
      copied_[host].push_back(node);
    }
  }

  // A step for each host: what one of them lacks must not keep the others' copies from going on,
  // nor those that are not kept from going.
  void copy_on(const CopyFact& copy) {
    const auto source = source_of(in_.policy, target_places(in_.policy), in_.backup, copy);
    const std::string& target = target_name(copy.target.value);
    const std::string& name = in_.policy.hosts[copy.through->value].name;
    std::map<Index, std::size_t> copied;
    for (const Index host : in_.index.hosts()) {
      const std::string& of = in_.policy.hosts[host].name;
      const std::size_t node = graph_.add(
          {.id = fmt::format("copy.{}.{}@{}", target, of, name),
           .host = name,
           .from = fmt::format("backup {}: copy to {} through {}", in_.backup.name, target, name),
           .action = plan::CopySnapshot{.source = source ? target_name(*source) : std::string(),
                                        .target = target}},
          {});
      graph_.read_from(node, of);
      copied[host] = node;
    }
    prune_on(copy, name, copied);
  }

  void prune_on(const CopyFact& copy,
                const std::string& through,
                const std::map<Index, std::size_t>& copied) {
    if (!host_may_delete(in_.policy.targets[copy.target.value])) {
      return;
    }
    const std::string& target = target_name(copy.target.value);
    const std::string& keep = in_.policy.retentions[copy.retention.value].name;
    for (const auto& [host, node] : copied) {
      const std::string& of = in_.policy.hosts[host].name;
      const std::size_t prune = graph_.add(
          {.id = fmt::format("prune.{}.{}@{}", target, of, through),
           .host = through,
           .from = fmt::format("backup {}: copy to {} keep {}", in_.backup.name, target, keep),
           .action = plan::PruneTarget{.target = target, .retention = keep}},
          {node});
      graph_.read_from(prune, of);
    }
  }

  [[nodiscard]] Nodes verified_on(Index host) const {
    const auto found = verified_.find(host);
    return found == verified_.end() ? Nodes{} : Nodes{found->second};
  }

  void add_mirrors(const Service& service) {
    for (const MirrorFact& mirror : service.mirrors) {
      const std::string& target = target_name(mirror.target.value);
      for (const Reference& host : service.hosts) {
        const std::string& name = in_.policy.hosts[host.value].name;
        graph_.add({.id = fmt::format("mirror.{}.{}.{}@{}", service.name,
                                      path_part(service.mirrors, mirror.path.value), target, name),
                    .host = name,
                    .from = fmt::format("service {}: mirror {} to {}", service.name,
                                        mirror.path.value, target),
                    .action =
                        plan::MirrorTree{
                            .service = service.name, .path = mirror.path.value, .target = target}},
                   verified_on(host.value));
      }
    }
  }

  // From the first host by name: all hosts of a group get the same files.
  void add_replicas(const Service& service) {
    if (service.hosts.empty()) {
      return;
    }
    const Index host = service.hosts.front().value;
    const std::string& name = in_.policy.hosts[host].name;
    for (const ReplicateFact& replica : service.replicas) {
      const Group& group = in_.policy.groups[replica.group.value];
      plan::ReplicateFiles action{
          .service = service.name, .path = replica.path.value, .group = group.name, .hosts = {}};
      for (const Reference& member : group.members) {
        action.hosts.push_back(in_.policy.hosts[member.value].name);
      }
      graph_.add(
          {.id = fmt::format("replicate.{}.{}.{}@{}", service.name,
                             path_part(service.replicas, replica.path.value), group.name, name),
           .host = name,
           .from = fmt::format("service {}: replicate {} to {}", service.name, replica.path.value,
                               group.name),
           .action = std::move(action)},
          verified_on(host));
    }
  }

  // Only behind a newer point that is proven there, and only where the host may delete. `also`:
  // copies that must be proven before the first target gives up what they hold.
  void prune(const Reference& target,
             const Reference& retention,
             std::string_view clause,
             const std::map<Index, std::size_t>& proven,
             const std::map<Index, Nodes>& also) {
    if (!host_may_delete(in_.policy.targets[target.value])) {
      return;
    }
    const std::string& name = target_name(target.value);
    const std::string& keep = in_.policy.retentions[retention.value].name;
    for (const auto& [host, node] : proven) {
      Nodes after = {node};
      if (const auto more = also.find(host); more != also.end()) {
        append(after, more->second);
      }
      const std::string& host_name = in_.policy.hosts[host].name;
      graph_.add(
          {.id = fmt::format("prune.{}@{}", name, host_name),
           .host = host_name,
           .from = fmt::format("backup {}: {} {} keep {}", in_.backup.name, clause, name, keep),
           .action = plan::PruneTarget{.target = name, .retention = keep}},
          std::move(after));
    }
  }

  const GraphInput& in_;
  GraphBuilder& graph_;
  const std::map<Index, std::size_t>& verified_;
  std::map<Index, std::map<Index, std::size_t>> by_target_;  // copies of each target by host
  std::map<Index, Nodes> copied_;                            // copies of each host
};

}  // namespace

void follow_snapshot(const GraphInput& input,
                     GraphBuilder& graph,
                     const std::map<Index, std::size_t>& verified) {
  Followers(input, graph, verified).add_all();
}

bool has_graph_of_its_own(const CopyFact& copy) {
  return copy.schedule || copy.through;
}

std::vector<plan::Step> copy_graph(const GraphInput& input, const CopyFact& copy) {
  GraphBuilder graph;
  Followers(input, graph, {}).add_copy_alone(copy);
  return graph.take();
}

}  // namespace backstay::compiler
