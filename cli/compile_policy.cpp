#include "cli/compile_policy.hpp"

namespace backstay::cli {

Result<Compilation> compile_file(const std::string& file,
                                 const std::vector<std::string>& settings,
                                 std::optional<std::chrono::local_days> now) {
  Compilation compilation;
  compiler::CompileOptions options;
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  options.today = now.value_or(std::chrono::local_days(today.time_since_epoch()));
  options.proofs_from = now;
  BACKSTAY_ASSIGN(options.parameters, parse_settings(settings));
  BACKSTAY_ASSIGN(compilation.plan,
                  compiler::compile(file, options, compiler::read_source_file, compilation.sources,
                                    compilation.diagnostics));
  return compilation;
}

Result<PolicyAnalysis> analyse_file(const std::string& file,
                                    const std::vector<std::string>& settings) {
  PolicyAnalysis analysed;
  compiler::CompileOptions options;
  BACKSTAY_ASSIGN(options.parameters, parse_settings(settings));
  BACKSTAY_ASSIGN(analysed.analysis, compiler::analyse(file, options, compiler::read_source_file,
                                                       analysed.sources, analysed.diagnostics));
  return analysed;
}

}  // namespace backstay::cli
