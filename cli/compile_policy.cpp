#include "cli/compile_policy.hpp"

#include <fmt/format.h>

#include "compiler/load/source_reader.hpp"

namespace backstay::cli {
namespace {

/// A plan is no policy: each of its lines would be a mistake.
Result<void> refuse_plan(const std::string& file) {
  if (!file.ends_with(".plan.yaml"))
    return {};
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("`{}` is a compiled plan; this verb takes a policy", file),
               .hint = fmt::format("`backstay show {}` shows it", file)};
}

}  // namespace

Result<Compilation> compile_file(const std::string& file,
                                 const std::vector<std::string>& settings,
                                 std::optional<std::chrono::local_days> now,
                                 bool want_plan) {
  BACKSTAY_TRY(refuse_plan(file));
  Compilation compilation;
  compiler::CompileOptions options;
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  options.today = now.value_or(std::chrono::local_days(today.time_since_epoch()));
  options.proofs_from = now;
  options.want_plan = want_plan;
  BACKSTAY_ASSIGN(options.parameters, parse_settings(settings));
  BACKSTAY_ASSIGN(compilation.plan,
                  compiler::compile(file, options, compiler::source_reader(file),
                                    compilation.sources, compilation.diagnostics));
  return compilation;
}

Result<PolicyAnalysis> analyse_file(const std::string& file,
                                    const std::vector<std::string>& settings) {
  BACKSTAY_TRY(refuse_plan(file));
  PolicyAnalysis analysed;
  compiler::CompileOptions options;
  BACKSTAY_ASSIGN(options.parameters, parse_settings(settings));
  BACKSTAY_ASSIGN(analysed.analysis, compiler::analyse(file, options, compiler::source_reader(file),
                                                       analysed.sources, analysed.diagnostics));
  return analysed;
}

}  // namespace backstay::cli
