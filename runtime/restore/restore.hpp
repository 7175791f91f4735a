// Where things go in one restore, and the orchestration of it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// What and where to restore. Without `in_place` or `to_directory` only a place that does not exist
/// yet is written to: everything else is refused before the first change.
struct RestoreRequest {
  std::string snapshot = "latest";      ///< id, unique prefix, `latest`, `latest~N`
  std::vector<std::string> services;    ///< empty: all
  std::vector<std::string> components;  ///< empty: all
  std::vector<std::string> paths;       ///< absolute paths of files or trees; empty: all
  std::vector<std::string> databases;   ///< names; empty: all
  std::string to_directory;             ///< files and SQLite go to DIR + original path, dumps to DIR
  std::string database_suffix;          ///< databases go to NAME + suffix, beside
  bool in_place = false;
};

/// Shared by the steps of one restore.
struct RestoreRun {
  RestoreRequest request;
  std::set<std::string> components;  ///< in scope
  std::string run_id;
  std::vector<std::string> kept;     ///< what was set aside, for the report: `/etc/nova.orig-RUN`
};

}  // namespace backstay::runtime
