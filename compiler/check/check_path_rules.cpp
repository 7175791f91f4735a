// Rules of one service that do not do what they seem to say.
//
// Emptiness is an error: the operator believes that something is kept. An idle `except` or `keep`
// is a warning: more often than not its pattern has a slip. No safety hangs on it, so a service
// with thousands of tangled rules is not searched to the end for idle ones.
#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "compiler/check/check_paths.hpp"
#include "compiler/check/report.hpp"
#include "lang/base/fix.hpp"

namespace backstay::compiler {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;
using lang::Diagnostics;

/// Labels more than these say nothing more.

/// What the search for idle rules of one service may cost, in the steps of PathLimits: about a
/// tenth of a second.
constexpr std::size_t kMostEffort = 2'000'000;

/// The rules of one service against its paths.
class ServiceRules {
 public:
  ServiceRules(const Service& service,
               const ServicePatterns& patterns,
               const FileComponents& components,
               Diagnostics& diagnostics)
      : service_(service),
        patterns_(patterns),
        components_(components),
        diagnostics_(diagnostics),
        paths_(trees()) {}

  void check() {
    for (const Index number : patterns_.components) {
      check_empty(components_.all()[number]);
    }
    check_excepts();
    check_keeps();
    check_unprotected();
    check_replicas();
  }

 private:
  using Patterns = std::vector<std::optional<PathPattern>>;

  [[nodiscard]] PatternIndex trees() const {
    std::vector<const PathPattern*> paths;
    for (const Index number : patterns_.components) {
      const FileComponent& component = components_.all()[number];
      const bool is_tree = component.kind == FileComponent::Kind::Tree;
      paths.push_back(is_tree ? &component.pattern : nullptr);
    }
    return PatternIndex(paths);
  }

  /// The service's paths that can meet a pattern.
  [[nodiscard]] std::vector<const FileComponent*> paths_near(const PathPattern& pattern) const {
    std::vector<const FileComponent*> near;
    for (const Index place : paths_.near(pattern.prefix())) {
      near.push_back(&components_.all()[patterns_.components[place]]);
    }
    return near;
  }

  void check_empty(const FileComponent& component) {
    if (component.kind != FileComponent::Kind::Tree) {
      return;
    }
    const PathAnswer answer = find_path({{components_.selection(component)}});
    if (answer.too_complex()) {
      report_too_complex(component.span, fmt::format("`{}` selects anything", component.id),
                         components_.rule_labels(component, component.pattern.prefix()),
                         diagnostics_);
    }
    if (!answer.empty()) {
      return;
    }
    Diagnostic finding{
        .kind = DiagnosticKind::EmptySource,
        .primary = component.span,
        .message =
            fmt::format("`path {}` of service `{}` selects nothing", component.path, service_.name),
        .witness = {fmt::format("{} and all below it is taken out", component.path)},
        .help = "narrow the `except`, add a `keep`, or remove the `path`",
    };
    for (const Index place : patterns_.except_index->near(component.pattern.prefix())) {
      if (finding.labels.size() < kMostLabels && meets(*patterns_.excepts[place], component)) {
        add_label(finding, service_.excepts[place].pattern.span, "taken out here");
      }
    }
    add_service_label(finding, service_, component.span);
    diagnostics_.add(std::move(finding));
  }

  static bool meets(const PathPattern& pattern, const FileComponent& component) {
    return !find_path({{{&component.pattern}, {&pattern}}}).empty();
  }

  /// Longest first: of two rules that say the same, the more roundabout one is reported.
  static std::vector<Index> longest_first(const std::vector<RuleFact>& rules) {
    std::vector<Index> order(rules.size());
    std::iota(order.begin(), order.end(), Index{0});
    std::stable_sort(order.begin(), order.end(), [&](Index left, Index right) {
      return rules[left].pattern.value.size() > rules[right].pattern.value.size();
    });
    return order;
  }

  /// Entries of `index` near a place, without those that were found to be idle and without `own`.
  static std::vector<Index> others(const PatternIndex& index,
                                   const std::string& prefix,
                                   Index own,
                                   const std::vector<bool>& idle) {
    std::vector<Index> places = index.near(prefix);
    std::erase_if(places, [&](Index place) { return place == own || idle[place]; });
    return places;
  }

