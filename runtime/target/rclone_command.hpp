// Calls of rclone(1): what lies at a remote, bytes up, bytes down, hashes. The one place that knows
// its options, its output and what its errors mean.
//
// The login is rclone's own configuration file, a secret of the plan; it goes to rclone by
// descriptor, so it is in no argument vector, no environment and no temporary file.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/system/secrets.hpp"

namespace backstay::runtime {

/// How long rclone waits for a peer that has gone quiet, and how often it tries.
struct RclonePatience {
  std::chrono::seconds connect{20};
  std::chrono::seconds idle{60};
  int low_level_tries = 3;
  int tries = 3;
};

/// The hash that a remote knows of what it holds, without anybody reading it back.
enum class RemoteHash : std::uint8_t { None, Md5, Sha256 };

/// Whether what is at the far side may be there already.
enum class PutMode : std::uint8_t {
  Immutable,  ///< something else under the name is an Error
  Replace,    ///< it is known to be wrong there
};

/// Names are relative to the remote's root, `/` between their parts. Not thread-safe. Errors of
/// all: Timeout, Io (temporary), NoSpace, Credentials, Interrupted, ToolMissing, ToolFailed.
class Rclone {
 public:
  /// `world` must outlive it.
  Rclone(World& world, const plan::Target& target, plan::Secret login, RclonePatience patience)
      : world_(world), target_(target), login_(std::move(login)), patience_(patience) {}

  /// What lies below a directory, all levels: name relative to it → size. Nothing there is empty.
  [[nodiscard]] Result<std::map<std::string, std::uint64_t>> sizes(const std::string& below,
                                                                   const std::stop_token& stop);
  /// The names at one level, directories with a `/` at their end.
  [[nodiscard]] Result<std::vector<std::string>> names(const std::string& below,
                                                       const std::stop_token& stop);
  /// A small object; nothing where it is not there.
  [[nodiscard]] Result<std::string> read(const std::string& name, const std::stop_token& stop);

  /// What hash the remote knows; asked once.
  [[nodiscard]] Result<RemoteHash> hash_kind(const std::stop_token& stop);
  /// The hashes of objects below `below`, in hexadecimal; what is not there is not in it, what the
  /// remote has no hash of neither.
  [[nodiscard]] Result<std::map<std::string, std::string>> hashes(
      const std::string& below,
      const std::vector<std::string>& wanted,
      RemoteHash kind,
      const std::stop_token& stop);
  /// The SHA-256 of what comes back when they are read, in hexadecimal.
  [[nodiscard]] Result<std::map<std::string, std::string>> read_back(
      const std::string& below,
      const std::vector<std::string>& wanted,
      const std::stop_token& stop);

  /// Moves files of a directory here (symbolic links are followed) to the same names below `below`.
  /// bytes: of all of them, for the deadline.
  [[nodiscard]] Result<void> put(const std::string& from,
                                 const std::vector<std::string>& wanted,
                                 const std::string& below,
                                 PutMode mode,
                                 std::uint64_t bytes,
                                 const std::stop_token& stop);
  /// The way back; what is not there is not fetched, and that is no error.
  [[nodiscard]] Result<void> get(const std::string& below,
                                 const std::vector<std::string>& wanted,
                                 const std::string& to,
                                 const std::stop_token& stop);
  [[nodiscard]] Result<void> remove(const std::string& below,
                                    const std::vector<std::string>& wanted,
                                    const std::stop_token& stop);

  [[nodiscard]] std::string describe() const { return "`" + target_.remote + "`"; }

 private:
  struct Call {
    std::vector<std::string> words;
    std::string input = {};       // given on stdin
    std::uint64_t bytes = 0;      // that it moves at most; for the deadline
    bool may_be_missing = false;  // nothing there is an empty answer
  };

  [[nodiscard]] std::string at(const std::string& below) const;
  [[nodiscard]] std::vector<std::string> common_words() const;
  [[nodiscard]] std::chrono::seconds deadline(std::uint64_t bytes) const;
  Result<std::string> run(const Call& call, const std::stop_token& stop);
  Result<std::map<std::string, std::string>> hash_sums(const std::string& below,
                                                       const std::vector<std::string>& wanted,
                                                       std::vector<std::string> words,
                                                       std::size_t width,
                                                       std::uint64_t bytes,
                                                       const std::stop_token& stop);

  World& world_;
  plan::Target target_;
  plan::Secret login_;
  RclonePatience patience_;
  std::optional<SecretFile> config_;
  std::optional<RemoteHash> hash_kind_;
};

/// What a call of rclone that failed means, from its exit status and what it said.
[[nodiscard]] Error rclone_failure(const std::string& remote, const Exit& exit);

}  // namespace backstay::runtime
