#include "compiler/check/file_components.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "compiler/check/report.hpp"
#include "compiler/paths/path_order.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
using lang::Diagnostics;

/// Reads a pattern, or reports that it is over a limit.
std::optional<PathPattern> read_pattern(const Located<std::string>& text,
                                        bool wildcards,
                                        Diagnostics& diagnostics) {
  auto pattern = wildcards ? PathPattern::parse(text.value) : PathPattern::literal(text.value);
  if (!pattern) {
    diagnostics.add({
        .kind = DiagnosticKind::PatternTooComplex,
        .primary = text.span,
        .message = wildcards ? "the pattern is too long" : "the path is too long",
        .help = fmt::format("at most {} bytes and {} segments", PathPattern::max_length,
                            wildcards ? PathPattern::max_segments : PathPattern::max_path_depth),
    });
  }
  return pattern;
}

std::vector<std::optional<PathPattern>> read_patterns(const std::vector<RuleFact>& rules,
                                                      Diagnostics& diagnostics) {
  std::vector<std::optional<PathPattern>> patterns;
  patterns.reserve(rules.size());
  for (const RuleFact& rule : rules) {
    patterns.push_back(read_pattern(rule.pattern, true, diagnostics));
  }
  return patterns;
}

PatternIndex index_of(const std::vector<std::optional<PathPattern>>& patterns) {
  std::vector<const PathPattern*> borrowed;
  borrowed.reserve(patterns.size());
  for (const auto& pattern : patterns) {
    borrowed.push_back(pattern ? &*pattern : nullptr);
  }
  return PatternIndex(borrowed);
}

template <typename Holds>
std::vector<std::size_t> places_where(const std::vector<const FileComponent*>& components,
                                      const Holds& holds) {
  std::vector<std::size_t> places;
  for (std::size_t place = 0; place < components.size(); ++place) {
    if (holds(components[place]->pattern.prefix())) {
      places.push_back(place);
    }
  }
  return places;
}

std::vector<const PathPattern*> pick(const std::vector<std::optional<PathPattern>>& patterns,
                                     const std::vector<Index>& places) {
  std::vector<const PathPattern*> picked;
  picked.reserve(places.size());
  for (const Index place : places) {
    picked.push_back(&*patterns[place]);
  }
  return picked;
}

}  // namespace

bool is_protected(const Service& service) {
  const bool given_up = std::any_of(service.unprotected.begin(), service.unprotected.end(),
                                    [](const UnprotectedFact& fact) { return !fact.path; });
  return !service.external && !given_up;
}

FileComponents::FileComponents(const Policy& policy, Diagnostics& diagnostics)
    : policy_(policy), hosts_(policy), services_(policy.services.size()) {
  std::size_t count = 0;
  for (const Service& service : policy.services) {
    count += service.paths.size() + 4 * service.sqlites.size() + service.mirrors.size();
  }
  components_.reserve(count);
  for (Index number = 0; number < policy.services.size(); ++number) {
    if (is_protected(policy.services[number])) {
      add_service(policy, number, diagnostics);
    }
  }
}

void FileComponents::add_service(const Policy& policy, Index number, Diagnostics& diagnostics) {
  const Service& service = policy.services[number];
  ServicePatterns& patterns = services_[number];
  patterns.excepts = read_patterns(service.excepts, diagnostics);
  patterns.keeps = read_patterns(service.keeps, diagnostics);
  patterns.except_index = index_of(patterns.excepts);
  patterns.keep_index = index_of(patterns.keeps);
  const auto id = [&](const std::string& name) { return service.name + "." + name; };
  for (const PathFact& fact : service.paths) {
    add_component(FileComponent::Kind::Tree, number, fact.path, id(fact.name.value), diagnostics);
  }
  for (const SqliteFact& fact : service.sqlites) {
    const std::string name = id(fact.name.value);
    add_component(FileComponent::Kind::Sqlite, number, fact.path, name, diagnostics);
    // https://www.sqlite.org/tempfiles.html: a log of the live database beside a restored one would
    // be played into it.
    for (const char* const suffix : {"-journal", "-shm", "-wal"}) {
      add_component(FileComponent::Kind::SqliteSideFile, number,
                    {fact.path.value + suffix, fact.path.span}, name, diagnostics);
    }
  }
  for (const MirrorFact& fact : service.mirrors) {
    FileComponent* const mirror =
        add_component(FileComponent::Kind::Mirror, number, fact.path,
                      service.name + ": mirror " + fact.path.value, diagnostics);
    if (mirror != nullptr) {
      mirror->target = fact.target.value;
    }
  }
}

