// What an archive of a tree would hold, counted without reading a file: for dry runs.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/actions.hpp"
#include "lang/base/result.hpp"

namespace backstay::runtime {

struct TreeSurvey {
  bool absent = false;  ///< and optional
  std::uint64_t files = 0;
  std::uint64_t directories = 0;
  std::uint64_t others = 0;  ///< links and special files
  std::uint64_t bytes = 0;   ///< of regular files, each name counted
  std::uint64_t left_out = 0;
  std::uint64_t reserved = 0;
  std::uint64_t sockets = 0;
  std::vector<std::string> problems;  ///< what could not be looked at; the first few
};

/// Read-only. Errors: NotFound (missing and not optional), Io, Interrupted.
[[nodiscard]] Result<TreeSurvey> survey_tree(const plan::ArchiveFiles& files,
                                             const std::stop_token& stop);

}  // namespace backstay::runtime
