#include "runtime/target/ssh_peer.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/system/secrets.hpp"
#include "runtime/target/watched_run.hpp"

namespace backstay::runtime {
namespace {

Error senseless(const plan::Target& target, const std::string& why) {
  return {.kind = ErrorKind::Usage,
          .message = fmt::format("target {} cannot be reached by ssh at `{}`: {}", target.name,
                                 target.remote, why),
          .hint = "write `rsync \"USER@HOST:/DIRECTORY\"`"};
}

bool plain_word(std::string_view text, std::string_view more) {
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(c) != std::string_view::npos;
  });
}

// Quoted nowhere: rsync takes its remote shell apart at blanks.
Result<void> check_file_name(const std::string& path) {
  if (plain_word(path, "/._-+@:,="))
    return {};
  return Error{.kind = ErrorKind::Usage,
               .message = "`" + path + "` cannot be handed to ssh",
               .hint = "use a path of letters, digits and `/._-+@:,=`"};
}

Result<std::string> key_file(const plan::Plan& plan, const plan::Target& target) {
  const plan::Secret* secret = plan.secret(target.login);
  BACKSTAY_CHECK(secret != nullptr, "plan::verify proves that the login exists");
  if (!secret->file.empty())
    return secret->file;
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  if (!secret->credential.empty() && directory != nullptr &&
      layout::is_plain_name(secret->credential))
    return std::string(directory) + "/" + secret->credential;
  return Error{
      .kind = ErrorKind::Credentials,
      .message = fmt::format("the login `{}` of target {} is no key file that ssh can read",
                             secret->name, target.name),
      .hint = "write the secret as `file PATH`: a private key without passphrase"};
}

Result<void> add_key(const plan::Plan& plan, const plan::Target& target, SshPeer& peer) {
  if (target.login.empty()) {
    if (const char* agent = std::getenv("SSH_AUTH_SOCK"); agent != nullptr)
      peer.environment["SSH_AUTH_SOCK"] = agent;
    return {};
  }
  BACKSTAY_ASSIGN(const std::string file, key_file(plan, target));
  BACKSTAY_TRY(check_file_name(file));
  // Its mode and owner are looked at as of every secret; ssh reads it itself.
  BACKSTAY_TRY(open_secret(file));
  peer.options.insert(peer.options.end(),
                      {"-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-i", file});
  return {};
}

bool says(const Exit& exit, std::string_view words) {
  return exit.errors.find(words) != std::string::npos;
}

std::string last_lines(const std::string& errors) {
  constexpr std::size_t kShown = 600;
  std::string text = errors.size() > kShown ? errors.substr(errors.size() - kShown) : errors;
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

Result<SshPeer> SshPeer::open(const World& world,
                              const plan::Plan& plan,
                              const plan::Target& target) {
  SshPeer peer;
  peer.stall = stall_time();
  const std::size_t colon = target.remote.find(':');
  if (colon == std::string::npos)
    return senseless(target, "there is no `:` in it");
  peer.destination = target.remote.substr(0, colon);
  peer.path = target.remote.substr(colon + 1);
  if (!plain_word(peer.destination, "@._-"))
    return senseless(target, "the account is not one");
  if (!peer.path.starts_with('/') || !plain_word(peer.path, "/._-+@"))
    return senseless(target,
                     "the directory is not absolute, or holds other than letters, digits "
                     "and `/._-+@`");
  BACKSTAY_ASSIGN(peer.program, find_program("ssh"));
  if (const std::string file = world.directories.config + "/ssh_config";
      exists(world.files, file)) {
    BACKSTAY_TRY(check_file_name(file));
    peer.options = {"-F", file};
  }
  for (const char* option :
       {"BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no",
        "PreferredAuthentications=publickey,hostbased,gssapi-with-mic", "ForwardAgent=no",
        "ForwardX11=no", "ClearAllForwardings=yes", "ControlMaster=no", "PermitLocalCommand=no",
        "ConnectTimeout=20", "ServerAliveInterval=15", "ServerAliveCountMax=4"}) {
    peer.options.emplace_back("-o");
    peer.options.emplace_back(option);
  }
  if (const std::string file = world.directories.config + "/known_hosts";
      exists(world.files, file)) {
    BACKSTAY_TRY(check_file_name(file));
    peer.options.insert(peer.options.end(), {"-o", "UserKnownHostsFile=" + file});
  }
  BACKSTAY_TRY(add_key(plan, target, peer));
  return peer;
}

std::string SshPeer::remote_shell() const {
  std::string text = program + " -T";
  for (const std::string& option : options)
    text += " " + option;
  return text;
}

Result<Exit> run_there(CommandRunner& commands,
                       const SshPeer& peer,
                       const std::string& command,
                       std::string_view input,
                       const std::function<Result<void>(std::string_view)>& take,
                       const std::stop_token& stop) {
  Command ssh{.program = peer.program, .arguments = {"-T"}, .environment = peer.environment};
  ssh.arguments.insert(ssh.arguments.end(), peer.options.begin(), peer.options.end());
  ssh.arguments.insert(ssh.arguments.end(), {"--", peer.destination, command});
  const auto left = std::make_shared<std::string_view>(input);
  ssh.standard_input = [left](std::span<std::byte> room) -> Result<std::size_t> {
    const std::size_t size = std::min(room.size(), left->size());
    std::copy_n(reinterpret_cast<const std::byte*>(left->data()), size, room.begin());
    left->remove_prefix(size);
    return size;
  };
  ssh.standard_output = [&take](std::span<const std::byte> bytes) {
    return take({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  return run_watched(commands, std::move(ssh), peer.stall, stop);
}

Error connection_error(const std::string& what, const SshPeer& peer, const Exit& exit) {
  constexpr int kRsyncFileIo = 11;
  constexpr int kRsyncStarts = 12;
  constexpr int kRsyncTimeout = 30;
  constexpr int kRsyncConnect = 35;
  Error error{.kind = ErrorKind::Io,
              .message = fmt::format("{}: {} ({})", what, describe(exit), last_lines(exit.errors)),
              .retry = Retry::Temporary};
  if (says(exit, "Host key verification failed") || says(exit, "HOST IDENTIFICATION HAS CHANGED")) {
    error.kind = ErrorKind::Refused;
    error.retry = Retry::Permanent;
    error.hint = fmt::format(
        "compare the key of {} with what its admin says, then add it to known_hosts "
        "(`ssh-keyscan`); Backstay never takes one by itself",
        peer.destination);
  } else if (says(exit, "Permission denied (")) {
    error.kind = ErrorKind::Credentials;
    error.retry = Retry::Permanent;
    error.hint = "is the public key in authorized_keys of that account?";
  } else if (says(exit, "No space left") || says(exit, "Disk quota exceeded")) {
    error.kind = ErrorKind::NoSpace;
    error.hint = "make room there; what has arrived is kept, and the next run goes on";
  } else if (exit.code == kRsyncTimeout || exit.code == kRsyncConnect || says(exit, "timed out") ||
             says(exit, "Timeout, server")) {
    error.kind = ErrorKind::Timeout;
  } else if (says(exit, "backstay-refused:")) {
    error.kind = ErrorKind::Refused;
    error.retry = Retry::Permanent;
  } else if (exit.code == kRsyncFileIo) {
    // Why a guess: of what failed there, words do not always arrive before the connection ends.
    error.hint = "a file there could not be written or read: if its disk is full, make room";
  } else if (exit.code == kRsyncStarts) {
    error.hint = "is rsync installed there, and does the account's shell print nothing?";
  }
  return error;
}

}  // namespace backstay::runtime
