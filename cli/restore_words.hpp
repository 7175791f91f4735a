// The words of a call of `backstay restore`, for what restores, undoes and commits.
#pragma once

#include <string>
#include <vector>

#include "cli/ansible_engine.hpp"
#include "cli/execution.hpp"
#include "cli/part_of_set.hpp"
#include "cli/snapshot_source.hpp"
#include "runtime/restore/restore.hpp"

namespace backstay::cli {

/// What was asked for on the command line.
struct RestoreWords {
  SourceOptions source;
  runtime::RestoreRequest request;
  OutputFormat format = OutputFormat::Text;
  bool by_given_plan = false;
  bool dry_run = false;
  bool yes = false;
  std::string undo;    ///< a restore's id; empty: no undo
  std::string commit;  ///< likewise
  bool discard_later = false;
  std::vector<std::string> without_keep_current;
  bool privileged = false;
  bool without_privileged = false;
  PartWords part;
  EngineWords engine;
};

}  // namespace backstay::cli
