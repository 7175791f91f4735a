// Why a path is backed up, or is not: every fact that has a say in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/check/file_components.hpp"
#include "compiler/model/policy.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// A component whose `path` or `sqlite` holds the path. Pointers are into the policy.
struct PathHolder {
  const Service* service = nullptr;
  FileComponent::Kind kind = FileComponent::Kind::Tree;
  std::string component;                 ///< `nova.state`
  std::string path;                      ///< as the policy writes it
  Span span;                             ///< of the path
  std::vector<const RuleFact*> excepts;  ///< those that take it out
  std::vector<const RuleFact*> keeps;    ///< those that bring it back
  std::vector<const Backup*> backups;    ///< those that cover the service

  /// Do the rules leave it in? Says nothing of whether a backup covers the service.
  [[nodiscard]] bool selected() const { return excepts.empty() || !keeps.empty(); }
};

/// An `unprotected` that says on purpose that the path is not backed up.
struct GivenUpPath {
  const Service* service = nullptr;
  const UnprotectedFact* fact = nullptr;
};

/// A `mirror` or `replicate` that copies the path besides any backup.
struct CopiedPath {
  const Service* service = nullptr;
  std::string how;  ///< `keeps one current copy of /srv/images in target offsite, without history`
  Span span;
};

/// All that the policy says of one path.
struct PathVerdict {
  std::string path;           ///< normalised
  std::string reserved_name;  ///< a segment that is one of Backstay's own names; or empty
  std::vector<PathHolder> holders;
  std::vector<PathHolder> below;  ///< components that lie below the path
  std::vector<GivenUpPath> given_up;
  std::vector<CopiedPath> copied = {};

  /// Is it in a backup?
  [[nodiscard]] bool selected() const;
};

/// path  absolute and normalised, nothing in it has a meaning of its own
[[nodiscard]] PathVerdict judge_path(const Policy& policy, std::string_view path);

/// The verdict with its reasons and their places, several lines.
[[nodiscard]] std::string to_text(const PathVerdict& verdict, const lang::SourceSet& sources);

/// The verdict in one line without places: `except /var/lib/nova/instances takes it out`.
[[nodiscard]] std::string summary_of(const PathVerdict& verdict);

}  // namespace backstay::compiler
