// One drill → the graph that restores into a sandbox and looks at what is there. No hook, unit,
// probe or import runs in it.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/lower/data_actions.hpp"
#include "compiler/lower/data_index.hpp"
#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {
namespace {

bool holds(const Backup& backup, Index target) {
  return (backup.target && backup.target->value == target) ||
         std::any_of(backup.copies.begin(), backup.copies.end(),
                     [&](const CopyFact& copy) { return copy.target.value == target; });
}

class DrillGraph {
 public:
  DrillGraph(const Policy& policy, const CaptureOrder& order, const Drill& drill)
      : policy_(policy),
        drill_(drill),
        from_(fmt::format("drill {}", drill.name)),
        data_(data_steps(policy, order, drilled())) {}

  std::vector<plan::Step> make() {
    add_sandboxes();
    add_checks();
    add_data();
    add_expectations();
    for (const auto& [host, sandbox] : sandboxes_) {
      Nodes after = on_host_[host];
      after.push_back(sandbox);
      const std::size_t end = graph_.add({.id = "finish-drill@" + host_name(host),
                                          .host = host_name(host),
                                          .from = from_,
                                          .action = plan::FinishDrill{},
                                          .always = true},
                                         std::move(after));
      graph_.undo(end, sandbox);
    }
    return graph_.take();
  }

 private:
  [[nodiscard]] const std::string& host_name(Index host) const { return policy_.hosts[host].name; }

  // The drilled services that a backup keeps in the target.
  [[nodiscard]] std::vector<bool> drilled() const {
    std::vector<bool> kept(policy_.services.size(), false);
    for (const Backup& backup : policy_.backups) {
      if (drill_.target && holds(backup, drill_.target->value)) {
        for (const Reference& service : backup.services) {
          kept[service.value] = !policy_.services[service.value].external;
        }
      }
    }
    std::vector<bool> both(policy_.services.size(), false);
    for (const Reference& service : drill_.services) {
      both[service.value] = kept[service.value];
    }
    return both;
  }

  // Where the data of a host is restored: on the drill's host, or on its own.
  [[nodiscard]] Index place_of(Index source) const {
    return drill_.host ? drill_.host->value : source;
  }

  [[nodiscard]] std::string target() const { return name_of(policy_.targets, drill_.target); }

  void add_sandboxes() {
    std::map<Index, std::set<std::string>> servers;
    for (const DataStep& data : data_) {
      auto& here = servers[place_of(data.host)];
      std::visit(
          [&](const auto& action) {
            if constexpr (requires { action.server; }) {
              here.insert(action.server);
            }
          },
          data.action);
    }
    for (const auto& [host, names] : servers) {
      sandboxes_[host] =
          graph_.add({.id = "sandbox@" + host_name(host),
                      .host = host_name(host),
                      .from = from_,
                      .action = plan::PrepareSandbox{.servers = {names.begin(), names.end()}}},
                     {});
    }
  }

  // Every snapshot that is read: one for each host whose data is drilled.
  void add_checks() {
    for (const DataStep& data : data_) {
      if (!checks_.contains(data.host)) {
        checks_[data.host] = 0;
      }
    }
    for (auto& [source, node] : checks_) {
      node = add_on(source,
                    {.id = "check-snapshot@" + host_name(source),
                     .host = {},
                     .from = from_,
                     .action = plan::CheckSnapshot{target()}},
                    {sandboxes_.at(place_of(source))});
    }
  }

  // A step on the place of a source host's data.
  std::size_t add_on(Index source, NewStep step, Nodes after) {
    const Index place = place_of(source);
    step.host = host_name(place);
    const std::size_t node = graph_.add(std::move(step), std::move(after));
    if (place != source) {
      graph_.read_from(node, host_name(source));
    }
    on_host_[place].push_back(node);
    return node;
  }

