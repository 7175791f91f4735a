// backstay check: all findings of policies, offline.
#include <chrono>
#include <deque>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/compile_policy.hpp"
#include "cli/output_file.hpp"
#include "cli/render/findings_sarif.hpp"
#include "compiler/calendar/date.hpp"

namespace backstay::cli {
namespace {

struct CheckOptions {
  std::vector<std::string> files;
  std::vector<std::string> settings;
  std::string format = "text";
  std::string output;
  std::string deny;
  bool verbose = false;
  std::string now;
};

/// What came of all files.
struct Outcome {
  std::deque<Compilation> compiled;
  std::vector<std::string> failures;  ///< files that could not be read
};

void judge(Session& session,
           const CheckOptions& options,
           const std::string& file,
           const lang::Diagnostics& findings) {
  const bool denied = options.deny == "warnings" && findings.warning_count() > 0;
  if (findings.has_errors() || denied) {
    session.exit_code = ExitCode::Usage;
  } else {
    session.say(
        fmt::format("{}: {}", file, findings.warning_count() == 0 ? "no findings" : "no errors"));
  }
}

std::string text_of(const Session& session, const CheckOptions& options, const Compilation& one) {
  const lang::RenderOptions how =
      options.output.empty() ? session.render_options(STDOUT_FILENO) : lang::RenderOptions{};
  const std::string findings = lang::render_all(one.diagnostics, one.sources, how);
  return options.verbose ? findings + lang::render_silenced(one.diagnostics, one.sources, how)
                         : findings;
}

bool holds_tests(const std::string& file) {
  return file.ends_with(".test.stay");
}

// A library with nothing wrong in it but that it is no policy.
bool is_sound_library(const Compilation& one) {
  const std::vector<lang::Diagnostic>& all = one.diagnostics.all();
  return all.size() == 1 && all.front().kind == lang::DiagnosticKind::MisplacedHead &&
         one.sources.text(all.front().primary).starts_with("library");
}

// `check *.stay` names also what lies beside the policies.
void leave_out(const Session& session, const std::string& file, std::string_view why) {
  session.say(fmt::format("{}: left out: {}", file, why));
}

// Text goes out file by file; the other forms are one document.
Outcome compile_all(Session& session,
                    const CheckOptions& options,
                    std::optional<std::chrono::local_days> now) {
  Outcome outcome;
  for (const std::string& file : options.files) {
    if (holds_tests(file)) {
      leave_out(session, file, "these are tests, which `backstay test` runs");
      continue;
    }
    auto compiled = compile_file(file, options.settings, now, false);
    if (!compiled) {
      session.fail(compiled.error());
      outcome.failures.push_back(to_string(compiled.error()));
      continue;
    }
    if (options.files.size() > 1 && is_sound_library(*compiled)) {
      leave_out(session, file, "a library, which is checked with what imports it");
      continue;
    }
    Compilation& kept = outcome.compiled.emplace_back(std::move(*compiled));
    if (options.format == "text" && options.output.empty()) {
      session.print(text_of(session, options, kept));
    }
    judge(session, options, file, kept.diagnostics);
  }
  if (outcome.compiled.empty() && outcome.failures.empty()) {
    session.fail(ExitCode::Usage, "none of the files is a policy", "name one that says `policy`");
  }
  return outcome;
}

std::string document_of(const Session& session,
                        const CheckOptions& options,
                        const Outcome& outcome) {
  std::vector<lang::Findings> policies;
  std::string text;
  for (const Compilation& one : outcome.compiled) {
    policies.push_back({one.diagnostics, one.sources});
    text += options.format == "text" ? text_of(session, options, one) : "";
  }
  return options.format == "sarif"  ? findings_as_sarif(policies, outcome.failures)
         : options.format == "json" ? lang::render_json(policies, outcome.failures)
                                    : text;
}

void check(Session& session, const CheckOptions& options) {
  const auto now = options.now.empty() ? std::nullopt : compiler::parse_date(options.now);
  if (!options.now.empty() && !now) {
    session.fail(ExitCode::Usage, fmt::format("`{}` is no day", options.now),
                 "write it as `2027-06-30`");
    return;
  }
  const Outcome outcome = compile_all(session, options, now);
  if (options.output.empty() && options.format == "text") {
    return;
  }
  const std::string document = document_of(session, options, outcome);
  if (options.output.empty()) {
    session.print(document);
  } else if (const auto written = write_output_file(options.output, document); !written) {
    session.fail(written.error());
  }
}

}  // namespace

void add_check(CLI::App& app, Session& session) {
  const auto options = std::make_shared<CheckOptions>();
  CLI::App* verb = app.add_subcommand("check", "Report every mistake of a policy, offline");
  verb->add_option("FILE", options->files,
                   "Policies to check; of several files, tests and libraries are left out")
      ->required();
  verb->add_option("--deny", options->deny, "`warnings`: exit 2 on warnings as well")
      ->check(CLI::IsMember({"warnings"}));
  verb->add_option("-f,--format", options->format, "text, json or sarif (2.1.0)")
      ->check(CLI::IsMember({"text", "json", "sarif"}));
  verb->add_option("-o,--output", options->output, "Write the findings to this file");
  verb->add_option("--now", options->now,
                   "Prove from this day on, as `2027-06-30`; from 2027-01-01 unless said");
  verb->add_flag("-v,--verbose", options->verbose, "Show also what an `allow` silences");
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policy")
      ->allow_extra_args(false);
  verb->footer(
      "Examples:\n  backstay check controller.stay\n"
      "  backstay check --deny warnings --format json controller.stay\n"
      "  backstay check --format sarif -o findings.sarif *.stay");
  verb->callback([options, &session] { check(session, *options); });
}

}  // namespace backstay::cli
