// A graph cut at the places where one host waits for another.
#include "compiler/plan/phases.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "tests/support/catch.hpp"

namespace backstay::plan {
namespace {

Step step(const std::string& name, const std::string& host, std::vector<std::string> after) {
  Step made;
  made.id = name + "@" + host;
  made.host = host;
  made.after = std::move(after);
  made.action = CheckSources{};
  return made;
}

std::string ids(const std::vector<Step>& graph, const std::vector<std::size_t>& places) {
  std::string text;
  for (const std::size_t place : places) {
    text += (text.empty() ? "" : " ") + graph[place].id;
  }
  return text;
}

/// A graph of up to four hosts in topological order, with any edges.
std::vector<Step> random_graph() {
  std::vector<Step> graph;
  const auto count = *rc::gen::inRange<std::size_t>(1, 14);
  for (std::size_t number = 0; number < count; ++number) {
    std::vector<std::string> after;
    for (const Step& earlier : graph) {
      if (*rc::gen::inRange(0, 4) == 0) {
        after.push_back(earlier.id);
      }
    }
    graph.push_back(step(fmt::format("s{}", number), fmt::format("h{}", *rc::gen::inRange(0, 4)),
                         std::move(after)));
  }
  return graph;
}

/// How many changes of host lie on the worst way to a step, found by walking every way.
std::size_t worst_way(const std::vector<Step>& graph, const Step& step) {
  std::size_t worst = 0;
  for (const Step& earlier : graph) {
    if (std::find(step.after.begin(), step.after.end(), earlier.id) != step.after.end()) {
      worst = std::max(worst, worst_way(graph, earlier) + (earlier.host == step.host ? 0 : 1));
    }
  }
  return worst;
}

}  // namespace

TEST_CASE("a hold of one host for the dump of another is four phases") {
  const std::vector<Step> graph = {step("check", "ctl", {}),
                                   step("check", "node", {}),
                                   step("stop", "node", {"check@ctl", "check@node"}),
                                   step("dump", "ctl", {"stop@node"}),
                                   step("archive", "ctl", {"dump@ctl"}),
                                   step("start", "node", {"stop@node", "dump@ctl"})};
  const Phases phases(graph);
  REQUIRE(phases.count() == 4);
  CHECK(ids(graph, phases.of_host("ctl", 0).steps) == "check@ctl");
  CHECK(ids(graph, phases.of_host("ctl", 0).awaited) == "check@ctl");
  CHECK(ids(graph, phases.of_host("node", 1).steps) == "stop@node");
  CHECK(ids(graph, phases.of_host("node", 1).awaited) == "stop@node");
  CHECK(phases.of_host("node", 1).waits == std::vector<std::string>{"check@ctl"});
  // Nobody waits for the archive: the start of the node does not have to.
  CHECK(ids(graph, phases.of_host("ctl", 2).steps) == "dump@ctl archive@ctl");
  CHECK(ids(graph, phases.of_host("ctl", 2).awaited) == "dump@ctl");
  CHECK(ids(graph, phases.of_host("node", 3).steps) == "start@node");
  CHECK(phases.of_host("ctl", 3).empty());
  CHECK(phases.at(3).size() == 1);
}

TEST_CASE("hosts that do not wait for each other have one phase") {
  const std::vector<Step> graph = {step("check", "a", {}), step("check", "b", {}),
                                   step("commit", "a", {"check@a"})};
  const Phases phases(graph);
  CHECK(phases.count() == 1);
  CHECK_FALSE(phases.joined("a"));
  CHECK(phases.of_host("a", 0).steps.size() == 2);
}

TEST_CASE("what a host waits for is behind an earlier barrier, and told there") {
  CHECK(rc::check("of every graph", [] {
    const auto graph = random_graph();
    const Phases phases(graph);
    for (const Step& later : graph) {
      RC_ASSERT(phases.of(later.id) == worst_way(graph, later));
      for (const std::string& id : later.after) {
        const Step* earlier = phases.find(id);
        RC_ASSERT(earlier != nullptr);
        RC_ASSERT(phases.of(id) <= phases.of(later.id));
        if (earlier->host == later.host) {
          continue;
        }
        RC_ASSERT(phases.of(id) < phases.of(later.id));
        RC_ASSERT(phases.joined(later.host) && phases.joined(earlier->host));
        bool told = false;  // at a barrier before the phase of who waits
        for (std::size_t phase = phases.of(id); phase < phases.of(later.id); ++phase) {
          const auto awaited = phases.of_host(earlier->host, phase).awaited;
          told = told || std::any_of(awaited.begin(), awaited.end(),
                                     [&](std::size_t place) { return graph[place].id == id; });
        }
        RC_ASSERT(told);
      }
    }
  }));
}

TEST_CASE("the phases of all hosts hold every step once") {
  CHECK(rc::check("of every graph", [] {
    const auto graph = random_graph();
    const Phases phases(graph);
    std::multiset<std::size_t> found;
    for (std::size_t phase = 0; phase < phases.count(); ++phase) {
      for (const HostPhase& host : phases.at(phase)) {
        RC_ASSERT(!host.empty());
        found.insert(host.steps.begin(), host.steps.end());
        for (const std::size_t place : host.steps) {
          RC_ASSERT(graph[place].host == host.host);
        }
      }
    }
    RC_ASSERT(found.size() == graph.size());
    RC_ASSERT(std::set<std::size_t>(found.begin(), found.end()).size() == graph.size());
  }));
}

}  // namespace backstay::plan
