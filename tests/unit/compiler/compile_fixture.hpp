// Compiles texts that are in no file, and tells what came of it.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "compiler/compile.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "lang/base/render.hpp"
#include "tests/support/catch.hpp"

namespace backstay::compiler::testing {

using Files = std::map<std::string, std::string>;
using Kind = lang::DiagnosticKind;

/// One compilation of `policy.stay` among some files.
struct Compilation {
  lang::SourceSet sources;
  lang::Diagnostics diagnostics;
  std::optional<plan::Plan> plan;
  std::vector<std::string> read;  ///< paths that were asked for, in order

  [[nodiscard]] std::vector<lang::Diagnostic> of(Kind kind) const {
    std::vector<lang::Diagnostic> found;
    for (const lang::Diagnostic& finding : diagnostics.sorted()) {
      if (finding.kind == kind) {
        found.push_back(finding);
      }
    }
    return found;
  }

  /// The source text that a finding of this kind points at; a text that says so where there is
  /// none.
  [[nodiscard]] std::string shown(Kind kind) const {
    const auto found = of(kind);
    return found.empty() ? "(no such finding)" : std::string(sources.text(found.front().primary));
  }

  [[nodiscard]] std::string help(Kind kind) const {
    const auto found = of(kind);
    return found.empty() ? "(no such finding)" : found.front().help;
  }

  [[nodiscard]] std::string report() const { return lang::render_all(diagnostics, sources, {}); }
};

inline Compilation compile_files(const Files& files,
                                 const std::map<std::string, std::string>& parameters = {}) {
  Compilation compilation;
  const FileReader reader = [&](const std::string& path) -> Result<std::string> {
    compilation.read.push_back(path);
    const auto file = files.find(path);
    if (file == files.end()) {
      return Error{.kind = ErrorKind::NotFound, .message = "`" + path + "` is not there"};
    }
    return file->second;
  };
  auto result = compile("policy.stay", {.parameters = parameters}, reader, compilation.sources,
                        compilation.diagnostics);
  REQUIRE(result);
  compilation.plan = std::move(*result);
  return compilation;
}

/// The declarations that every sound policy needs around its services.
inline std::string with_backup(const std::string& services) {
  return "language 1\npolicy sample\nzone UTC\nhost one\n"
         "secret login {\n    file /etc/backstay/login.cnf\n}\n"
         "mariadb db {\n    on one\n    socket /run/db.sock\n    login login\n}\n" +
         services +
         "target disk {\n    directory /backup on one\n}\n"
         "schedule nightly {\n    every day at 02:30\n    window 1h\n}\n"
         "retention short {\n    daily 7\n}\n"
         "backup all-of-it {\n    cover all services\n    run nightly\n    to disk keep short\n}\n";
}

inline Compilation compile_text(const std::string& text,
                                const std::map<std::string, std::string>& parameters = {}) {
  return compile_files({{"policy.stay", text}}, parameters);
}

/// Errors of these kinds and no other, each as often as it is named.
inline void require_errors(const Compilation& compilation, std::vector<Kind> kinds) {
  std::vector<Kind> found;
  for (const lang::Diagnostic& finding : compilation.diagnostics.all()) {
    if (finding.severity() == lang::Severity::Error) {
      found.push_back(finding.kind);
    }
  }
  std::sort(found.begin(), found.end());
  std::sort(kinds.begin(), kinds.end());
  INFO(compilation.report());
  REQUIRE(found == kinds);
}

}  // namespace backstay::compiler::testing
