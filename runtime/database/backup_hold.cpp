// A session that is told by a pipe: see the header.
#include "runtime/database/backup_hold.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

/// For each stage: who waits longer has a long migration or another backup before it.
constexpr int kStageWait = 5;
/// All stages and the client's start together.
constexpr std::chrono::seconds kLongestTake{30};
constexpr std::chrono::seconds kLongestRelease{15};
/// For the client to end once it has nothing more to read.
constexpr std::chrono::seconds kLongestEnd{10};

std::uint64_t number_of(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<std::unique_ptr<BackupHold>> BackupHold::take(const MariadbServer& server,
                                                     std::stop_token stop) {
  std::unique_ptr<BackupHold> hold(new BackupHold(server, std::move(stop)));
  BACKSTAY_TRY(hold->start());
  return hold;
}

Result<void> BackupHold::start() {
  BACKSTAY_ASSIGN(pipe_, make_pipe());
  session_ = std::jthread([this] { talk(); });
  // wait_timeout: the server's own end of the hold, where we hang.
  BACKSTAY_TRY(say(fmt::format(
      "SET SESSION lock_wait_timeout={}, wait_timeout={}, sql_mode='';\nBACKUP STAGE START;\n"
      "BACKUP STAGE BLOCK_COMMIT;\nSELECT 'staged', @@error_count;\n"
      "SHOW STATUS LIKE 'binlog_snapshot_%';\n"
      "SELECT 'held', @@GLOBAL.gtid_binlog_pos;\n",
      kStageWait, kLongestHold.count() + kLongestRelease.count())));
  // The client reads on after an error in what it is told: that both stages were had, says the
  // count
  if (!wait_for("held", kLongestTake) || !went_well("staged"))
    return ended();
  since_ = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  for (const auto& row : rows_) {
    if (row.size() != 2)
      continue;
    if (row[0] == "Binlog_snapshot_file")
      coordinates_.file = row[1];
    if (row[0] == "Binlog_snapshot_position")
      coordinates_.position = number_of(row[1]);
    if (row[0] == "held")
      coordinates_.gtid = row[1];
  }
  return {};
}

BackupHold::~BackupHold() {
  if (!released_)
    end_.request_stop();
  pipe_.write_end.reset();  // the client comes to its end, and the server sees it go
}

void BackupHold::talk() {
  Result<Exit> exit = server_->converse(
      pipe_.read_end.get(),
      [this](std::span<const std::byte> bytes) -> Result<void> { return hear(bytes); },
      end_.get_token());
  const std::lock_guard lock(mutex_);
  exit_ = std::move(exit);
  heard_.notify_all();
}

Result<void> BackupHold::hear(std::span<const std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  text_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  read_lines();
  heard_.notify_all();
  return {};
}

void BackupHold::read_lines() {
  const std::size_t end = text_.rfind('\n');
  if (end == std::string::npos)
    return;
  for (auto& row : parse_batch_rows(std::string_view(text_).substr(0, end + 1)))
    rows_.push_back(std::move(row));
  text_.erase(0, end + 1);
}

Result<void> BackupHold::say(std::string_view sql) {
  // The read end stays open here too, so that a client that died gives no signal.
  while (!sql.empty()) {
    const ssize_t count = ::write(pipe_.write_end.get(), sql.data(), sql.size());
    if (count < 0 && errno != EINTR)
      return errno_error(errno, "cannot talk to the session that holds the lock");
    if (count > 0)
      sql.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

bool BackupHold::wait_for(std::string_view word, std::chrono::seconds longest) {
  const auto said = [&] {
    for (const auto& row : rows_) {
      if (row[0] == word)
        return true;
    }
    return false;
  };
  std::unique_lock lock(mutex_);
  heard_.wait_for(lock, end_.get_token(), longest, [&] { return said() || exit_.has_value(); });
  return said();
}

bool BackupHold::went_well(std::string_view word) {
  const std::lock_guard lock(mutex_);
  return std::any_of(rows_.begin(), rows_.end(), [&](const auto& row) {
    return row.size() == 2 && row[0] == word && row[1] == "0";
  });
}

Error BackupHold::ended() {
  pipe_.write_end.reset();  // it comes to its end by itself, and says why
  {
    std::unique_lock lock(mutex_);
    heard_.wait_for(lock, kLongestEnd, [this] { return exit_.has_value(); });
  }
  end_.request_stop();
  session_.join();
  const std::lock_guard lock(mutex_);
  if (!*exit_)
    return std::move(*exit_).error();
  if (!(*exit_)->ok() || !(*exit_)->errors.empty())
    return server_error(server_->facts(), **exit_, "mariadb");
  return {.kind = ErrorKind::ToolFailed,
          .message = "the session that holds the lock of server `" + server_->facts().name +
                     "` does not answer"};
}

std::chrono::milliseconds BackupHold::held() const {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               since_);
}

Result<std::chrono::milliseconds> BackupHold::release() {
  BACKSTAY_TRY(say("BACKUP STAGE END;\nSELECT 'released', @@error_count;\n"));
  if (!wait_for("released", kLongestRelease) || !went_well("released"))
    return ended().while_doing("releasing the backup lock");
  const auto time = held();
  released_ = true;
  pipe_.write_end.reset();
  return time;
}

}  // namespace backstay::runtime
