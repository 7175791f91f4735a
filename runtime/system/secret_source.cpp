#include "runtime/system/secret_source.hpp"

#include <chrono>
#include <cstdlib>
#include <cstring>

namespace backstay::runtime {
namespace {

/// A vault that does not answer must not hold a run up.
std::chrono::seconds longest_command() {
#ifdef BACKSTAY_FAILPOINTS
  // Tests do not wait for a minute.
  if (const char* seconds = std::getenv("BACKSTAY_TEST_SECRET"))
    return std::chrono::seconds(std::atoi(seconds));
#endif
  return std::chrono::seconds(60);
}

Error refused(const plan::Secret& secret, const std::string& why, std::string hint) {
  return {.kind = ErrorKind::Credentials,
          .message = "secret " + secret.name + " " + why,
          .hint = std::move(hint)};
}

Result<SecretFile> read_credential(const plan::Secret& secret) {
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (directory == nullptr) {
    return refused(
        secret, "is a credential of systemd, and this process has none",
        "run it from a unit with LoadCredential=" + secret.credential +
            ":…, or try it with systemd-run --property=LoadCredential=" + secret.credential + ":…");
  }
  return open_secret(std::string(directory) + "/" + secret.credential);
}

Result<SecretFile> read_output(const plan::Secret& secret,
                               CommandRunner& runner,
                               std::stop_token stop) {
  Command command;
  BACKSTAY_ASSIGN(command.program, find_program(secret.command.front()));
  command.arguments.assign(secret.command.begin() + 1, secret.command.end());
  command.deadline = longest_command();
  auto ended = runner.run(command, std::move(stop));
  if (!ended && ended.error().kind == ErrorKind::Timeout) {
    return refused(secret,
                   "cannot be read: its command gave no answer within " +
                       std::to_string(longest_command().count()) + " s",
                   "is the secret store up? Run the command by hand");
  }
  BACKSTAY_ASSIGN(Exit exit, std::move(ended));
  Result<SecretFile> kept =
      refused(secret, "is empty: its command printed nothing", "run the command by hand");
  if (!exit.ok()) {
    kept = refused(secret, "cannot be read: its command ended with " + describe(exit),
                   "run the command by hand: what it said is not shown, for it may be secret");
  } else if (!exit.output.empty()) {
    kept = make_secret(secret.name, exit.output);
  }
  ::explicit_bzero(exit.output.data(), exit.output.size());
  return kept;
}

}  // namespace

Result<SecretFile> read_secret(const plan::Secret& secret,
                               CommandRunner& runner,
                               std::stop_token stop) {
  if (!secret.file.empty())
    return open_secret(secret.file);
  if (!secret.credential.empty())
    return read_credential(secret);
  if (!secret.command.empty())
    return read_output(secret, runner, std::move(stop));
  return refused(secret, "has no source", "give it a file, a credential or a command");
}

}  // namespace backstay::runtime
