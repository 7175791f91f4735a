// `moved KIND OLD -> NEW`: points that bear the old name belong to the new one. So the old name
// must be free, the new one taken, and no chain of renames may lead round or part.
#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/report.hpp"
#include "compiler/model/declared_names.hpp"
#include "lang/base/suggest.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

constexpr std::array<std::string_view, 5> kMovable{"backup", "component", "host", "service",
                                                   "target"};

/// All renames of one kind.
class Renames {
 public:
  Renames(std::string_view kind, std::vector<std::string> declared, Diagnostics& diagnostics)
      : kind_(kind), declared_(std::move(declared)), diagnostics_(diagnostics) {}

  void add(const Moved& moved) {
    const auto [first, is_new] = by_old_.try_emplace(moved.old_name.value, &moved);
    if (!is_new) {
      report_parted(*first->second, moved);
    }
  }

  void check() {
    for (const auto& [old_name, moved] : by_old_) {
      if (is_declared(old_name)) {
        report_still_there(*moved);
      } else if (!is_declared(moved->new_name.value)) {
        follow(*moved);
      }
    }
  }

 private:
  [[nodiscard]] bool is_declared(const std::string& name) const {
    return std::binary_search(declared_.begin(), declared_.end(), name);
  }

  void report_parted(const Moved& first, const Moved& second) {
    Diagnostic finding{
        .kind = DiagnosticKind::MovedAstray,
        .primary = second.old_name.span,
        .message = fmt::format("{} `{}` is moved twice", kind_, second.old_name.value),
        .help = "keep one of the two: a history has one heir",
    };
    add_label(finding, first.old_name.span, fmt::format("to `{}` here", first.new_name.value));
    diagnostics_.add(std::move(finding));
  }

  void report_still_there(const Moved& moved) {
    diagnostics_.add({
        .kind = DiagnosticKind::MovedStillThere,
        .primary = moved.old_name.span,
        .message = fmt::format("{} `{}` is moved away, but it is still declared", kind_,
                               moved.old_name.value),
        .help = moved.old_name.value == moved.new_name.value
                    ? std::string("remove the line: it moves a name to itself")
                    : fmt::format("rename its declaration to `{}`, or remove the line",
                                  moved.new_name.value),
    });
  }

  /// Walks the renames of a name that is not declared to the end.
  void follow(const Moved& first) {
    std::vector<const Moved*> way{&first};
    std::set<std::string> seen{first.old_name.value};
    while (true) {
      const std::string& name = way.back()->new_name.value;
      const auto next = by_old_.find(name);
      if (is_declared(name)) {
        return;
      }
      if (!seen.insert(name).second) {
        report_circle(way, name);
        return;
      }
      if (next == by_old_.end()) {
        report_nothing(*way.back());
        return;
      }
      way.push_back(next->second);
    }
  }

  void report_nothing(const Moved& moved) {
    const std::string meant = did_you_mean(moved.new_name.value, declared_);
    diagnostics_.add({
        .kind = DiagnosticKind::MovedToNothing,
        .primary = moved.new_name.span,
        .message = fmt::format("no {} is called `{}`: its history would belong to nothing", kind_,
                               moved.new_name.value),
        .help = meant.empty() ? "name what it is called now; where it is gone for good, remove the "
                                "line"
                              : meant,
    });
  }

  /// way  begins with the renames that lead into the circle
  void report_circle(const std::vector<const Moved*>& way, const std::string& closing) {
    auto begin = std::find_if(way.begin(), way.end(),
                              [&](const Moved* moved) { return moved->old_name.value == closing; });
    // The first of its names speaks for the circle, wherever the walk came in.
    const auto least = std::min_element(begin, way.end(), [](const Moved* one, const Moved* other) {
      return one->old_name.value < other->old_name.value;
    });
    std::vector<const Moved*> circle(least, way.end());
    circle.insert(circle.end(), begin, least);
    Diagnostic finding{
        .kind = DiagnosticKind::MovedAstray,
        .primary = circle.front()->old_name.span,
        .message = fmt::format("the renames of {} `{}` lead round in a circle", kind_,
                               circle.front()->old_name.value),
        .help = "remove the rename that was undone, and declare the name that it has now",
    };
    std::string round = circle.front()->old_name.value;
    for (const Moved* moved : circle) {
      round += " -> " + moved->new_name.value;
      add_label(finding, moved->old_name.span,
                fmt::format("`{}` becomes `{}`", moved->old_name.value, moved->new_name.value));
    }
    finding.witness = {round};
    diagnostics_.add(std::move(finding));
  }

  std::string_view kind_;
  std::vector<std::string> declared_;
  Diagnostics& diagnostics_;
  std::map<std::string, const Moved*> by_old_;
};

void report_unmovable(const Moved& moved, Diagnostics& diagnostics) {
  const std::vector<std::string> kinds(kMovable.begin(), kMovable.end());
  const std::string meant = did_you_mean(moved.kind.value, kinds);
  diagnostics.add({
      .kind = DiagnosticKind::MovedToNothing,
      .primary = moved.kind.span,
      .message = fmt::format("a `{}` has no history that could move", moved.kind.value),
      .help = meant.empty() ? "only a service, component, host, backup or target is moved; remove "
                              "the line"
                            : meant,
  });
}

}  // namespace

void check_moved(const Policy& policy, Diagnostics& diagnostics) {
  std::map<std::string_view, Renames> renames;
  for (const Moved& moved : policy.moved) {
    const auto kind = std::find(kMovable.begin(), kMovable.end(), moved.kind.value);
    if (kind == kMovable.end()) {
      report_unmovable(moved, diagnostics);
      continue;
    }
    auto of_kind = renames.find(*kind);
    if (of_kind == renames.end()) {
      of_kind =
          renames.try_emplace(*kind, *kind, declared_names(policy, *kind).value(), diagnostics)
              .first;
    }
    of_kind->second.add(moved);
  }
  for (auto& [kind, of_kind] : renames) {
    of_kind.check();
  }
}

}  // namespace backstay::compiler