FileComponent* FileComponents::add_component(FileComponent::Kind kind,
                                             Index number,
                                             const Located<std::string>& path,
                                             std::string id,
                                             Diagnostics& diagnostics) {
  auto pattern = read_pattern(path, false, diagnostics);
  if (!pattern) {
    return nullptr;
  }
  services_[number].components.push_back(components_.size());
  components_.push_back({kind, number, std::move(id), path.value, path.span, std::move(*pattern)});
  return &components_.back();
}

void PlacedComponents::add(const FileComponents& from, Index service) {
  for (const Index number : from.patterns(service).components) {
    const FileComponent& component = from.all()[number];
    if (component.kind != FileComponent::Kind::SqliteSideFile) {
      components.push_back(&component);
    }
  }
}

bool PlacedComponents::is_indexed() {
  constexpr std::size_t kFewQuestions = 8;
  if (!index_ && ++questions_ > kFewQuestions) {
    std::vector<const PathPattern*> patterns;
    patterns.reserve(components.size());
    for (const FileComponent* component : components) {
      patterns.push_back(&component->pattern);
    }
    index_.emplace(patterns);
  }
  return index_.has_value();
}

std::vector<std::size_t> PlacedComponents::near(std::string_view prefix) {
  return is_indexed() ? index_->near(prefix) : places_where(components, [=](std::string_view own) {
    return path_contains(own, prefix) || path_contains(prefix, own);
  });
}

std::vector<std::size_t> PlacedComponents::above(std::string_view prefix) {
  return is_indexed() ? index_->above(prefix) : places_where(components, [=](std::string_view own) {
    return path_contains(own, prefix);
  });
}

PathSelection FileComponents::selection(const FileComponent& component,
                                        std::string_view prefix) const {
  PathSelection selection{&component.pattern};
  if (component.kind == FileComponent::Kind::Tree) {
    const ServicePatterns& patterns = services_[component.service];
    selection.excepts = pick(patterns.excepts, patterns.except_index->near(prefix));
    selection.keeps = pick(patterns.keeps, patterns.keep_index->near(prefix));
  }
  return selection;
}

std::vector<lang::Label> FileComponents::rule_labels(const FileComponent& component,
                                                     std::string_view prefix) const {
  std::vector<lang::Label> labels;
  const Service& service = policy_.services[component.service];
  const ServicePatterns& patterns = services_[component.service];
  const auto add = [&](const std::vector<RuleFact>& rules, const auto& parsed,
                       const PatternIndex& index) {
    for (const Index place : index.near(prefix)) {
      if (!parsed[place]->is_literal() && labels.size() < kMostLabels) {
        labels.push_back({rules[place].pattern.span, "with this pattern"});
      }
    }
  };
  add(service.excepts, patterns.excepts, *patterns.except_index);
  add(service.keeps, patterns.keeps, *patterns.keep_index);
  return labels;
}

void report_too_complex(const Span& span,
                        const std::string& what,
                        std::vector<lang::Label> rules,
                        Diagnostics& diagnostics) {
  diagnostics.add({
      .kind = DiagnosticKind::PatternTooComplex,
      .primary = span,
      .message = fmt::format("it cannot be proven whether {}", what),
      .labels = std::move(rules),
      .help = "write fewer patterns with wildcards here, or anchor them at a longer plain path",
  });
}

}  // namespace backstay::compiler
