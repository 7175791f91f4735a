// What the services of a policy select, as sets of paths: the common ground of the path checks.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/host_classes.hpp"
#include "compiler/model/policy.hpp"
#include "compiler/paths/path_query.hpp"
#include "compiler/paths/pattern_index.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// One `path`, `sqlite` or `mirror` of a service, or a file that SQLite keeps beside its database.
/// It is on every host of its service.
struct FileComponent {
  enum class Kind : std::uint8_t { Tree, Sqlite, SqliteSideFile, Mirror };

  Kind kind = Kind::Tree;
  Index service = 0;
  std::string id;    ///< `nova.etc`; a side file has that of its database; `glance: mirror /images`
  std::string path;  ///< as the policy writes it
  Span span;         ///< of the path
  PathPattern pattern;
  std::optional<Index> target = {};  ///< → targets, of a Mirror
};

/// The patterns of one service, read once. Patterns over a limit are missing.
struct ServicePatterns {
  std::vector<std::optional<PathPattern>> excepts;  ///< parallel to Service::excepts
  std::vector<std::optional<PathPattern>> keeps;    ///< parallel to Service::keeps
  std::optional<PatternIndex> except_index;
  std::optional<PatternIndex> keep_index;
  std::vector<Index> components;  ///< → FileComponents::all()
};

/// Does somebody back this service up by this policy: neither `external` nor wholly `unprotected`?
[[nodiscard]] bool is_protected(const Service& service);

/// All components that are files, with their patterns. Borrows the policy. Not copyable: the
/// indices point into it.
class FileComponents {
 public:
  /// Patterns over a limit are reported and left out.
  FileComponents(const Policy& policy, lang::Diagnostics& diagnostics);
  FileComponents(const FileComponents&) = delete;
  FileComponents& operator=(const FileComponents&) = delete;

  [[nodiscard]] const std::vector<FileComponent>& all() const { return components_; }

  [[nodiscard]] const ServicePatterns& patterns(Index service) const { return services_[service]; }

  [[nodiscard]] const HostClasses& hosts() const { return hosts_; }

  /// What the component selects, with the rules that can reach `prefix` or below it.
  [[nodiscard]] PathSelection selection(const FileComponent& component,
                                        std::string_view prefix) const;

  [[nodiscard]] PathSelection selection(const FileComponent& component) const {
    return selection(component, component.pattern.prefix());
  }

  /// The first few rules with wildcards that can reach `prefix`, to be shown beside a finding.
  [[nodiscard]] std::vector<lang::Label> rule_labels(const FileComponent& component,
                                                     std::string_view prefix) const;

 private:
  void add_service(const Policy& policy, Index number, lang::Diagnostics& diagnostics);
  /// The component, unless its path is over a limit, which is reported.
  FileComponent* add_component(FileComponent::Kind kind,
                               Index number,
                               const Located<std::string>& path,
                               std::string id,
                               lang::Diagnostics& diagnostics);

  const Policy& policy_;
  HostClasses hosts_;
  std::vector<FileComponent> components_;
  std::vector<ServicePatterns> services_;  // parallel to Policy::services
};

/// Components of one host, found by place.
struct PlacedComponents {
  std::vector<const FileComponent*> components;

  /// Files that SQLite keeps beside its databases are left out.
  void add(const FileComponents& from, Index service);
  /// As PatternIndex, by place in `components`; nothing may be added after the first question.
  [[nodiscard]] std::vector<std::size_t> near(std::string_view prefix);
  [[nodiscard]] std::vector<std::size_t> above(std::string_view prefix);

 private:
  /// Builds the index. False for the first few questions: looking at all costs less than sorting.
  [[nodiscard]] bool is_indexed();

  std::size_t questions_ = 0;
  std::optional<PatternIndex> index_;
};

/// Reports that a question about paths was given up at its limit.
void report_too_complex(const Span& span,
                        const std::string& what,
                        std::vector<lang::Label> rules,
                        lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
