#include "cli/commands/explain_policy.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/compile_policy.hpp"
#include "cli/render/explain_json.hpp"
#include "cli/standard_error.hpp"
#include "compiler/explain/explain_path.hpp"
#include "compiler/explain/explain_schedule.hpp"
#include "compiler/explain/explain_step.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/suggest.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::cli {
namespace {

// Line by line: the newlines are ours, all else came from the policy.
void show(Session& session, std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    shown += lang::printable(text.substr(0, end), Session::use_unicode()) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  session.print(shown);
}

void explain_path(Session& session, const PolicyAnalysis& analysed, const ExplainOptions& options) {
  const std::string& word = options.word;
  if (lang::has_parent_segment(word)) {
    session.fail(ExitCode::Usage, fmt::format("`{}` holds `..`", word),
                 "write the path as it is below the root");
    return;
  }
  const auto verdict = compiler::judge_path(*analysed.analysis.policy, lang::normalized_path(word));
  if (options.format == "json") {
    session.print(path_as_json(verdict, analysed.sources));
  } else {
    show(session, compiler::to_text(verdict, analysed.sources));
  }
}

void explain_schedule(Session& session,
                      const PolicyAnalysis& analysed,
                      const compiler::Schedule& schedule,
                      const ExplainOptions& options) {
  const std::string& now = options.now;
  std::chrono::local_days from = compiler::first_day;
  if (!now.empty()) {
    const auto day = compiler::parse_date(now);
    if (!day) {
      session.fail(ExitCode::Usage, fmt::format("--now: `{}` is no day", now),
                   "write it as 2027-03-20");
      return;
    }
    from = *day;
  }
  const compiler::Policy& policy = *analysed.analysis.policy;
  const bool json = options.format == "json";
  const auto text = json ? schedule_as_json(policy, schedule, from, analysed.sources)
                         : compiler::explain_schedule(policy, schedule, from, analysed.sources);
  if (!text) {
    session.fail(text.error());
  } else if (json) {
    session.print(*text);
  } else {
    show(session, *text);
  }
}

void report_unknown(Session& session, const PolicyAnalysis& analysed, const std::string& word) {
  std::vector<std::string> known;
  for (const compiler::Schedule& schedule : analysed.analysis.policy->schedules) {
    known.push_back(schedule.name);
  }
  if (analysed.analysis.plan) {
    const std::vector<std::string> ids = compiler::step_ids(*analysed.analysis.plan);
    known.insert(known.end(), ids.begin(), ids.end());
  }
  const std::string guess = did_you_mean(word, known);
  session.fail(ExitCode::Usage, fmt::format("the policy has no schedule and no step `{}`", word),
               guess.empty() ? "`backstay plan FILE -f yaml` shows the ids of all steps; a path "
                               "begins with `/`"
                             : guess);
}

void show_steps(Session& session,
                const PolicyAnalysis& analysed,
                const std::vector<compiler::FoundStep>& steps) {
  std::string text;
  for (const compiler::FoundStep& found : steps) {
    text += text.empty() ? "" : "\n";
    text += compiler::to_text(found, *analysed.analysis.policy, analysed.sources);
  }
  show(session, text);
}

void explain_name(Session& session, const PolicyAnalysis& analysed, const ExplainOptions& options) {
  const auto& schedules = analysed.analysis.policy->schedules;
  const auto schedule =
      std::find_if(schedules.begin(), schedules.end(),
                   [&](const compiler::Schedule& one) { return one.name == options.word; });
  if (schedule != schedules.end()) {
    explain_schedule(session, analysed, *schedule, options);
    return;
  }
  std::vector<compiler::FoundStep> steps;
  if (analysed.analysis.plan) {
    steps = compiler::find_steps(*analysed.analysis.plan, options.word);
  }
  if (steps.empty()) {
    report_unknown(session, analysed, options.word);
  } else if (options.format == "json") {
    session.print(steps_as_json(steps));
  } else {
    show_steps(session, analysed, steps);
  }
}

}  // namespace

void explain_in_policy(Session& session, const ExplainOptions& options) {
  const auto analysed = analyse_file(options.file, options.settings);
  if (!analysed) {
    session.fail(analysed.error());
    return;
  }
  if (analysed->diagnostics.has_errors()) {
    write_stderr(lang::render_all(analysed->diagnostics, analysed->sources,
                                  session.render_options(STDERR_FILENO)));
    session.exit_code = ExitCode::Usage;
  }
  if (!analysed->analysis.policy) {
    return;
  }
  if (options.word.starts_with("/")) {
    explain_path(session, *analysed, options);
  } else {
    explain_name(session, *analysed, options);
  }
}

}  // namespace backstay::cli
