#include "compiler/plan/graph.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "compiler/plan/host_groups.hpp"
#include "lang/base/printable.hpp"

namespace backstay::plan {
namespace {

/// One of the graphs: `backup controller: capture`. Of hosts that do the same the first one stands
/// for all.
struct Drawing {
  std::string title;
  std::vector<Step> steps;
  std::map<std::string, std::size_t> hosts = {};  ///< how many a host stands for
};

Drawing drawing_of(std::string title, const std::vector<Step>& graph) {
  Drawing drawing{.title = std::move(title), .steps = {}};
  std::map<std::string, std::string, std::less<>> stands_for;  // host → the one that is drawn
  for (const HostGroup& group : group_hosts(graph)) {
    drawing.hosts[group.steps.front()->host] = group.hosts.size();
    for (const std::string& host : group.hosts) {
      stands_for[host] = group.steps.front()->host;
    }
  }
  for (const Step& step : graph) {
    if (stands_for[step.host] != step.host) {
      continue;
    }
    Step drawn = step;
    for (std::string& id : drawn.after) {
      const std::size_t at = id.rfind('@');
      const auto host = at == std::string::npos
                            ? stands_for.end()
                            : stands_for.find(std::string_view(id).substr(at + 1));
      if (host != stands_for.end()) {
        id = id.substr(0, at + 1) + host->second;
      }
    }
    drawing.steps.push_back(std::move(drawn));
  }
  return drawing;
}

std::vector<Drawing> drawings_of(const Plan& plan) {
  std::vector<Drawing> drawings;
  for (const Backup& backup : plan.backups) {
    drawings.push_back(drawing_of(fmt::format("backup {}: capture", backup.name), backup.backup));
    for (const Copy& copy : backup.copies) {
      if (!copy.steps.empty()) {
        drawings.push_back(
            drawing_of(fmt::format("backup {}: copy to {}", backup.name, copy.target), copy.steps));
      }
    }
    drawings.push_back(drawing_of(fmt::format("backup {}: restore", backup.name), backup.restore));
  }
  for (const Drill& drill : plan.drills) {
    drawings.push_back(drawing_of(fmt::format("drill {}", drill.name), drill.steps));
  }
  return drawings;
}

// The second line of a node: `archive-files`, `archive-files on 1000 hosts`.
std::string kind_text(const Drawing& drawing, const Step& step) {
  const auto hosts = drawing.hosts.find(step.host);
  return hosts == drawing.hosts.end() || hosts->second == 1
             ? std::string(kind_of(step.action))
             : fmt::format("{} on {} hosts", kind_of(step.action), hosts->second);
}

/// Arrows of one graph, as places in its steps.
using Arrows = std::vector<std::pair<std::size_t, std::size_t>>;

// Every arrow but those that a longer way says already. Steps stand in topological order.
Arrows arrows_of(const std::vector<Step>& steps) {
  std::map<std::string_view, std::size_t> places;
  for (std::size_t place = 0; place < steps.size(); ++place) {
    places.emplace(steps[place].id, place);
  }
  std::vector<std::set<std::size_t>> above(steps.size());  // all that a step follows, near or far
  Arrows arrows;
  for (std::size_t place = 0; place < steps.size(); ++place) {
    std::set<std::size_t> direct;
    std::set<std::size_t> implied;
    for (const std::string& id : steps[place].after) {
      if (const auto found = places.find(id); found != places.end()) {
        direct.insert(found->second);
        implied.insert(above[found->second].begin(), above[found->second].end());
      }
    }
    for (const std::size_t from : direct) {
      if (!implied.contains(from)) {
        arrows.emplace_back(from, place);
      }
    }
    above[place] = std::move(implied);
    above[place].insert(direct.begin(), direct.end());
  }
  return arrows;
}

// --- labels -------------------------------------------------------------------------------------

// In a double-quoted string of DOT only `"` and `\` have a meaning.
std::string dot_text(std::string_view text) {
  std::string escaped;
  for (const char letter : lang::printable(text, true)) {
    escaped += letter == '"' || letter == '\\' ? "\\" : "";
    escaped += letter;
  }
  return escaped;
}

// Mermaid reads entity codes (`#quot;`) in a quoted label, and HTML.
std::string mermaid_text(std::string_view text) {
  std::string escaped;
  for (const char letter : lang::printable(text, true)) {
    if (std::string_view("\"#&<>;`\\[]{}()|").find(letter) == std::string_view::npos) {
      escaped += letter;
    } else {
      escaped += fmt::format("#{};", static_cast<int>(letter));
    }
  }
  return escaped;
}

// --- the two languages --------------------------------------------------------------------------

std::string dot_drawing(const Drawing& drawing, std::size_t number) {
  std::string text =
      fmt::format("  subgraph cluster_{} {{\n    label=\"{}\";\n", number, dot_text(drawing.title));
  for (std::size_t place = 0; place < drawing.steps.size(); ++place) {
    const Step& step = drawing.steps[place];
    text += fmt::format("    s{}_{} [label=\"{}\\n{}\"];\n", number, place, dot_text(step.id),
                        dot_text(kind_text(drawing, step)));
  }
  for (const auto& [from, to] : arrows_of(drawing.steps)) {
    text += fmt::format("    s{0}_{1} -> s{0}_{2};\n", number, from, to);
  }
  return text + "  }\n";
}

std::string to_dot(const Plan& plan) {
  std::string text = fmt::format(
      "digraph \"{}\" {{\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n",
      dot_text(plan.policy));
  std::size_t number = 0;
  for (const Drawing& drawing : drawings_of(plan)) {
    text += dot_drawing(drawing, number++);
  }
  return text + "}\n";
}

std::string mermaid_drawing(const Drawing& drawing, std::size_t number) {
  std::string text = fmt::format("  subgraph g{}[\"{}\"]\n", number, mermaid_text(drawing.title));
  for (std::size_t place = 0; place < drawing.steps.size(); ++place) {
    const Step& step = drawing.steps[place];
    text += fmt::format("    s{}_{}[\"{}<br/>{}\"]\n", number, place, mermaid_text(step.id),
                        mermaid_text(kind_text(drawing, step)));
  }
  for (const auto& [from, to] : arrows_of(drawing.steps)) {
    text += fmt::format("    s{0}_{1} --> s{0}_{2}\n", number, from, to);
  }
  return text + "  end\n";
}

std::string to_mermaid(const Plan& plan) {
  std::string text = "flowchart LR\n";
  std::size_t number = 0;
  for (const Drawing& drawing : drawings_of(plan)) {
    text += mermaid_drawing(drawing, number++);
  }
  return text;
}

}  // namespace

std::string to_graph(const Plan& plan, GraphFormat format) {
  switch (format) {
    case GraphFormat::Dot:
      return to_dot(plan);
    case GraphFormat::Mermaid:
      return to_mermaid(plan);
  }
  return {};
}

}  // namespace backstay::plan
