// Calls of restic(1): the one place that knows its options, its output and what its errors mean.
//
// The login is the repository's password, a secret of the plan, handed over by descriptor. Logins
// of clouds go through rclone (`rclone:REMOTE:PATH`) or ssh (`sftp:…`), whose own configuration is
// that of the account that runs Backstay. Restic's zero exit status proves nothing: 0.14 ends with
// it where a source is missing.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/system/secrets.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

struct ResticPatience {
  std::chrono::seconds call{600};  ///< one that moves little
  std::chrono::seconds stall{90};  ///< in which next to nothing is read or written
};

/// A snapshot of restic's.
struct ResticSnapshot {
  std::string id;    ///< 64 digits
  std::string time;  ///< RFC 3339
  std::set<std::string> tags;

  /// The value of a tag `KEY=VALUE`; empty where there is none.
  [[nodiscard]] std::string tag(const std::string& key) const;
};

/// Not thread-safe. Errors of all: Timeout, Io (temporary), NoSpace, Credentials, Busy (locked),
/// Interrupted, ToolMissing; NotFound where there is no repository.
class Restic {
 public:
  /// `world` must outlive it.
  Restic(World& world, const plan::Target& target, plan::Secret login, ResticPatience patience)
      : world_(world), target_(target), login_(std::move(login)), patience_(patience) {}

  /// 64 digits: which repository it is.
  [[nodiscard]] Result<std::string> repository_id(const std::stop_token& stop);
  [[nodiscard]] Result<void> make_repository(const std::stop_token& stop);

  /// Those that bear a tag, in the order in which they were made.
  [[nodiscard]] Result<std::vector<ResticSnapshot>> snapshots(const std::string& tag,
                                                              const std::stop_token& stop);
  /// The files of a snapshot: path → size.
  [[nodiscard]] Result<std::map<std::string, std::uint64_t>> files(const std::string& snapshot,
                                                                   const std::stop_token& stop);
  /// The paths of files that two snapshots do not have with the same content.
  [[nodiscard]] Result<std::set<std::string>> changed(const std::string& from,
                                                      const std::string& to,
                                                      const std::stop_token& stop);

  struct Backup {
    std::string directory;           ///< paths are relative to it, there too
    std::vector<std::string> paths;  ///< files
    std::vector<std::string> tags;
    std::string host;
    std::string parent = {};  ///< id; files that it has with the same inode and times are not read
    std::uint64_t bytes = 0;  ///< of all
  };

  /// Makes a snapshot. Returns the bytes that were added to the repository. Errors: also
  /// ToolFailed, where restic could not read all.
  [[nodiscard]] Result<std::uint64_t> backup(const Backup& backup,
                                             const MoveProgress& progress,
                                             const std::stop_token& stop);
  /// Brings files of a snapshot back below a directory. What is not in it is not brought back.
  [[nodiscard]] Result<void> restore(const std::string& snapshot,
                                     const std::vector<std::string>& paths,
                                     const std::string& directory,
                                     std::uint64_t bytes,
                                     const std::stop_token& stop);
  /// Looks at the whole repository's structure, and reads one of `of` groups of its data. Errors:
  /// Verification.
  [[nodiscard]] Result<void> check(int group, int of, const std::stop_token& stop);
  /// Takes away locks of processes that are dead; of no others.
  [[nodiscard]] Result<void> unlock(const std::stop_token& stop);
  [[nodiscard]] Result<void> add_tag(const std::vector<std::string>& snapshots,
                                     const std::string& tag,
                                     const std::stop_token& stop);
  [[nodiscard]] Result<void> remove_tag(const std::vector<std::string>& snapshots,
                                        const std::string& tag,
                                        const std::stop_token& stop);
  /// Forgets snapshots, and removes what no other one needs.
  [[nodiscard]] Result<void> forget(const std::vector<std::string>& snapshots,
                                    const std::stop_token& stop);

  [[nodiscard]] std::string describe() const { return "`" + target_.remote + "`"; }

 private:
  struct Call {
    std::vector<std::string> words;
    std::string directory = "/";
    std::string input = {};
    std::chrono::seconds deadline{0};  // 0: that of a small call
    bool tells_progress = false;       // restic does, twice a second
    std::function<Result<void>(std::span<const std::byte>)> output = {};
  };

  Result<void> change_tag(const std::string& option,
                          const std::vector<std::string>& snapshots,
                          const std::stop_token& stop);
  Result<Exit> run(const Call& call, const std::stop_token& stop);
  Result<std::string> answer(const Call& call, const std::stop_token& stop);
  [[nodiscard]] std::chrono::seconds deadline(std::uint64_t bytes) const;

  World& world_;
  plan::Target target_;
  plan::Secret login_;
  ResticPatience patience_;
  std::optional<SecretFile> password_;
};

}  // namespace backstay::runtime
