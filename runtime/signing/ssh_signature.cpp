#include "runtime/signing/ssh_signature.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <utility>

#include "runtime/system/secrets.hpp"
#include "runtime/system/text_input.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kTool = "ssh-keygen";
// Descriptors in the child.
constexpr int kAllowed = 3;
constexpr int kSignature = 4;
constexpr const char* kAllowedPath = "/dev/fd/3";
constexpr const char* kSignaturePath = "/dev/fd/4";
// A check is a matter of milliseconds; a token that is asked is not asked unattended.
constexpr std::chrono::seconds kLongestSigning{60};

bool holds(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

/// In the words of ssh-keygen, where they are not known.
Error not_good(const Exit& exit) {
  const auto why = [&]() -> std::string {
    if (holds(exit.errors, "expired") || holds(exit.errors, "not yet valid"))
      return "the time in which its key may sign is over or has not begun";
    if (holds(exit.errors, "No principal matched"))
      return "its key is none of the allowed signers'";
    if (holds(exit.errors, "incorrect signature"))
      return "what was signed has changed since";
    if (holds(exit.errors, "namespace"))
      return "it was signed for something else";
    const std::string said = first_line(exit.errors);
    // Of a name and a key that no line of the list has together it says nothing.
    return said.empty() ? "its key is none of the allowed signers'" : said;
  };
  return {.kind = ErrorKind::Verification, .message = "the signature is not good: " + why()};
}

/// The last word of `Good "…" signature for … with ED25519 key SHA256:…`.
std::string key_in(const std::string& output) {
  const std::string line = first_line(output);
  return line.substr(line.rfind(' ') + 1);
}

Error cannot_sign(const std::string& key, const std::string& said) {
  return {.kind = ErrorKind::Credentials,
          .message = "`" + key + "` does not sign: " + (said.empty() ? "ssh-keygen failed" : said),
          .hint =
              "give a private key of ssh that you may read, or, of a key that an agent holds, "
              "its public half"};
}

}  // namespace

Result<Signer> check_signature(CommandRunner& commands,
                               const SignedText& text,
                               const std::string& allowed,
                               const std::string& principal,
                               std::stop_token stop) {
  BACKSTAY_ASSIGN(const std::string program, find_program(kTool));
  BACKSTAY_ASSIGN(const SecretFile list, make_secret("the allowed signers", allowed));
  BACKSTAY_ASSIGN(const SecretFile signature, make_secret("a signature", text.signature));
  Command command{.program = program,
                  .arguments = {"-Y", "find-principals", "-s", kSignaturePath, "-f", kAllowedPath},
                  .descriptors = {{.ours = list.descriptor(), .theirs = kAllowed},
                                  {.ours = signature.descriptor(), .theirs = kSignature}},
                  .deadline = kLongestSigning};
  Signer signer{.principal = principal, .key = {}};
  if (principal.empty()) {
    BACKSTAY_ASSIGN(const Exit found, commands.run(command, stop));
    if (!found.ok())
      return not_good(found);
    signer.principal = first_line(found.output);
  }
  command.arguments = {"-Y", "verify",       "-n", text.space,  "-I", signer.principal,
                       "-s", kSignaturePath, "-f", kAllowedPath};
  command.standard_input = text_input(text.text);
  BACKSTAY_ASSIGN(const Exit exit, commands.run(command, stop));
  if (!exit.ok())
    return not_good(exit);
  signer.key = key_in(exit.output);
  return signer;
}

Result<std::string> sign_unattended(CommandRunner& commands,
                                    const std::string& key,
                                    const char* space,
                                    const std::string& text) {
  BACKSTAY_ASSIGN(const std::string program, find_program(kTool));
  Command command{.program = program,
                  .arguments = {"-Y", "sign", "-q", "-n", space, "-f", key},
                  .standard_input = text_input(text),
                  .deadline = kLongestSigning};
  const char* agent = std::getenv("SSH_AUTH_SOCK");
  if (agent != nullptr && key.ends_with(".pub"))
    command.environment["SSH_AUTH_SOCK"] = agent;
  BACKSTAY_ASSIGN(const Exit exit, commands.run(command, {}));
  if (!exit.ok() || !exit.took_all_input || !exit.output.starts_with(kArmour))
    return cannot_sign(key, first_line(exit.errors));
  return exit.output;
}

}  // namespace backstay::runtime
