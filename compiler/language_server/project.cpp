#include "compiler/language_server/project.hpp"

#include <algorithm>

#include "lang/syntax/parser.hpp"

namespace backstay::compiler::lsp {
namespace {

// Those of `parameters` that the text declares: one server serves many policies.
std::map<std::string, std::string> declared_ones(
    const std::map<std::string, std::string>& parameters, const std::string& text) {
  std::map<std::string, std::string> declared;
  if (parameters.empty()) {
    return declared;
  }
  lang::SourceSet sources;
  lang::Diagnostics unused;
  const lang::FileId id = sources.add("", text);
  const lang::ast::File tree = lang::parse(sources, id, unused).file;
  for (const lang::ast::Fact& fact : tree.facts) {
    if (fact.word.text == "param" && fact.argument_count > 0) {
      const auto given = parameters.find(std::string(tree.arguments_of(fact).front().text));
      if (given != parameters.end()) {
        declared.insert(*given);
      }
    }
  }
  return declared;
}

void read_tests(const std::vector<std::string>& paths, const FileReader& read, Project& project) {
  for (const std::string& path : paths) {
    auto text = read(path);
    if (!text) {
      continue;
    }
    lang::Diagnostics reported_elsewhere;
    LoadedFile& file = project.tests.emplace_back();
    file.name = path;
    file.test = true;
    const lang::FileId id = project.sources.add(path, std::move(*text));
    file.tree = lang::parse(project.sources, id, reported_elsewhere).file;
  }
}

}  // namespace

const LoadedFile* Project::file(std::string_view path) const {
  for (const std::deque<LoadedFile>* files : {&analysis.loaded.files, &tests}) {
    for (const LoadedFile& one : *files) {
      if (one.name == path) {
        return &one;
      }
    }
  }
  return nullptr;
}

FileRange Project::range_of(const lang::Span& span) const {
  return {sources.file(span.file).name(), span.begin, span.end};
}

std::shared_ptr<const Project> build_project(const ProjectRequest& request,
                                             const FileReader& read) {
  auto project = std::make_shared<Project>();
  project->entry = request.entry;
  const FileReader noting = [&](const std::string& path) {
    project->reads.insert(path);
    return read(path);
  };
  CompileOptions options{.parameters = {}, .today = request.today, .want_plan = false};
  if (const auto text = noting(request.entry)) {
    options.parameters = declared_ones(request.parameters, *text);
  }
  auto analysis = analyse(request.entry, options, noting, project->sources, project->findings);
  if (analysis) {
    project->analysis = std::move(analysis).value();
  } else {
    project->failure = analysis.error();
  }
  read_tests(request.tests, noting, *project);
  project->index = index_symbols(project->analysis.loaded, project->tests, project->sources);
  return project;
}

}  // namespace backstay::compiler::lsp
