#include "compiler/language_server/published_findings.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "compiler/policy_test/run_tests.hpp"
#include "lang/base/withheld.hpp"

namespace backstay::compiler::lsp {
namespace {

using lang::Diagnostic;
using lang::DiagnosticKind;

bool is_editable(const Project& project, const lang::Span& span) {
  const std::string& name = project.sources.file(span.file).name();
  return name.starts_with('/') && !is_stand_in(name);
}

// Where the finding is shown.
lang::Span place_of(const Project& project, const Diagnostic& finding) {
  if (is_editable(project, finding.primary)) {
    return finding.primary;
  }
  for (const lang::Label& label : finding.labels) {
    if (is_editable(project, label.span)) {
      return label.span;
    }
  }
  const auto& files = project.analysis.loaded.files;
  if (files.empty() || files.front().tree.facts.empty()) {
    return {};
  }
  return files.front().tree.facts.front().span;
}

// What a library cannot be blamed for while no policy imports it.
bool concerns_the_policy(DiagnosticKind kind) {
  const std::string_view code = lang::info(kind).code;
  const char family = code[4];
  return family == '4' || family == '5' || family == '6' || family == '8' ||
         kind == DiagnosticKind::UncoveredService || kind == DiagnosticKind::UnusedDeclaration;
}

std::vector<Diagnostic> findings_of(const Project& project) {
  std::vector<Diagnostic> findings = project.findings.sorted();
  if (is_stand_in(project.entry)) {
    std::erase_if(findings,
                  [](const Diagnostic& finding) { return concerns_the_policy(finding.kind); });
  }
  return findings;
}

// Of its policy a file of tests shows nothing.
FileFindings run_file(const Workspace& workspace, const std::string& path) {
  auto project = std::make_shared<Project>();
  project->entry = path;
  const auto ran = run_tests(
      path, {.parameters = workspace.parameters(), .today = workspace.today()},
      [&](const std::string& file) { return workspace.read(file); }, project->sources,
      project->findings);
  FileFindings shown;
  const lang::Withheld withheld(project->sources);
  for (const Diagnostic& finding : project->findings.sorted()) {
    if (project->sources.file(finding.primary.file).name() == path) {
      shown.findings.push_back({withheld.finding(finding), finding.primary, project});
    }
  }
  if (!ran || !ran->has_value()) {
    return shown;
  }
  for (const TestOutcome& outcome : **ran) {
    for (const TestFailure& failure : outcome.failures) {
      shown.failed.push_back({{path, failure.span.begin, failure.span.end},
                              "test \"" + outcome.name + "\" fails: " + failure.found});
    }
  }
  return shown;
}

}  // namespace

FileFindings findings_in(Workspace& workspace, const std::string& path) {
  if (workspace.role_of(path) == FileRole::Test) {
    return run_file(workspace, path);
  }
  FileFindings shown;
  std::set<std::tuple<DiagnosticKind, std::uint32_t, std::uint32_t, std::string>> seen;
  for (const auto& project : workspace.projects_of(path)) {
    const lang::Withheld withheld(project->sources);
    for (const Diagnostic& finding : findings_of(*project)) {
      const lang::Span place = place_of(*project, finding);
      if (project->sources.file(place.file).name() == path &&
          seen.emplace(finding.kind, place.begin, place.end, finding.message).second) {
        shown.findings.push_back({withheld.finding(finding), place, project});
      }
    }
  }
  return shown;
}

std::string message_of(const Diagnostic& finding) {
  std::string message = finding.message;
  message += finding.primary_label.empty() ? "" : "\n" + finding.primary_label;
  for (const std::string& line : finding.witness) {
    message += "\nwitness: " + line;
  }
  if (!finding.help.empty()) {
    message += "\nhelp: " + finding.help;
  }
  return message;
}

std::vector<std::string> files_around(Workspace& workspace, const std::string& path) {
  std::set<std::string> files = {path};
  for (const auto& project : workspace.projects_of(path)) {
    for (const std::deque<LoadedFile>* held : {&project->analysis.loaded.files, &project->tests}) {
      for (const LoadedFile& file : *held) {
        if (file.name.starts_with('/') && !is_stand_in(file.name)) {
          files.insert(file.name);
        }
      }
    }
  }
  return {files.begin(), files.end()};
}

}  // namespace backstay::compiler::lsp
