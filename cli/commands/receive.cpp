// backstay receive: the far end of copies by ssh. It is the forced command of a key, and the key
// can do nothing else with it than add copies and read them.
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/execution.hpp"
#include "cli/output_file.hpp"
#include "cli/standard_error.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/units.hpp"
#include "runtime/target/receive_server.hpp"

namespace backstay::cli {
namespace {

struct ReceiveOptions {
  runtime::ReceiveLimits limits;
  std::string grace = "7d";
};

runtime::ReceiveLine standard_line() {
  return {.read = [](std::span<std::byte> room) -> Result<std::size_t> {
            const ssize_t size = ::read(STDIN_FILENO, room.data(), room.size());
            if (size < 0)
              return errno_error(errno, "reading the request");
            return static_cast<std::size_t>(size);
          },
          .write = [](std::string_view bytes) -> Result<void> {
            while (!bytes.empty()) {
              const ssize_t size = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
              if (size < 0 && errno != EINTR)
                return errno_error(errno, "writing the reply");
              bytes.remove_prefix(size < 0 ? 0 : static_cast<std::size_t>(size));
            }
            return {};
          }};
}

/// Becomes rsync; its lock goes along and ends with it. Returns only when it could not.
Error become(const runtime::RsyncServer& server) {
  (void)::fcntl(server.lock.descriptor(), F_SETFD, 0);
  std::vector<std::string> words = server.arguments;
  words.insert(words.begin(), "rsync");
  std::vector<char*> arguments;
  for (std::string& word : words)
    arguments.push_back(word.data());
  arguments.push_back(nullptr);
  std::string path = "PATH=/usr/bin:/bin";
  std::string language = "LANG=C.UTF-8";
  char* environment[] = {path.data(), language.data(), nullptr};
  sigset_t none;
  sigemptyset(&none);
  (void)::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  ::umask(077);
  ::execve(server.program.c_str(), arguments.data(), environment);
  return errno_error(errno, "cannot become `" + server.program + "`");
}

Result<void> receive(Execution& execution, ReceiveOptions& options) {
  options.limits.store = absolute_path(options.limits.store);
  const auto grace = parse_duration(options.grace);
  if (!grace) {
    return Error{.kind = ErrorKind::Usage, .message = "--grace takes a duration such as `7d`"};
  }
  options.limits.grace = std::chrono::seconds(grace->seconds);
  const char* asked = std::getenv("SSH_ORIGINAL_COMMAND");
  if (asked == nullptr) {
    return Error{
        .kind = ErrorKind::Usage,
        .message = "`receive` is the forced command of an ssh key, and ssh did not call it",
        .hint =
            "write into authorized_keys: restrict,command=\"backstay receive --store "
            "DIR\" ssh-ed25519 …"};
  }
  if (runtime::asks_for_rsync(asked)) {
    BACKSTAY_ASSIGN(const auto server,
                    runtime::admit_rsync(execution.world(), options.limits, asked));
    return become(server);
  }
  const auto command = runtime::parse_receive_command(asked);
  if (!command) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("this key may not run `{}`",
                                        printable(std::string(asked).substr(0, 200)))};
  }
  return runtime::serve_request(execution.world(), options.limits, *command, standard_line(),
                                execution.stop());
}

}  // namespace

void add_receive(CLI::App& app, Session& session) {
  const auto options = std::make_shared<ReceiveOptions>();
  CLI::App* verb = app.add_subcommand(
      "receive", "Take copies from other machines: the forced command of an ssh key");
  verb->add_option("--store", options->limits.store, "Directory of the store")->required();
  verb->add_option("--host", options->limits.hosts,
                   "Only snapshots of this host of a policy; may be repeated (default: all)")
      ->allow_extra_args(false);
  verb->add_flag("--may-remove", options->limits.may_remove,
                 "`backstay prune` of the host may move copies to the trash here");
  verb->add_option("--grace", options->grace,
                   "How long a removed copy lies in the trash at least, by this machine's clock "
                   "(default: 7d)");
  verb->footer(
      "It adds copies and gives them back, and can neither change nor delete one unless "
      "--may-remove says so. In authorized_keys:\n\n"
      "  restrict,command=\"/usr/bin/backstay receive --store /srv/archive --host ctl01\" "
      "ssh-ed25519 AAAA…");
  verb->callback([options, &session] {
    Execution execution(session, OutputFormat::Text);
    if (const auto done = receive(execution, *options); !done) {
      if (done.error().kind == ErrorKind::Refused)
        write_stderr("backstay-refused: ");
      execution.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
