// argv → one call of one command.
#include <algorithm>
#include <clocale>
#include <csignal>
#include <exception>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/standard_error.hpp"
#include "cli/usage.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/target/watched_run.hpp"

namespace backstay::cli {
namespace {

constexpr std::string_view kExamples =
    "Examples:\n"
    "  backstay init                                         a first policy for this host\n"
    "  backstay check controller.stay                        every mistake, offline\n"
    "  backstay plan controller.stay -o controller.plan.yaml what will be done, for review\n"
    "  backstay store init controller.plan.yaml              make the store, once\n"
    "  backstay run controller.plan.yaml --dry-run           look at this host, change nothing\n"
    "  backstay run controller.plan.yaml                     back up\n"
    "  backstay restore controller.plan.yaml --dry-run       what a restore would do\n";

void add_global_options(CLI::App& app, Session& session) {
  app.set_version_flag("--version", "backstay " BACKSTAY_VERSION);
  const auto set_color = [&session](const std::string& word) {
    session.color = word == "always" ? Color::Always : word == "never" ? Color::Never : Color::Auto;
  };
  app.add_option_function<std::string>("--color", set_color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  app.add_flag("-q,--quiet", session.quiet, "No messages but errors");
  // What the environment says is said to the next call, too.
  const auto keep_word = [&session](const char* option, const char* variable,
                                    const std::string& directory) {
    const char* const environment = std::getenv(variable);
    if (environment == nullptr || directory != environment)
      session.directory_words += fmt::format(" {} {}", option, runtime::shell_words({directory}));
  };
  const auto set_config = [&session, keep_word](const std::string& directory) {
    keep_word("--config-dir", "BACKSTAY_CONFIG_DIR", directory);
    session.config_dir = directory;
    // Why: where snapshots are read, there may be no session; whom to believe must not depend on
    // it.
    ::setenv("BACKSTAY_CONFIG_DIR", directory.c_str(), 1);
  };
  app.add_option_function<std::string>("--config-dir", set_config, "Instead of /etc/backstay")
      ->envname("BACKSTAY_CONFIG_DIR");
  const auto set_state = [&session, keep_word](const std::string& directory) {
    keep_word("--state-dir", "BACKSTAY_STATE_DIR", directory);
    session.state_dir = directory;
  };
  app.add_option_function<std::string>("--state-dir", set_state, "Instead of /var/lib/backstay")
      ->envname("BACKSTAY_STATE_DIR");
}

void add_commands(CLI::App& app, Session& session) {
  add_init(app, session);
  add_import(app, session);
  add_check(app, session);
  add_fmt(app, session);
  add_explain(app, session);
  add_plan(app, session);
  add_show(app, session);
  add_simulate(app, session);
  add_test(app, session);
  add_diff(app, session);
  add_graph(app, session);
  add_store(app, session);
  add_approve(app, session);
  add_export(app, session);
  add_run(app, session);
  add_restore(app, session);
  add_receive(app, session);
  add_recover(app, session);
  add_doctor(app, session);
  add_drill(app, session);
  add_hold(app, session);
  add_fetch(app, session);
  add_prune(app, session);
  add_list(app, session);
  add_ls(app, session);
  add_changes(app, session);
  add_lsp(app, session);
  add_verify(app, session);
  add_schedule(app, session);
  add_status(app, session);
  add_report(app, session);
  add_logs(app, session);
  add_catalogue(app, session);
  add_completion(app, session);
}

int run(int argc, char** argv) {
  Session session;
  CLI::App app("Backup and recovery from a checked policy", "backstay");
  app.require_subcommand(1);
  app.fallthrough();
  add_global_options(app, session);
  add_commands(app, session);
  app.footer(std::string(kExamples));  // after the verbs: those without one would inherit it
  if (const auto stall = runtime::read_stall_time(); !stall) {
    session.fail(stall.error());
    return static_cast<int>(session.exit_code);
  }
  if (!has_no_empty_word({argv + std::min(argc, 1), argv + argc}, session)) {
    return static_cast<int>(session.exit_code);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // --help, --version
    std::ostringstream text;
    (void)app.exit(done, text, text);
    session.print(text.str());
  } catch (const CLI::ParseError& mistake) {
    report_usage(app, mistake, session);
  }
  return static_cast<int>(session.exit_code);
}

}  // namespace

/// Where the caller closed stdin, stdout or stderr, no file that is opened may take their place:
/// messages would be written into it.
void fill_standard_descriptors() {
  int opened = 0;
  while (opened >= 0 && opened <= STDERR_FILENO)
    opened = ::open("/dev/null", O_RDWR);
  if (opened >= 0)
    ::close(opened);
}

}  // namespace backstay::cli

int main(int argc, char** argv) {
  backstay::cli::fill_standard_descriptors();
  // Why: a policy is made of millions of small pieces that are freed in bulk. Putting the pieces of
  // glibc's fast bins together again costs a sixth of the time of a large compilation.
  ::mallopt(M_MXFAST, 0);
  std::setlocale(LC_CTYPE, "");
  std::signal(SIGPIPE,
              SIG_IGN);  // NOLINT(bugprone-unused-return-value): a closed pipe is an error value
  try {
    return backstay::cli::run(argc, argv);
  } catch (const std::exception& bug) {
    backstay::cli::write_stderr(fmt::format("backstay: internal error: {}\n", bug.what()));
    return static_cast<int>(backstay::cli::ExitCode::Internal);
  }
}
