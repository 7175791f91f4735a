#include "runtime/system/environment.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

#include <sys/random.h>
#include <unistd.h>

namespace backstay::runtime {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

/// systemd separates several directories by colons; ours is the first.
std::string first_of_list(const std::string& value) {
  return value.substr(0, value.find(':'));
}

/// A directory of the XDG base directory specification: its variable, or HOME and a default.
std::string xdg(const char* name, std::string_view below_home) {
  if (auto base = variable(name); !base.empty()) {
    return base + "/backstay";
  }
  const auto home = variable("HOME");
  return (home.empty() ? std::string("/nonexistent") : home) + "/" + std::string(below_home) +
         "/backstay";
}

/// The first that is not empty.
std::string choose(std::initializer_list<std::string> candidates) {
  for (const auto& candidate : candidates) {
    if (!candidate.empty()) {
      return candidate;
    }
  }
  return {};
}

/// What is written into units and records must mean the same wherever it is read.
std::string absolute(const std::string& path) {
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path, failed);
  return failed || path.empty() ? path : whole.lexically_normal().string();
}

}  // namespace

Directories find_directories(const DirectoryFlags& flags) {
  const bool root = ::geteuid() == 0;
  const std::string given_state = choose({flags.state, variable("BACKSTAY_STATE_DIR")});
  Directories found;
  found.config = choose({flags.config, variable("BACKSTAY_CONFIG_DIR"),
                         first_of_list(variable("CONFIGURATION_DIRECTORY")),
                         root ? "/etc/backstay" : xdg("XDG_CONFIG_HOME", ".config")});
  found.state = choose({given_state, first_of_list(variable("STATE_DIRECTORY")),
                        root ? "/var/lib/backstay" : xdg("XDG_STATE_HOME", ".local/state")});
  // Why: who moves the state elsewhere wants an installation apart, locks included.
  found.locks = choose({variable("BACKSTAY_LOCK_DIR"),
                        given_state.empty() ? std::string() : given_state + "/locks",
                        first_of_list(variable("RUNTIME_DIRECTORY")),
                        root ? "/run/backstay" : found.state + "/locks"});
  for (std::string* each : {&found.config, &found.state, &found.locks})
    *each = absolute(*each);
  return found;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) {
    return "localhost";
  }
  const std::string full = name.data();
  return full.substr(0, full.find('.'));
}

Result<std::string> own_program() {
  constexpr std::string_view kReplaced = " (deleted)";
  std::array<char, 4096> path{};
  const ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) {
    return errno_error(errno, "cannot tell where this program is");
  }
  std::string program(path.data(), static_cast<std::size_t>(size));
  if (program.ends_with(kReplaced)) {
    program.resize(program.size() - kReplaced.size());
  }
  return program;
}

std::string boot_id() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string id;
  std::getline(file, id);
  return id;
}

std::string random_hex8() {
  std::array<unsigned char, 4> bytes{};
  const auto count = ::getrandom(bytes.data(), bytes.size(), 0);
  BACKSTAY_CHECK(count == static_cast<ssize_t>(bytes.size()),
                 "the kernel gives up to 256 random bytes at once");
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

}  // namespace backstay::runtime