  static void append(std::vector<const PathPattern*>& into,
                     const Patterns& patterns,
                     const std::vector<Index>& places) {
    for (const Index place : places) {
      into.push_back(&*patterns[place]);
    }
  }

  /// Within what effort is left for idle rules.
  bool is_proven_empty(const PathQuestion& question) {
    PathLimits limits;
    limits.steps = std::min(limits.steps, kMostEffort - effort_);
    const PathAnswer answer = find_path(question, limits);
    effort_ = std::min(effort_ + answer.steps, kMostEffort);
    return answer.empty();
  }

  void check_excepts() {
    std::vector<bool> idle(service_.excepts.size(), false);
    for (const Index own : longest_first(service_.excepts)) {
      if (patterns_.excepts[own] && effort_ < kMostEffort) {
        idle[own] = check_except(own, idle);
      }
    }
  }

  /// Does the except change nothing? Then it is reported.
  bool check_except(Index own, const std::vector<bool>& idle) {
    const PathPattern& pattern = *patterns_.excepts[own];
    const std::string& prefix = pattern.prefix();
    const auto excepts = others(*patterns_.except_index, prefix, own, idle);
    const auto keeps = patterns_.keep_index->near(prefix);
    bool reachable = false;
    for (const FileComponent* path : paths_near(pattern)) {
      PathQuestion question{{{&path->pattern}, {&pattern}}};
      if (find_path(question).empty()) {
        continue;
      }
      reachable = true;
      append(question.none_of, patterns_.excepts, excepts);
      append(question.none_of, patterns_.keeps, keeps);
      if (!is_proven_empty(question)) {
        return false;
      }
    }
    if (reachable) {
      report_redundant_except(own, excepts, keeps);
    } else {
      report_unreachable(own);
    }
    return true;
  }

  void report_unreachable(Index own) {
    const RuleFact& rule = service_.excepts[own];
    Diagnostic finding{
        .kind = DiagnosticKind::UnreachableExcept,
        .primary = rule.pattern.span,
        .message = fmt::format("`except {}` takes nothing out of service `{}`", rule.pattern.value,
                               service_.name),
        .primary_label = "no `path` of the service reaches here",
        .help = "correct the pattern, or remove the line",
        .fixes = {lang::remove_lines(rule.span)},
    };
    for (const PathFact& path : service_.paths) {
      if (finding.labels.size() < kMostLabels) {
        add_label(finding, path.path.span, "selected here");
      }
    }
    add_service_label(finding, service_, rule.span);
    diagnostics_.add(std::move(finding));
  }

  void report_redundant_except(Index own,
                               const std::vector<Index>& excepts,
                               const std::vector<Index>& keeps) {
    const RuleFact& rule = service_.excepts[own];
    Diagnostic finding{
        .kind = DiagnosticKind::RedundantExcept,
        .primary = rule.pattern.span,
        .message = fmt::format("`except {}` changes nothing in service `{}`", rule.pattern.value,
                               service_.name),
        .help = "remove the line; what it says is said by the others",
        .fixes = {lang::remove_lines(rule.span)},
    };
    label_meeting(finding, *patterns_.excepts[own], patterns_.excepts, service_.excepts, excepts,
                  "taken out here already");
    label_meeting(finding, *patterns_.excepts[own], patterns_.keeps, service_.keeps, keeps,
                  "put back here");
    add_service_label(finding, service_, rule.span);
    diagnostics_.add(std::move(finding));
  }

  void check_keeps() {
    std::vector<bool> idle(service_.keeps.size(), false);
    for (const Index own : longest_first(service_.keeps)) {
      if (patterns_.keeps[own] && effort_ < kMostEffort) {
        idle[own] = check_keep(own, idle);
      }
    }
  }

  bool check_keep(Index own, const std::vector<bool>& idle) {
    const PathPattern& pattern = *patterns_.keeps[own];
    const auto keeps = others(*patterns_.keep_index, pattern.prefix(), own, idle);
    const auto excepts = patterns_.except_index->near(pattern.prefix());
    for (const FileComponent* path : paths_near(pattern)) {
      for (const Index except : excepts) {
        PathQuestion question{{{&path->pattern}, {&pattern}, {&*patterns_.excepts[except]}}};
        append(question.none_of, patterns_.keeps, keeps);
        if (!is_proven_empty(question)) {
          return false;
        }
      }
    }
    report_redundant_keep(own, keeps);
    return true;
  }

