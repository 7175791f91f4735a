#include "compiler/lower/backup_graph.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "compiler/lower/host_order.hpp"
#include "compiler/lower/lower_parts.hpp"
#include "compiler/lower/quiesce.hpp"
#include "compiler/lower/snapshot_followers.hpp"
#include "lang/base/overloaded.hpp"

namespace backstay::compiler {
namespace {

plan::CheckSources check_sources(const std::vector<DataStep>& data,
                                 const Nodes& steps,
                                 const std::string& target) {
  plan::CheckSources check{
      .paths = {}, .optional_paths = {}, .servers = {}, .sqlite = {}, .target = target};
  for (const std::size_t index : steps) {
    std::visit(
        [&](const auto& step) {
          using Step = std::decay_t<decltype(step)>;
          if constexpr (std::is_same_v<Step, plan::ArchiveFiles>) {
            (step.optional ? check.optional_paths : check.paths).push_back(step.path);
          } else if constexpr (std::is_same_v<Step, plan::CopySqlite>) {
            check.sqlite.push_back(step.path);
          } else if constexpr (requires { step.server; }) {
            check.servers.push_back(step.server);
          }
        },
        data[index].action);
  }
  for (auto* list : {&check.paths, &check.optional_paths, &check.servers, &check.sqlite}) {
    std::sort(list->begin(), list->end());
  }
  return check;
}

class BackupGraph {
 public:
  explicit BackupGraph(const GraphInput& input)
      : in_(input),
        target_(name_of(input.policy.targets, input.backup.target)),
        from_(fmt::format("backup {}", input.backup.name)),
        quiesce_(input, graph_) {}

  std::vector<plan::Step> make() {
    for (const Index host : in_.index.hosts()) {
      checks_[host] = graph_.add({.id = "check@" + host_name(host),
                                  .host = host_name(host),
                                  .from = from_,
                                  .action = check_sources(in_.data, in_.index.on(host), target_)},
                                 {});
    }
    quiesce_.before(checks_);
    add_data();
    quiesce_.after(data_nodes_);
    add_commits();
    follow_snapshot(in_, graph_, verified_);
    return graph_.take();
  }

 private:
  [[nodiscard]] const std::string& host_name(Index host) const {
    return in_.policy.hosts[host].name;
  }

  void add_data() {
    for (const DataStep& data : in_.data) {
      Nodes after = quiesce_.needed_by(data);
      after.push_back(checks_.at(data.host));
      for (const std::size_t earlier : data.after) {
        after.push_back(data_nodes_[earlier]);
      }
      data_nodes_.push_back(graph_.add({.id = data.id,
                                        .host = host_name(data.host),
                                        .from = data.from,
                                        .action = data.action,
                                        .timeout = value_of(in_.backup.deadline)},
                                       std::move(after)));
    }
  }

  void add_commits() {
    for (const Index host : in_.index.hosts()) {
      Nodes captured = quiesce_.released_on(host);
      for (const std::size_t step : in_.index.on(host)) {
        captured.push_back(data_nodes_[step]);
      }
      // Why `always`: what is complete is committed as `partial` when a part failed (store.md, 3).
      const std::size_t commit = graph_.add({.id = "commit@" + host_name(host),
                                             .host = host_name(host),
                                             .from = from_,
                                             .action = plan::CommitSnapshot{target_},
                                             .always = true},
                                            std::move(captured));
      verified_[host] = graph_.add({.id = "verify@" + host_name(host),
                                    .host = host_name(host),
                                    .from = from_,
                                    .action = plan::VerifySnapshot{.target = target_, .level = 1}},
                                   {commit});
    }
  }

  const GraphInput& in_;
  GraphBuilder graph_;
  std::string target_;
  std::string from_;
  Quiesce quiesce_;
  std::map<Index, std::size_t> checks_;    // of each host
  std::map<Index, std::size_t> verified_;  // of each host
  Nodes data_nodes_;                       // of each data step
};

}  // namespace

std::vector<plan::Step> backup_graph(const GraphInput& input) {
  return BackupGraph(input).make();
}

}  // namespace backstay::compiler
