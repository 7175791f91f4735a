// The lock under which several processes begin their snapshots: BACKUP STAGE … BLOCK_COMMIT.
//
// While it is held no transaction commits, no definition changes and no table without transactions
// is written, so every snapshot that begins meanwhile is of one instant. It is held by a session
// that stays open, whatever happens: when we die the server sees the connection close and lets go,
// and when we hang it closes the session itself (wait_timeout).
// (mariadb.com/kb, "BACKUP STAGE".)
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "runtime/database/mariadb.hpp"
#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {

/// Where the server's binary log stands; empty without one.
struct LogCoordinates {
  std::string file;
  std::uint64_t position = 0;
  std::string gtid;

  friend bool operator==(const LogCoordinates&, const LogCoordinates&) = default;
};

/// The lock is not given up by itself before this; commits wait so long at most.
inline constexpr std::chrono::seconds kLongestHold{10};

/// Holds the lock from take() to release(); destroyed without, it lets go too. Not thread-safe.
class BackupHold {
 public:
  /// Waits at most five seconds for each stage. Errors: ToolFailed, Credentials, … as
  /// server_error(), where the server does not give it; Interrupted. `server` must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<BackupHold>> take(const MariadbServer& server,
                                                                std::stop_token stop);

  BackupHold(const BackupHold&) = delete;
  BackupHold& operator=(const BackupHold&) = delete;
  ~BackupHold();

  /// Of the instant.
  [[nodiscard]] const LogCoordinates& coordinates() const { return coordinates_; }

  /// How long commits have waited so far.
  [[nodiscard]] std::chrono::milliseconds held() const;

  /// Lets go. How long it was held. Errors: ToolFailed where the session ended before: then nobody
  /// knows what was committed meanwhile.
  [[nodiscard]] Result<std::chrono::milliseconds> release();

 private:
  BackupHold(const MariadbServer& server, std::stop_token stop)
      : server_(&server), forward_(std::move(stop), [this] { end_.request_stop(); }) {}

  Result<void> start();
  void talk();
  Result<void> hear(std::span<const std::byte> bytes);
  void read_lines();
  Result<void> say(std::string_view sql);
  /// Waits for a line that begins with `word`, the session's end, or `longest`.
  bool wait_for(std::string_view word, std::chrono::seconds longest);
  /// Whether the statement before the line that begins with `word` had no error.
  bool went_well(std::string_view word);
  [[nodiscard]] Error ended();

  const MariadbServer* server_;
  std::stop_source end_;
  std::stop_callback<std::function<void()>> forward_;
  Pipe pipe_;
  bool released_ = false;
  std::chrono::steady_clock::time_point since_;
  LogCoordinates coordinates_;
  std::mutex mutex_;
  std::condition_variable_any heard_;
  std::string text_;                            ///< what it said, the last line perhaps cut
  std::vector<std::vector<std::string>> rows_;  ///< whole lines of it
  std::optional<Result<Exit>> exit_;
  std::jthread session_;
};

}  // namespace backstay::runtime
