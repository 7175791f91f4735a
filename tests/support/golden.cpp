#include "tests/support/golden.hpp"

#include <chrono>
#include <fstream>
#include <set>
#include <sstream>
#include <tuple>

#include <fmt/format.h>

#include "compiler/compile.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "lang/base/render.hpp"
#include "lang/format/formatter.hpp"
#include "lang/syntax/dump.hpp"
#include "lang/syntax/parser.hpp"

namespace backstay::test {
namespace {

using lang::Diagnostics;
using lang::SourceSet;

constexpr auto kToday = std::chrono::year(2027) / std::chrono::January / 1;

std::string read_text(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

/// What a sample gave.
struct Outcome {
  std::string text;
  bool complete = false;  ///< the tree, text or plan is there
};

std::string findings_text(const Diagnostics& findings, const SourceSet& sources) {
  return lang::render_all(findings, sources, {.color = false, .unicode = true});
}

Outcome run_syntax(const std::string& name, SourceSet& sources, Diagnostics& findings) {
  const lang::FileId id = sources.add(name, read_text(name));
  const lang::Parsed parsed = lang::parse(sources, id, findings);
  const std::string rendered = findings_text(findings, sources);
  return {lang::dump(parsed.file) + (rendered.empty() ? "" : "\n" + rendered),
          !findings.has_errors()};
}

Outcome run_format(const std::string& name, SourceSet& sources, Diagnostics& findings) {
  const lang::FileId id = sources.add(name, read_text(name));
  const auto text = lang::format(sources, id, findings);
  return {text ? *text : findings_text(findings, sources), text.has_value()};
}

Outcome run_compile(const std::string& name,
                    bool show_plan,
                    SourceSet& sources,
                    Diagnostics& findings) {
  // The day on which an `allow` is judged stays the same, so that no sample grows old.
  const compiler::CompileOptions options{.parameters = {},
                                         .today = std::chrono::local_days(kToday)};
  const auto plan = compiler::compile(name, options, compiler::read_source_file, sources, findings);
  if (!plan) {
    return {"error: " + to_string(plan.error()) + "\n", false};
  }
  const std::string rendered = findings_text(findings, sources);
  const bool shown = show_plan && plan->has_value();
  return {shown ? plan::to_yaml(**plan) : rendered, plan->has_value()};
}

Outcome run_kind(std::string_view kind,
                 const std::string& name,
                 SourceSet& sources,
                 Diagnostics& findings) {
  if (kind == "syntax") {
    return run_syntax(name, sources, findings);
  }
  if (kind == "format") {
    return run_format(name, sources, findings);
  }
  if (kind == "diagnostics" || kind == "plan") {
    return run_compile(name, kind == "plan", sources, findings);
  }
  return {"unknown kind of golden test", false};
}

using Finding = std::tuple<std::string, std::size_t, std::string>;  // file, line, code

// The markers of one file: `#~`, any number of `^`, codes.
void collect_markers(const lang::SourceFile& file, std::set<Finding>& markers) {
  for (std::size_t line = 1; line <= file.line_count(); ++line) {
    const std::string_view text = file.line(line);
    std::size_t at = text.find("#~");
    if (at == std::string_view::npos) {
      continue;
    }
    at += 2;
    std::size_t above = 0;
    while (at < text.size() && text[at] == '^') {
      ++above;
      ++at;
    }
    std::istringstream codes{std::string(text.substr(at))};
    for (std::string code; codes >> code && code.starts_with("BST");) {
      markers.emplace(file.name(), line - above, code);
    }
  }
}

std::string marker_mistakes(const SourceSet& sources, const Diagnostics& findings) {
  std::set<Finding> marked;
  for (lang::FileId id = 0; id < sources.size(); ++id) {
    collect_markers(sources.file(id), marked);
  }
  std::set<Finding> reported;
  for (const lang::Diagnostic& finding : findings.all()) {
    const lang::SourceFile& file = sources.file(finding.primary.file);
    reported.emplace(file.name(), file.locate(finding.primary.begin).line, info(finding.kind).code);
  }
  std::string mistakes;
  for (const auto& [file, line, code] : reported) {
    if (!marked.contains({file, line, code})) {
      mistakes += fmt::format("{}:{}: {} is reported, but the line bears no marker `#~ {}`\n", file,
                              line, code, code);
    }
  }
  for (const auto& [file, line, code] : marked) {
    if (!reported.contains({file, line, code})) {
      mistakes += fmt::format("{}:{}: marked `#~ {}`, but nothing is reported\n", file, line, code);
    }
  }
  return mistakes;
}

// The first line that differs, of both.
std::string difference(std::string_view expected, std::string_view actual) {
  std::istringstream left{std::string(expected)};
  std::istringstream right{std::string(actual)};
  std::size_t number = 0;
  while (true) {
    std::string want;
    std::string got;
    const bool more_left = static_cast<bool>(std::getline(left, want));
    const bool more_right = static_cast<bool>(std::getline(right, got));
    ++number;
    if (want != got || more_left != more_right) {
      return fmt::format("line {} of the expected text:\n  expected: {}\n  actual:   {}\n", number,
                         more_left ? want : "(end)", more_right ? got : "(end)");
    }
    if (!more_left) {
      return "the texts differ in their last newline\n";
    }
  }
}

std::string outcome_mistakes(std::string_view kind,
                             const std::string& name,
                             const Outcome& outcome,
                             const Diagnostics& findings) {
  const bool clean = kind == "plan" ? outcome.complete : findings.all().empty() && outcome.complete;
  if (name.starts_with("ok-") && !clean) {
    return "named ok-, but it fails or has findings:\n" + outcome.text;
  }
  if (name.starts_with("fail-") && clean) {
    return "named fail-, but nothing is wrong with it\n";
  }
  return name.starts_with("ok-") || name.starts_with("fail-")
             ? ""
             : "a sample is named ok-… or fail-…\n";
}

}  // namespace

std::string run_golden(std::string_view kind, const std::filesystem::path& sample, bool update) {
  const std::filesystem::path home = std::filesystem::absolute(sample).parent_path();
  const std::string name = sample.filename().string();
  std::filesystem::current_path(home);  // so that findings show the file's name alone
  SourceSet sources;
  Diagnostics findings;
  const Outcome outcome = run_kind(kind, name, sources, findings);
  std::string mistakes =
      outcome_mistakes(kind, name, outcome, findings) + marker_mistakes(sources, findings);
  const std::filesystem::path expected = home / (sample.stem().string() + ".expected");
  if (update) {
    std::ofstream(expected, std::ios::binary) << outcome.text;
  } else if (!std::filesystem::exists(expected)) {
    mistakes += "there is no .expected file; UPDATE_GOLDEN=1 writes it\n";
  } else if (const std::string want = read_text(expected); want != outcome.text) {
    mistakes += difference(want, outcome.text) + "\nactual:\n" + outcome.text;
  }
  return mistakes;
}

}  // namespace backstay::test
