// backstay fmt: policies in canonical form.
#include <algorithm>
#include <cstring>
#include <iostream>
#include <iterator>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/output_file.hpp"
#include "cli/standard_error.hpp"
#include "compiler/compile.hpp"
#include "lang/format/formatter.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::cli {
namespace {

struct FmtOptions {
  std::vector<std::string> files;
  bool check = false;
  bool diff = false;
};

Result<std::string> read_input(const std::string& file) {
  if (file != "-") {
    return compiler::read_source_file(file);
  }
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

// diff(1) compares the file as it is (its stdin) with the canonical text (a memory file).
Result<std::string> unified_diff(const std::string& name,
                                 const std::string& before,
                                 const std::string& after) {
  BACKSTAY_ASSIGN(const std::string program, runtime::find_program("diff"));
  const int memory = ::memfd_create("canonical", MFD_CLOEXEC);
  if (memory < 0 ||
      ::write(memory, after.data(), after.size()) != static_cast<ssize_t>(after.size())) {
    return errno_error(errno, "a memory file cannot be written");
  }
  std::size_t sent = 0;
  runtime::Command command{.program = program,
                           .arguments = {"-u", "--label", name, "--label", name + " (canonical)",
                                         "--", "-", "/dev/fd/3"}};
  command.descriptors = {{.ours = memory, .theirs = 3}};
  command.standard_input = [&](std::span<std::byte> buffer) -> Result<std::size_t> {
    const std::size_t count = std::min(buffer.size(), before.size() - sent);
    std::memcpy(buffer.data(), before.data() + sent, count);
    sent += count;
    return count;
  };
  runtime::RealCommandRunner runner;
  auto ended = runner.run(command, {});
  ::close(memory);
  if (!ended) {
    return std::move(ended).error();
  }
  if (ended->signalled || ended->code > 1) {  // 1 means that the two differ
    return Error{.kind = ErrorKind::ToolFailed, .message = "diff: " + ended->errors};
  }
  return ended->output;
}

Result<void> place(Session& session,
                   const FmtOptions& options,
                   const std::string& file,
                   const std::string& before,
                   const std::string& after) {
  const bool differs = before != after;
  if (options.diff && differs) {
    BACKSTAY_ASSIGN(const std::string text, unified_diff(file, before, after));
    session.print(text);
  }
  if (options.check && differs) {
    session.say(fmt::format("{} is not in canonical form", file));
    session.exit_code = ExitCode::Changes;
  }
  if (options.check || options.diff) {
    return {};
  }
  if (file == "-") {
    session.print(after);
    return {};
  }
  if (differs) {
    BACKSTAY_TRY(write_output_file(file, after));
    session.say(fmt::format("formatted {}", file));
  }
  return {};
}

void format_file(Session& session, const FmtOptions& options, const std::string& file) {
  auto text = read_input(file);
  if (!text) {
    session.fail(text.error());
    return;
  }
  lang::SourceSet sources;
  lang::Diagnostics diagnostics;
  const lang::FileId id = sources.add(file == "-" ? "<stdin>" : file, *text);
  const auto formatted = lang::format(sources, id, diagnostics);
  if (!formatted) {
    write_stderr(lang::render_all(diagnostics, sources, session.render_options(STDERR_FILENO)));
    session.exit_code = ExitCode::Usage;
    return;
  }
  if (const auto placed = place(session, options, file, *text, *formatted); !placed) {
    session.fail(placed.error());
  }
}

}  // namespace

void add_fmt(CLI::App& app, Session& session) {
  const auto options = std::make_shared<FmtOptions>();
  CLI::App* verb = app.add_subcommand("fmt", "Bring policies into canonical form");
  verb->add_option("FILE", options->files, "Policies; `-` reads stdin and writes stdout")
      ->required();
  verb->add_flag("--check", options->check, "Change nothing; exit 4 where something would change");
  verb->add_flag("--diff", options->diff, "Change nothing; print what would change");
  verb->footer("Examples:\n  backstay fmt controller.stay\n  backstay fmt --check --diff *.stay");
  verb->callback([options, &session] {
    for (const std::string& file : options->files) {
      format_file(session, *options, file);
    }
  });
}

}  // namespace backstay::cli