  void report_redundant_keep(Index own, const std::vector<Index>& keeps) {
    const RuleFact& rule = service_.keeps[own];
    Diagnostic finding{
        .kind = DiagnosticKind::RedundantKeep,
        .primary = rule.pattern.span,
        .message = fmt::format("`keep {}` puts nothing back in service `{}`", rule.pattern.value,
                               service_.name),
        .help = "remove the line, or correct the pattern: a `keep` works on what an `except` took",
        .fixes = {lang::remove_lines(rule.span)},
    };
    label_meeting(finding, *patterns_.keeps[own], patterns_.keeps, service_.keeps, keeps,
                  "put back here already");
    add_service_label(finding, service_, rule.span);
    diagnostics_.add(std::move(finding));
  }

  static void label_meeting(Diagnostic& finding,
                            const PathPattern& pattern,
                            const Patterns& patterns,
                            const std::vector<RuleFact>& rules,
                            const std::vector<Index>& places,
                            const char* text) {
    for (const Index place : places) {
      if (finding.labels.size() < kMostLabels &&
          !find_path({{{&pattern}, {&*patterns[place]}}}).empty()) {
        add_label(finding, rules[place].pattern.span, text);
      }
    }
  }

  void check_unprotected() {
    for (const UnprotectedFact& fact : service_.unprotected) {
      const auto pattern = fact.path ? PathPattern::literal(fact.path->value) : std::nullopt;
      if (!pattern) {
        continue;
      }
      for (const FileComponent* path : paths_near(*pattern)) {
        const auto common =
            find_path({{components_.selection(*path, pattern->prefix()), {&*pattern}}});
        if (common.found()) {
          report_unprotected(fact, *path, common.path);
          break;
        }
      }
    }
  }

  void report_unprotected(const UnprotectedFact& fact,
                          const FileComponent& path,
                          const std::string& common) {
    Diagnostic finding{
        .kind = DiagnosticKind::UnprotectedSelected,
        .primary = fact.path->span,
        .message = fmt::format("`{}` is called unprotected, but `{}` selects it", fact.path->value,
                               path.id),
        .witness = {fmt::format("{} is backed up", common)},
        .help = fmt::format("remove `unprotected {0}`, or add `except {0} because \"…\"`",
                            fact.path->value),
        .fixes = {lang::remove_lines(fact.span)},
    };
    add_label(finding, path.span, "selected here");
    add_service_label(finding, service_, fact.span);
    diagnostics_.add(std::move(finding));
  }

  /// A replica is a copy of what the backup holds: it must hold it.
  void check_replicas() {
    for (const ReplicateFact& fact : service_.replicas) {
      const auto pattern = PathPattern::literal(fact.path.value);
      const bool kept = !pattern || is_selected(*pattern);
      if (!kept) {
        Diagnostic finding{
            .kind = DiagnosticKind::ReplicaNotKept,
            .primary = fact.path.span,
            .message = fmt::format("`{}` is replicated, but service `{}` does not back it up",
                                   fact.path.value, service_.name),
            .help = fmt::format("add `path {}`, or replicate a path that is kept", fact.path.value),
        };
        for (const PathFact& path : service_.paths) {
          if (finding.labels.size() < kMostLabels) {
            add_label(finding, path.path.span, "this is kept");
          }
        }
        add_service_label(finding, service_, fact.span);
        diagnostics_.add(std::move(finding));
      }
    }
  }

  /// Is anything at a place or below it kept? What cannot be proven counts as kept.
  [[nodiscard]] bool is_selected(const PathPattern& place) const {
    for (const FileComponent* path : paths_near(place)) {
      if (!find_path({{components_.selection(*path, place.prefix()), {&place}}}).empty()) {
        return true;
      }
    }
    return false;
  }

  const Service& service_;
  const ServicePatterns& patterns_;
  const FileComponents& components_;
  Diagnostics& diagnostics_;
  PatternIndex paths_;
  std::size_t effort_ = 0;
};

}  // namespace

void check_path_rules(const Policy& policy,
                      const FileComponents& components,
                      Diagnostics& diagnostics) {
  for (Index number = 0; number < policy.services.size(); ++number) {
    const Service& service = policy.services[number];
    if (is_protected(service)) {
      ServiceRules(service, components.patterns(number), components, diagnostics).check();
    }
  }
}

}  // namespace backstay::compiler
