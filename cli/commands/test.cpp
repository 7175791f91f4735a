// backstay test: what a policy is expected to do, asked of the compiled policy alone.
#include <algorithm>
#include <filesystem>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/compile_policy.hpp"
#include "cli/render/json_text.hpp"
#include "cli/standard_error.hpp"
#include "compiler/explain/place.hpp"
#include "compiler/load/source_reader.hpp"
#include "compiler/policy_test/run_tests.hpp"
#include "lang/base/printable.hpp"

namespace backstay::cli {
namespace {

struct TestOptions {
  std::vector<std::string> files;
  std::vector<std::string> settings;
  std::string format = "text";
};

/// What came of all files.
struct Totals {
  std::size_t tests = 0;
  std::size_t failed = 0;
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
};

// Every `*.test.stay` below the current directory, sorted; hidden directories are not looked into.
std::vector<std::string> find_test_files() {
  namespace fs = std::filesystem;
  std::vector<std::string> found;
  std::error_code error;
  fs::recursive_directory_iterator walk(".", fs::directory_options::skip_permission_denied, error);
  for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
    const std::string name = walk->path().filename().string();
    if (name.starts_with(".")) {
      walk.disable_recursion_pending();
    } else if (name.ends_with(".test.stay")) {
      found.push_back(walk->path().lexically_normal().string());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string outcome_as_text(const compiler::TestOutcome& outcome, const lang::SourceSet& sources) {
  const auto shown = [](std::string_view text) {
    return lang::printable(text, Session::use_unicode());
  };
  std::string text =
      fmt::format("{}  {}  ({})\n", outcome.passed() ? "ok  " : "FAIL", shown(outcome.name),
                  shown(compiler::place_of(sources, outcome.span)));
  for (const compiler::TestFailure& failure : outcome.failures) {
    text += fmt::format("      {}: {}\n        found: {}\n",
                        shown(compiler::place_of(sources, failure.span)),
                        shown(sources.text(failure.span)), shown(failure.found));
  }
  return text;
}

nlohmann::ordered_json outcome_as_json(const compiler::TestOutcome& outcome,
                                       const lang::SourceSet& sources) {
  const auto line = [&](const lang::Span& span) {
    return sources.file(span.file).locate(span.begin).line;
  };
  nlohmann::ordered_json failures = nlohmann::ordered_json::array();
  for (const compiler::TestFailure& failure : outcome.failures) {
    failures.push_back({{"line", line(failure.span)},
                        {"expected", std::string(sources.text(failure.span))},
                        {"found", failure.found}});
  }
  return {{"name", outcome.name},
          {"line", line(outcome.span)},
          {"passed", outcome.passed()},
          {"failures", failures}};
}

void run_file(Session& session,
              const TestOptions& options,
              const std::string& file,
              Totals& totals) {
  compiler::CompileOptions compile_options;
  auto settings = parse_settings(options.settings);
  if (!settings) {
    session.fail(settings.error());
    return;
  }
  compile_options.parameters = std::move(*settings);
  lang::SourceSet sources;
  lang::Diagnostics diagnostics;
  const auto outcomes = compiler::run_tests(file, compile_options, compiler::source_reader(file),
                                            sources, diagnostics);
  if (!outcomes) {
    session.fail(outcomes.error());
    return;
  }
  write_stderr(lang::render_all(diagnostics, sources, session.render_options(STDERR_FILENO)));
  if (!*outcomes) {
    session.exit_code = ExitCode::Usage;
    return;
  }
  nlohmann::ordered_json tests = nlohmann::ordered_json::array();
  for (const compiler::TestOutcome& outcome : **outcomes) {
    ++totals.tests;
    totals.failed += outcome.passed() ? 0U : 1U;
    tests.push_back(outcome_as_json(outcome, sources));
    if (options.format == "text") {
      session.print(outcome_as_text(outcome, sources));
    }
  }
  totals.files.push_back({{"file", file}, {"tests", tests}});
}

void run(Session& session, const TestOptions& options) {
  const std::vector<std::string> files = options.files.empty() ? find_test_files() : options.files;
  if (files.empty()) {
    session.fail(ExitCode::Usage, "there is no `*.test.stay` below the current directory",
                 "name the files of tests");
    return;
  }
  Totals totals;
  for (const std::string& file : files) {
    run_file(session, options, file, totals);
  }
  if (options.format == "json") {
    const nlohmann::ordered_json document = {{"schema_version", 1},
                                             {"tests", totals.tests},
                                             {"failed", totals.failed},
                                             {"files", totals.files}};
    session.print(json_document(document));
  } else {
    session.print(fmt::format("{} test{}, {} failed\n", totals.tests, totals.tests == 1 ? "" : "s",
                              totals.failed));
  }
  if (totals.failed > 0 && session.exit_code == ExitCode::Done) {
    session.exit_code = ExitCode::RunFailed;
  }
}

}  // namespace

void add_test(CLI::App& app, Session& session) {
  const auto options = std::make_shared<TestOptions>();
  CLI::App* verb = app.add_subcommand("test", "Run policy tests, touching no host");
  verb->add_option("FILE", options->files,
                   "Files of tests; without it every *.test.stay below the current directory");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policies")
      ->allow_extra_args(false);
  verb->footer("Examples:\n  backstay test\n  backstay test controller.test.stay --format json");
  verb->callback([options, &session] { run(session, *options); });
}

}  // namespace backstay::cli
