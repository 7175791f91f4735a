#include "cli/new_policy.hpp"

#include <filesystem>

#include <fmt/format.h>
#include <unistd.h>

#include "cli/output_file.hpp"
#include "cli/standard_error.hpp"
#include "compiler/compile.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {

Result<void> place_new_policy(Session& session, const std::string& path, const std::string& text) {
  if (path == "-") {
    session.print(text);
    return {};
  }
  runtime::RealFilesystem files;
  const std::string target = absolute_path(path);
  const Error in_the_way{
      .kind = ErrorKind::Usage,
      .message = fmt::format("`{}` is there already, and is never written over", path),
      .hint = "name another file with `-o FILE`, or print the draft with `-o -`"};
  BACKSTAY_ASSIGN(const bool there, runtime::is_there(files, target));
  if (there) {
    return in_the_way;
  }
  const std::string beside = target + ".new-" + runtime::random_hex8();
  Result<void> placed = runtime::write_new_file(files, beside, text, 0644);
  if (placed) {
    placed = files.rename_no_replace(beside, target);
  }
  if (!placed) {
    (void)files.unlink(beside);
    const auto now_there = runtime::is_there(files, target);
    return now_there && *now_there ? Result<void>(in_the_way) : placed;
  }
  return files.sync_directory(std::filesystem::path(target).parent_path().string());
}

bool report_findings(Session& session, const std::string& name, const std::string& text) {
  lang::SourceSet sources;
  lang::Diagnostics findings;
  const compiler::FileReader reader = [&](const std::string& path) -> Result<std::string> {
    if (path != name) {
      return Error{.kind = ErrorKind::NotFound, .message = path};
    }
    return text;
  };
  const auto compiled =
      compiler::analyse(name, {.parameters = {}, .want_plan = false}, reader, sources, findings);
  if (!compiled) {
    session.fail(compiled.error());
    return false;
  }
  if (findings.all().empty()) {
    return true;
  }
  write_stderr(lang::render_all(findings, sources, session.render_options(STDERR_FILENO)));
  if (findings.has_errors()) {
    session.exit_code = ExitCode::Usage;
  }
  return false;
}

}  // namespace backstay::cli
