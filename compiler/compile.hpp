// Policy → plan: the table of contents of this floor. See compile.cpp for the numbered steps.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "compiler/load/loaded.hpp"
#include "compiler/model/policy.hpp"
#include "compiler/plan/plan.hpp"
#include "lang/base/diagnostic.hpp"
#include "lang/base/result.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// Reads a file by path; the compiler touches the world through this alone.
using FileReader = std::function<Result<std::string>(const std::string& path)>;

/// Reads a file of the real file system, at most 1 MiB and one byte.
[[nodiscard]] Result<std::string> read_source_file(const std::string& path);

struct CompileOptions {
  std::map<std::string, std::string> parameters;  ///< --set NAME=VALUE
  /// The day on which an `allow` is judged; where there is none, no `allow` is over.
  std::optional<std::chrono::local_days> today = {};
  /// `check` wants none: it would cost as much as all checks together.
  bool want_plan = true;
  /// The day from which proofs look; where there is none, that of the edition.
  std::optional<std::chrono::local_days> proofs_from = {};
};

/// How far a policy came: what `explain`, policy tests and editors look at beside the plan.
struct Analysis {
  Loaded loaded;                   ///< every file that could be read, mistakes or not
  std::optional<Policy> policy;    ///< iff no finding before the checks is an error
  std::optional<plan::Plan> plan;  ///< iff no finding is an error and one is wanted
};

/// As compile(), and keeps the checked model.
[[nodiscard]] Result<Analysis> analyse(const std::string& entry,
                                       const CompileOptions& options,
                                       const FileReader& read,
                                       lang::SourceSet& sources,
                                       lang::Diagnostics& diagnostics);

/// Compiles the entry file. All findings go to `diagnostics`; the plan is there iff none is an
/// error. Pure but for `read`: no clock, no environment, no host is looked at.
/// Errors of the world (the entry file is unreadable) are the Result's.
[[nodiscard]] Result<std::optional<plan::Plan>> compile(const std::string& entry,
                                                        const CompileOptions& options,
                                                        const FileReader& read,
                                                        lang::SourceSet& sources,
                                                        lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
