#include "runtime/mirror/far_place.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "runtime/archive/shell_commands.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/target/receiver.hpp"
#include "runtime/target/rsync_run.hpp"
#include "runtime/target/rsync_target.hpp"

namespace backstay::runtime {
namespace {

// Work there that prints nothing for long, as hashing an image: ssh itself notices a line that is
// dead (ServerAliveInterval), and the run has its deadline.
constexpr std::chrono::seconds kSilentWork{86400};

// A link is no file here, wherever it leads.
constexpr const char* kHash =
    "cd -- \"$1\" && exec xargs -0 -r sh -c 'for name; do "
    "if [ -f \"./$name\" ] && [ ! -L \"./$name\" ]; then sha256sum -z -- \"./$name\"; fi; done; "
    "true' sh";

std::function<Result<std::size_t>(std::span<std::byte>)> from_text(std::string_view text) {
  const auto left = std::make_shared<std::string_view>(text);
  return [left](std::span<std::byte> room) -> Result<std::size_t> {
    const std::size_t size = std::min(room.size(), left->size());
    std::copy_n(reinterpret_cast<const std::byte*>(left->data()), size, room.begin());
    left->remove_prefix(size);
    return size;
  };
}

std::string without_end(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
    text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

// ssh's own page about a host key is long, and there may be many hosts in one message.
Error plain_error(const std::string& what, const SshPeer& peer, const Exit& exit) {
  Error error = connection_error(what, peer, exit);
  if (error.kind == ErrorKind::Refused && exit.errors.find("ost key") != std::string::npos)
    error.message =
        fmt::format("the host key of {} is not the one that is known", peer.destination);
  return error;
}

}  // namespace

Result<FarPlace> FarPlace::of_target(World& world,
                                     const plan::Plan& plan,
                                     const plan::Target& target) {
  if (target.kind == "directory") {
    SshPeer here;
    here.path = target.path;
    here.stall = stall_time();
    return FarPlace(world, std::move(here));
  }
  if (target.kind != "rsync") {
    return Error{
        .kind = ErrorKind::ToolMissing,
        .message = fmt::format("target {} of kind {} takes no mirror", target.name, target.kind),
        .hint = "mirror to a target with `rsync` or `directory`"};
  }
  BACKSTAY_ASSIGN(SshPeer peer, SshPeer::open(world, plan, target));
  return FarPlace(world, std::move(peer));
}

Result<FarPlace> FarPlace::of_host(World& world,
                                   const plan::Plan& plan,
                                   const std::string& host,
                                   const std::string& here,
                                   const std::string& directory) {
  if (host == here) {
    SshPeer local;
    local.path = directory;
    local.stall = stall_time();
    return FarPlace(world, std::move(local));
  }
  const auto found = std::find_if(plan.hosts.begin(), plan.hosts.end(),
                                  [&](const plan::Host& one) { return one.name == host; });
  BACKSTAY_CHECK(found != plan.hosts.end(), "plan::verify proves that the host exists");
  const std::string& address = found->address.empty() ? found->name : found->address;
  const std::string user = found->user.empty() ? "" : found->user + "@";
  plan::Target target;
  target.name = host;
  target.kind = "rsync";
  target.remote = user + address + ":" + directory;
  BACKSTAY_ASSIGN(SshPeer peer, SshPeer::open(world, plan, target));
  if (found->port != 0)
    peer.options.insert(peer.options.end(), {"-o", fmt::format("Port={}", found->port)});
  return FarPlace(world, std::move(peer));
}

std::string FarPlace::place(const std::string& directory) const {
  return (local() ? "" : peer_.destination + ":") + directory;
}

std::string FarPlace::describe() const {
  return place(peer_.path);
}

Result<FarPlace::Answer> FarPlace::ask(const std::string& script,
                                       const std::vector<std::string>& arguments,
                                       std::string_view input,
                                       const std::vector<int>& codes,
                                       const std::stop_token& stop) const {
  Answer answer;
  const auto take = [&](std::string_view bytes) -> Result<void> {
    constexpr std::size_t kLargest = std::size_t{1} << 30U;
    if (answer.output.size() + bytes.size() > kLargest)
      return Error{.kind = ErrorKind::BadInput, .message = describe() + " answers without end"};
    answer.output += bytes;
    return {};
  };
  Result<Exit> exit = Exit{};
  if (local()) {
    Command shell{.arguments = {"-c", script, "sh"}};
    BACKSTAY_ASSIGN(shell.program, find_program("sh"));
    shell.arguments.insert(shell.arguments.end(), arguments.begin(), arguments.end());
    shell.standard_input = from_text(input);
    shell.standard_output = [&](std::span<const std::byte> bytes) {
      return take({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    exit = run_watched(world_->commands, std::move(shell), kSilentWork, stop);
  } else {
    std::string command = "sh -c " + shell_quoted(script) + " sh";
    for (const std::string& argument : arguments)
      command += " " + shell_quoted(argument);
    SshPeer patient = peer_;
    patient.stall = kSilentWork;
    exit = run_there(world_->commands, patient, command, input, take, stop);
  }
  if (!exit)
    return std::move(exit).error();
  answer.code = exit->code;
  if (exit->ok() ||
      (!exit->signalled && std::find(codes.begin(), codes.end(), exit->code) != codes.end()))
    return answer;
  return plain_error("working in " + describe(), peer_, *exit);
}

Result<std::uint64_t> FarPlace::move(std::vector<std::string> options,
                                     const std::vector<std::string>& names,
                                     std::vector<std::string> places,
                                     const MoveProgress& progress,
                                     const std::stop_token& stop) const {
  options.insert(options.end(),
                 {"--times", "--perms", fmt::format("--partial-dir={}", kPartialDirectory),
                  fmt::format("--timeout={}", peer_.stall.count()), "--stats", "--info=progress2",
                  "--no-human-readable"});
  const std::string what = "moving files to or from " + describe();
  BACKSTAY_ASSIGN(const RsyncOutcome outcome, run_rsync(world_->commands, peer_,
                                                        {.options = std::move(options),
                                                         .paths = names,
                                                         .places = std::move(places),
                                                         .what = what},
                                                        progress, stop));
  if (outcome.exit.ok())
    return bytes_sent(outcome.output);
  return plain_error(what, peer_, outcome.exit);
}

Result<std::uint64_t> FarPlace::push(const std::string& base,
                                     const std::vector<std::string>& names,
                                     const std::string& directory,
                                     const std::vector<std::string>& more_options,
                                     const MoveProgress& progress,
                                     const std::stop_token& stop) const {
  if (names.empty())
    return std::uint64_t{0};
  std::vector<std::string> options = more_options;
  options.emplace_back("--chmod=D0700,F0600");
  return move(std::move(options), names, {base + "/", place(directory + "/")}, progress, stop);
}

Result<void> FarPlace::fetch(const std::string& directory,
                             const std::vector<std::string>& names,
                             const std::string& to,
                             const MoveProgress& progress,
                             const std::stop_token& stop) const {
  if (names.empty())
    return {};
  BACKSTAY_TRY(move({}, names, {place(directory + "/"), to + "/"}, progress, stop));
  return {};
}

Result<std::map<std::string, Digest>> FarPlace::hashes(const std::string& directory,
                                                       const std::vector<std::string>& names,
                                                       const std::stop_token& stop) const {
  std::map<std::string, Digest> found;
  if (names.empty())
    return found;
  std::string input;
  for (const std::string& name : names)
    input += name + '\0';
  BACKSTAY_ASSIGN(const Answer answer, ask(kHash, {directory}, input, {}, stop));
  constexpr std::size_t kBefore = 68;  // 64 digits, two blanks, `./`
  std::string_view left = answer.output;
  while (!left.empty()) {
    const std::string_view record = left.substr(0, left.find('\0'));
    left.remove_prefix(std::min(left.size(), record.size() + 1));
    const auto digest = parse_digest(std::string(record.substr(0, 64)));
    if (!digest || record.size() <= kBefore) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = describe() + " answers other than with hashes: " +
                              without_end(escape_control_bytes(record.substr(0, 100)))};
    }
    found[std::string(record.substr(kBefore))] = *digest;
  }
  return found;
}

}  // namespace backstay::runtime
