#include "cli/plan_version.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/output_file.hpp"
#include "cli/plan_file.hpp"
#include "cli/standard_error.hpp"
#include "compiler/load/source_reader.hpp"
#include "compiler/plan/plan_yaml.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::cli {
namespace {

/// `REV:path` in its parts; `revision` is empty for a file of the working tree.
struct VersionName {
  std::string revision;
  std::string path;
};

// A colon before any slash divides, as git(1) reads it; a file of that very name comes first.
VersionName split(const std::string& name) {
  std::error_code ignored;
  const std::size_t colon = name.find(':');
  const bool divided = colon != std::string::npos && colon > 0 && name.find('/') > colon;
  if (!divided || std::filesystem::exists(name, ignored)) {
    return {.revision = {}, .path = name};
  }
  return {.revision = name.substr(0, colon), .path = name.substr(colon + 1)};
}

// `git show REV:./path`, with the current directory as the place that `./` means.
Result<std::string> show_revision(const std::string& revision, const std::string& path) {
  BACKSTAY_ASSIGN(const std::string git, runtime::find_program("git"));
  runtime::RealCommandRunner runner;
  const runtime::Command command{
      .program = git,
      .arguments = {"-C", std::filesystem::current_path().string(), "show", "--no-color",
                    "--end-of-options", fmt::format("{}:./{}", revision, path)}};
  BACKSTAY_ASSIGN(auto exit, runner.run(command, {}));
  if (!exit.ok()) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("git has no `{}:{}`: {}", revision, path, exit.errors),
                 .hint = "name a revision and a path that is in it, relative to this directory"};
  }
  return std::move(exit.output);
}

Result<plan::Plan> compile_version(Session& session,
                                   const VersionName& version,
                                   const std::vector<std::string>& settings) {
  compiler::CompileOptions options;
  BACKSTAY_ASSIGN(options.parameters, parse_settings(settings));
  const compiler::FileReader files = compiler::source_reader(version.path);
  const compiler::FileReader read = [&](const std::string& path) -> Result<std::string> {
    return version.revision.empty() ? files(path) : show_revision(version.revision, path);
  };
  lang::SourceSet sources;
  lang::Diagnostics diagnostics;
  BACKSTAY_ASSIGN(auto plan, compiler::compile(version.path, options, read, sources, diagnostics));
  if (!plan) {
    write_stderr(lang::render_all(diagnostics, sources, session.render_options(STDERR_FILENO)));
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("`{}{}{}` does not compile", version.revision,
                                        version.revision.empty() ? "" : ":", version.path)};
  }
  return *std::move(plan);
}

}  // namespace

Result<plan::Plan> read_plan_version(Session& session,
                                     const std::string& name,
                                     const std::vector<std::string>& settings) {
  const VersionName version = split(name);
  if (version.path.ends_with(".stay")) {
    return compile_version(session, version, settings);
  }
  if (version.revision.empty()) {
    BACKSTAY_ASSIGN(auto file, read_plan_file(version.path));
    return std::move(file.plan);
  }
  BACKSTAY_ASSIGN(const std::string bytes, show_revision(version.revision, version.path));
  return plan::from_yaml(bytes, name);
}

}  // namespace backstay::cli
