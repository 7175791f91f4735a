// Any policy with any imports compiles to a plan or to findings: no crash, no hang, never neither
// and never both, every place inside its text, and the plan reads back as it was written.
//
// The input is the entry file; after each byte 0x1E, which no source may hold, follows another
// file: `a.stay`, `b.stay` and so on, for the imports.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>

#include "compiler/compile.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "compiler/policy_test/run_tests.hpp"
#include "lang/base/fix.hpp"
#include "lang/base/render.hpp"

namespace {

using namespace backstay;

constexpr char kNextFile = '\x1E';

std::map<std::string, std::string> files_of(std::string_view input) {
  std::map<std::string, std::string> files;
  std::string name = "entry.stay";
  for (char letter = 'a'; letter <= 'z'; ++letter) {
    const std::size_t end = input.find(kNextFile);
    files[name] = std::string(input.substr(0, end));
    if (end == std::string_view::npos) {
      break;
    }
    input.remove_prefix(end + 1);
    name = std::string(1, letter) + ".stay";
  }
  return files;
}

void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

void check_span(const lang::Span& span, const lang::SourceSet& sources) {
  require(span.file < sources.size());
  require(span.begin <= span.end && span.end <= sources.file(span.file).text().size());
}

void check_findings(const lang::Diagnostics& findings, const lang::SourceSet& sources) {
  for (const lang::Diagnostic& finding : findings.all()) {
    check_span(finding.primary, sources);
    for (const lang::Label& label : finding.labels) {
      check_span(label.span, sources);
    }
    for (const lang::Fix& fix : finding.fixes) {
      for (const lang::Edit& edit : fix.edits) {
        check_span(exact(edit, sources).span, sources);
      }
    }
  }
  static_cast<void>(render_all(findings, sources, {}));
  static_cast<void>(render_json(findings, sources));
}

void check_plan(const plan::Plan& plan) {
  const std::string bytes = plan::to_yaml(plan);
  const auto read = plan::from_yaml(bytes, "fuzz.plan.yaml");
  require(read && plan::to_yaml(*read) == bytes);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto files = files_of({reinterpret_cast<const char*>(data), size});
  const compiler::FileReader read = [&files](const std::string& path) -> Result<std::string> {
    const auto file = files.find(path);
    if (file == files.end()) {
      return Error{.kind = ErrorKind::NotFound, .message = "no such file"};
    }
    return file->second;
  };
  lang::SourceSet sources;
  lang::Diagnostics findings;
  const auto analysis = compiler::analyse("entry.stay", {}, read, sources, findings);
  require(analysis.has_value());
  require(analysis->plan.has_value() != findings.has_errors());
  check_findings(findings, sources);
  if (analysis->plan) {
    check_plan(*analysis->plan);
  }
  if (files.at("entry.stay").find("\ntest ") != std::string::npos) {
    lang::SourceSet test_sources;
    lang::Diagnostics test_findings;
    static_cast<void>(compiler::run_tests("entry.stay", {}, read, test_sources, test_findings));
    check_findings(test_findings, test_sources);
  }
  return 0;
}
