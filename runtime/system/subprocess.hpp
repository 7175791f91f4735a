// Running a program.
//
// Children get a fixed argument vector, an environment built from empty, cwd `/`, stdin from
// /dev/null unless a source is given, umask 077, no inherited descriptors but those named, a
// session and process group of their own, and they die with us. There is no shell anywhere.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// A descriptor that the child shall have, and under which number.
struct HandedDescriptor {
  int ours = -1;    ///< stays ours to close
  int theirs = -1;  ///< 3 …
};

struct Command {
  std::string program = {};                             ///< absolute path, from find_program()
  std::vector<std::string> arguments = {};              ///< without the program itself
  std::map<std::string, std::string> environment = {};  ///< added to PATH, LANG=C.UTF-8, TZ=UTC
  std::vector<HandedDescriptor> descriptors = {};
  /// Called until it gives no bytes; none: /dev/null.
  std::function<Result<std::size_t>(std::span<std::byte>)> standard_input = {};
  /// Called with every piece of stdout; an Error ends the child and is returned. None: collected.
  std::function<Result<void>(std::span<const std::byte>)> standard_output = {};
  bool drop_output = false;          ///< stdout is /dev/null: nobody reads it
  std::chrono::seconds deadline{0};  ///< 0: none; then TERM, grace, KILL to the group
  std::chrono::seconds grace{10};
};

/// How a child ended. A zero status is never proof of anything by itself.
struct Exit {
  bool signalled = false;
  int code = 0;             ///< exit status, or the signal's number
  std::string output = {};  ///< stdout where no function took it, at most 16 MiB
  std::string errors = {};  ///< stderr, at most 64 KiB (the last part), control bytes escaped
  bool took_all_input =
      true;  ///< false: it closed stdin or ended before all of the input was written

  [[nodiscard]] bool ok() const { return !signalled && code == 0; }
};

/// `exit status 2` or `signal 9 (KILL)`.
[[nodiscard]] std::string describe(const Exit& exit);

/// Border: the real one starts processes, a test's one plays a script.
class CommandRunner {
 public:
  virtual ~CommandRunner() = default;
  /// Runs to the end. Errors: ToolMissing (cannot be started), Timeout, Interrupted (`stop`), or
  /// what a stream function returned. A program that failed is a value. Thread-safe.
  virtual Result<Exit> run(const Command& command, std::stop_token stop) = 0;
};

class RealCommandRunner final : public CommandRunner {
 public:
  Result<Exit> run(const Command& command, std::stop_token stop) override;

  /// From now on a child that must end gets KILL at once: for a second Ctrl-C. Async-signal-safe.
  void skip_grace() { skip_grace_ = true; }

 private:
  std::atomic<bool> skip_grace_ = false;
};

/// Shows bytes of a foreign program on a terminal or in a log without letting them act there: all
/// control bytes but newline and tab, and all that is not UTF-8, become `\xNN`.
[[nodiscard]] std::string escape_control_bytes(std::string_view bytes);

/// Resolves a program name in the system's directories (/usr/sbin, /usr/bin, /sbin, /bin,
/// /usr/local/sbin, /usr/local/bin): owned by root, not writable by group or others, nor any
/// parent. Errors: ToolMissing, with the Debian package to install where it is known.
[[nodiscard]] Result<std::string> find_program(const std::string& name);
/// The Debian package that brings a program Backstay calls; empty where it is not known.
[[nodiscard]] std::string package_of(std::string_view program);

}  // namespace backstay::runtime
