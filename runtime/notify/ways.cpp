#include "runtime/notify/ways.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/steps/commands.hpp"
#include "runtime/system/redact.hpp"
#include "runtime/system/secret_source.hpp"
#include "runtime/system/text_input.hpp"

namespace backstay::runtime {
namespace {

// An address answers or it does not; a command of the operator may talk to something slow.
constexpr std::chrono::seconds kLongestCall{30};
constexpr std::chrono::seconds kLongestCommand{60};
constexpr int kCurlTimedOut = 28;  // curl(1), "EXIT CODES"
constexpr std::size_t kLongestAddress = 8192;

/// A run that was interrupted is told as well.
const std::stop_token kNeverStopped = {};

/// The first line of a secret. Errors: as read_secret; Credentials where it is no http address.
Result<std::string> read_address(World& world, const plan::Plan& plan, const std::string& name) {
  const plan::Secret* secret = plan.secret(name);
  BACKSTAY_CHECK(secret != nullptr, "plan::verify proves that secrets of notifies are declared");
  BACKSTAY_ASSIGN(const auto file, read_secret(*secret, world.commands, kNeverStopped));
  std::string address(kLongestAddress, '\0');
  const ssize_t size = ::pread(file.descriptor(), address.data(), address.size(), 0);
  address.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
  address = address.substr(0, address.find_first_of("\r\n"));
  if (!address.starts_with("https://") && !address.starts_with("http://")) {
    return Error{.kind = ErrorKind::Credentials,
                 .message = fmt::format("secret {} holds no address to call", name),
                 .hint = "its first line must begin with `https://`"};
  }
  return address;
}

/// In double quotes, for curl's configuration file (curl(1), "--config").
std::string curl_quoted(const std::string& text) {
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') {
      quoted += '\\';
    }
    quoted += letter;
  }
  return quoted + "\"";
}

std::string without(std::string text, const std::string& secret) {
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "***");
  }
  return redact_secrets(text);
}

/// In words without the address, which curl's own may hold (curl(1), "EXIT CODES").
std::string_view why(const Exit& exit) {
  if (exit.signalled)
    return "";
  switch (exit.code) {
    case 6:
      return ": the name of the host is not known";
    case 7:
      return ": nobody answers there";
    case 22:
      return ": the answer was an error";
    case kCurlTimedOut:
      return ": there was no answer in time";
    case 35:
      return ": no TLS could be agreed on";
    case 60:
      return ": its certificate is not one that this machine trusts";
    default:
      return "";
  }
}

Result<void> call(World& world, const std::string& address, const std::string& body) {
  Command curl;
  BACKSTAY_ASSIGN(curl.program, find_program("curl"));
  // Not the configuration of whoever runs us; no redirect, which could name another address.
  curl.arguments = {"--disable", "--silent",  "--show-error", "--fail",      "--max-time", "20",
                    "--output",  "/dev/null", "--proto",      "=http,https", "--config",   "-"};
  curl.standard_input = text_input(
      fmt::format("url = {}\nheader = \"Content-Type: application/json\"\ndata-raw = {}\n",
                  curl_quoted(address), curl_quoted(body)));
  curl.deadline = kLongestCall;
  BACKSTAY_ASSIGN(const Exit exit, world.commands.run(curl, kNeverStopped));
  if (!exit.ok()) {
    const bool silent = !exit.signalled && exit.code == kCurlTimedOut;
    return Error{.kind = silent ? ErrorKind::Timeout : ErrorKind::ToolFailed,
                 .message = fmt::format("curl ended with {}{}", describe(exit), why(exit)),
                 .hint = without(exit.errors, address),
                 .retry = Retry::Temporary};
  }
  return {};
}

/// `/fail` behind the path: what switches of this kind understand as "it ran, and failed".
std::string with_fail(std::string address) {
  const std::size_t end = std::min(address.find_first_of("?#"), address.size());
  return address.insert(end, address[end - 1] == '/' ? "fail" : "/fail");
}

Result<void> mail(World& world, const std::string& to, const Notice& notice) {
  Command sendmail;
  BACKSTAY_ASSIGN(sendmail.program, find_program("sendmail"));
  sendmail.arguments = {"-i", "--", to};
  sendmail.standard_input =
      text_input(fmt::format("To: {}\nSubject: [backstay] {}\nAuto-Submitted: auto-generated\n"
                             "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{}",
                             to, subject_of(notice), text_of(notice)));
  sendmail.deadline = kLongestCall;
  BACKSTAY_ASSIGN(const Exit exit, world.commands.run(sendmail, kNeverStopped));
  return accept_exit({"sendmail"}, {0}, exit);
}

Result<void> run_command(World& world,
                         const std::vector<std::string>& words,
                         const Notice& notice) {
  BACKSTAY_ASSIGN(Command command, command_of(words));
  command.environment = {{"BACKSTAY_OUTCOME", notice.outcome},
                         {"BACKSTAY_POLICY", notice.end.policy},
                         {"BACKSTAY_RUN", notice.end.run_id},
                         {"BACKSTAY_STATUS", notice.end.status}};
  command.standard_input = text_input(json_of(notice) + "\n");
  command.deadline = kLongestCommand;
  BACKSTAY_ASSIGN(const Exit exit, world.commands.run(command, kNeverStopped));
  return accept_exit(words, {0}, exit);
}

Result<void> send_once(World& world,
                       const plan::Plan& plan,
                       const plan::Notify& notify,
                       const std::string& way,
                       const Notice& notice) {
  if (way == "mail") {
    return mail(world, notify.mail, notice);
  }
  if (way == "command") {
    return run_command(world, notify.command, notice);
  }
  BACKSTAY_ASSIGN(
      const auto address,
      read_address(world, plan, way == "webhook" ? notify.webhook : notify.healthcheck));
  const bool fails = way == "healthcheck" && notice.end.failure.has_value();
  return call(world, fails ? with_fail(address) : address, json_of(notice));
}

}  // namespace

std::vector<std::string> ways_for(const plan::Notify& notify, const std::string& outcome) {
  const auto named = [&notify](const std::string& word) {
    return std::find(notify.outcomes.begin(), notify.outcomes.end(), word) != notify.outcomes.end();
  };
  const bool told = named(outcome) || (outcome == "recovery" && named("success"));
  std::vector<std::string> ways;
  const auto add = [&ways](bool there, const char* way) {
    if (there) {
      ways.emplace_back(way);
    }
  };
  add(!notify.healthcheck.empty(), "healthcheck");
  add(told && !notify.webhook.empty(), "webhook");
  add(told && !notify.mail.empty(), "mail");
  add(told && !notify.command.empty(), "command");
  return ways;
}

Result<void> send(World& world,
                  const plan::Plan& plan,
                  const plan::Notify& notify,
                  const std::string& way,
                  const Notice& notice,
                  const Patience& patience) {
  auto pause = patience.pause;
  for (int left = patience.tries;; pause *= 2) {
    auto sent = send_once(world, plan, notify, way, notice);
    // What did not answer in all that time is asked again with the next notice, not now.
    const bool again = !sent && sent.error().kind == ErrorKind::ToolFailed;
    if (!again || --left <= 0) {
      return sent;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace backstay::runtime