  void add_data() {
    std::vector<Nodes> later(data_.size());
    for (std::size_t step = 0; step < data_.size(); ++step) {
      for (const std::size_t earlier : data_[step].restored_before) {
        later[earlier].push_back(step);
      }
    }
    std::vector<std::size_t> nodes(data_.size(), 0);
    for (std::size_t step = data_.size(); step-- > 0;) {
      const DataStep& data = data_[step];
      if (std::holds_alternative<plan::CaptureOutput>(data.action)) {
        continue;
      }
      Nodes after = {checks_.at(data.host)};
      for (const std::size_t other : later[step]) {
        after.push_back(nodes[other]);
      }
      nodes[step] = add_on(data.host,
                           {.id = restore_id(data.id),
                            .host = {},
                            .from = data.from,
                            .action = restore_of(data.action)},
                           std::move(after));
    }
  }

  // Where nothing names a host, the first one that holds anything.
  [[nodiscard]] std::optional<Index> expectation_host(const std::optional<Index>& named) const {
    if (named && sandboxes_.contains(place_of(*named))) {
      return place_of(*named);
    }
    return sandboxes_.empty() ? std::nullopt : std::optional(sandboxes_.begin()->first);
  }

  void add_expectation(std::string_view what,
                       std::size_t number,
                       const std::optional<Index>& named,
                       plan::Action action) {
    const auto host = expectation_host(named);
    if (!host) {
      return;
    }
    const std::string& name = host_name(*host);
    const Nodes after = restored_on_[*host];
    on_host_[*host].push_back(graph_.add({.id = fmt::format("{}.{}@{}", what, number, name),
                                          .host = name,
                                          .from = fmt::format("{}: expect", from_),
                                          .action = std::move(action)},
                                         after));
  }

  // The server of a database that a drilled service names.
  [[nodiscard]] std::optional<Index> server_of(const std::string& database) const {
    const std::vector<bool> services = drilled();
    std::optional<Index> all;
    for (Index index = 0; index < policy_.services.size(); ++index) {
      for (const DatabaseFact& fact : policy_.services[index].databases) {
        if (services[index] && !fact.all && fact.name.value == database) {
          return fact.server.value;
        }
        if (services[index] && fact.all) {
          all = fact.server.value;
        }
      }
    }
    return all;
  }

  void add_expectations() {
    restored_on_ = on_host_;
    std::size_t number = 0;
    for (const ExpectRows& rows : drill_.rows) {
      plan::ExpectRows action{.server = {},
                              .database = rows.database.value,
                              .table = rows.table.value,
                              .at_least = rows.at_least};
      std::optional<Index> host;
      if (const auto server = server_of(action.database)) {
        action.server = policy_.servers[*server].name;
        if (policy_.servers[*server].host) {
          host = policy_.servers[*server].host->value;
        }
      }
      add_expectation("expect-rows", ++number, host, std::move(action));
    }
    number = 0;
    for (const ExpectFile& file : drill_.files) {
      add_expectation("expect-file", ++number,
                      file.host ? std::optional(file.host->value) : std::nullopt,
                      plan::ExpectFile{.path = file.path.value});
      if (file.host && drill_.host && file.host->value != drill_.host->value) {
        graph_.read_from(graph_.size() - 1, host_name(file.host->value));
      }
    }
    number = 0;
    for (const ExpectRun& run : drill_.commands) {
      add_expectation("expect-run", ++number, std::nullopt,
                      plan::ExpectRun{.command = run.command, .accepts = run.accepts});
    }
  }

  const Policy& policy_;
  const Drill& drill_;
  GraphBuilder graph_;
  std::string from_;
  std::vector<DataStep> data_;
  std::map<Index, std::size_t> sandboxes_;  // of each host that something is restored on
  std::map<Index, std::size_t> checks_;     // of each host whose data is restored
  std::map<Index, Nodes> on_host_;          // all but the sandbox itself
  std::map<Index, Nodes> restored_on_;      // what an expectation follows
};

}  // namespace

plan::Drill lower_drill(const Policy& policy, const CaptureOrder& order, const Drill& drill) {
  plan::Drill lowered{.name = drill.name,
                      .schedule = name_of(policy.schedules, drill.schedule),
                      .target = name_of(policy.targets, drill.target),
                      .services = names_of(policy.services, drill.services),
                      .steps = DrillGraph(policy, order, drill).make()};
  lowered.deadline = value_of(drill.deadline);
  lowered.notify = name_of(policy.notifies, drill.notify);
  return lowered;
}

}  // namespace backstay::compiler
