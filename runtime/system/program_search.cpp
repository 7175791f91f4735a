// find_program(): where programs may come from, and which package brings one that is missing.
#include <array>
#include <cstdlib>
#include <memory>
#include <string_view>

#include <sys/stat.h>
#include <unistd.h>

#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {
namespace {

constexpr std::array<std::string_view, 6> kProgramDirectories = {
    "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"};

struct KnownProgram {
  std::string_view program;
  std::string_view package;
};

/// Debian's packages of the programs that Backstay calls.
constexpr KnownProgram kKnownPrograms[] = {
    {"age", "age"},
    {"ansible-playbook", "ansible"},
    {"curl", "curl"},
    {"git", "git"},
    {"mariadb", "mariadb-client"},
    {"mariadb-admin", "mariadb-client"},
    {"mariadb-backup", "mariadb-backup"},
    {"mariadb-dump", "mariadb-client"},
    {"mariadbd", "mariadb-server"},
    {"pg_dump", "postgresql-client"},
    {"pg_dumpall", "postgresql-client"},
    {"pg_restore", "postgresql-client"},
    {"psql", "postgresql-client"},
    {"rclone", "rclone"},
    {"restic", "restic"},
    {"rsync", "rsync"},
    {"sqlite3", "sqlite3"},
    {"sendmail", "postfix"},
    {"ssh", "openssh-client"},
    {"ssh-keygen", "openssh-client"},
    {"systemctl", "systemd"},
    {"tar", "tar"},
    {"zstd", "zstd"},
};

std::string hint_for(const std::string& name) {
  const auto package = package_of(name);
  return package.empty() ? "install the package that brings it"
                         : "install it: `apt-get install " + package + "`";
}

bool only_root_writes(const std::string& path) {
  struct stat found {};

  return ::stat(path.c_str(), &found) == 0 && found.st_uid == 0 && (found.st_mode & 0022U) == 0;
}

/// The first of the path itself and its parents that somebody but root could replace; or empty.
std::string weakest_link(const std::string& program) {
  const auto release = [](char* text) { std::free(text); };  // NOLINT: realpath's contract
  const std::unique_ptr<char, decltype(release)> real(::realpath(program.c_str(), nullptr),
                                                      release);
  if (!real) {
    return program;
  }
  for (std::string path = real.get(); !path.empty(); path.resize(path.find_last_of('/'))) {
    if (!only_root_writes(path)) {
      return path;
    }
  }
  return only_root_writes("/") ? "" : "/";
}

bool is_program(const std::string& path) {
  struct stat found {};

  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode) &&
         ::access(path.c_str(), X_OK) == 0;
}

Result<std::string> accept_if_safe(const std::string& path) {
  const auto weak = weakest_link(path);
  if (weak.empty()) {
    return path;
  }
  return Error{.kind = ErrorKind::ToolMissing,
               .message = "the program `" + path + "` is not used: `" + weak +
                          "` can be changed by others than root",
               .hint = "let root alone own and write it: `chown root " + weak +
                       "` and `chmod go-w " + weak + "`"};
}

}  // namespace

std::string package_of(std::string_view program) {
  for (const auto& known : kKnownPrograms) {
    if (known.program == program) {
      return std::string(known.package);
    }
  }
  return {};
}

Result<std::string> find_program(const std::string& name) {
#ifdef BACKSTAY_FAILPOINTS
  // Tests put lying tools here.
  if (const char* directory = std::getenv("BACKSTAY_TEST_PROGRAMS")) {
    if (const auto path = std::string(directory) + "/" + name; is_program(path)) {
      return path;
    }
  }
#endif
  if (name.starts_with("/")) {
    if (is_program(name)) {
      return accept_if_safe(name);
    }
  } else if (name.find('/') == std::string::npos) {
    for (const auto directory : kProgramDirectories) {
      if (const auto path = std::string(directory) + "/" + name; is_program(path)) {
        return accept_if_safe(path);
      }
    }
  }
  return Error{.kind = ErrorKind::ToolMissing,
               .message = "the program `" + name + "` is not installed",
               .hint = hint_for(name)};
}

}  // namespace backstay::runtime
