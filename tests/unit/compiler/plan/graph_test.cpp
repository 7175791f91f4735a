#include "compiler/plan/graph.hpp"

#include <algorithm>
#include <string>

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::plan {
namespace {

using test::step;

// One backup whose capture is a ladder: c follows b and a, b follows a.
Plan ladder(const std::string& id) {
  Plan plan;
  plan.policy = id;
  Backup backup;
  backup.name = id;
  backup.backup = {step("a", {}, CommitSnapshot{"local"}), step("b", {"a"}, FinishRestore{}),
                   step(id, {"a", "b"}, FinishRestore{})};
  plan.backups = {backup};
  return plan;
}

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t found = 0;
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

// What Graphviz asks of a text: strings that end, and braces and brackets that close outside them.
bool is_balanced_dot(const std::string& text) {
  std::string open;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char letter = text[at];
    if (quoted) {
      at += letter == '\\' ? 1 : 0;
      quoted = letter != '"';
    } else if (letter == '"') {
      quoted = true;
    } else if (letter == '{' || letter == '[') {
      open += letter;
    } else if (letter == '}' || letter == ']') {
      if (open.empty() || open.back() != (letter == '}' ? '{' : '[')) {
        return false;
      }
      open.pop_back();
    }
  }
  return open.empty() && !quoted;
}

}  // namespace

TEST_CASE("a drawing has every step of both graphs of every backup") {
  const Plan plan = test::sample_plan();
  std::size_t steps = 0;
  for (const Backup& backup : plan.backups) {
    steps += backup.backup.size() + backup.restore.size();
  }
  REQUIRE(steps > 0);
  const std::string dot = to_graph(plan, GraphFormat::Dot);
  REQUIRE(count(dot, " [label=") == steps);
  REQUIRE(count(dot, "subgraph ") == 2 * plan.backups.size());
  REQUIRE(is_balanced_dot(dot));
  const std::string mermaid = to_graph(plan, GraphFormat::Mermaid);
  REQUIRE(mermaid.starts_with("flowchart LR\n"));
  REQUIRE(count(mermaid, "<br/>") == steps);
  REQUIRE(count(mermaid, "  subgraph ") == count(mermaid, "\n  end\n"));
}

TEST_CASE("arrows that follow from others are left out") {
  const std::string dot = to_graph(ladder("c"), GraphFormat::Dot);
  REQUIRE(count(dot, " -> ") == 2);
  REQUIRE(count(dot, "s0_0 -> s0_1;") == 1);
  REQUIRE(count(dot, "s0_1 -> s0_2;") == 1);
  REQUIRE(count(to_graph(ladder("c"), GraphFormat::Mermaid), " --> ") == 2);
}

TEST_CASE("no name can end a label or say more than itself") {
  const std::string hostile = "x\"]; evil -> y; } \\\n<script>`#|";
  const std::string dot = to_graph(ladder(hostile), GraphFormat::Dot);
  REQUIRE(is_balanced_dot(dot));
  REQUIRE(count(dot, "x\\\"]; evil -> y; } \\\\") == 4);  // graph, two titles, step
  const std::string mermaid = to_graph(ladder(hostile), GraphFormat::Mermaid);
  REQUIRE(count(mermaid, "<script>") == 0);
  for (std::size_t begin = 0; begin < mermaid.size();) {
    const std::size_t end = mermaid.find('\n', begin);
    const std::string line = mermaid.substr(begin, end - begin);
    INFO(line);
    REQUIRE(std::count(line.begin(), line.end(), '"') % 2 == 0);
    REQUIRE(std::count(line.begin(), line.end(), '"') <= 2);
    begin = end + 1;
  }
}

}  // namespace backstay::plan
