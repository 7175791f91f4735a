// Borders that a test moves, scripts or breaks.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/system/clock.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/subprocess.hpp"
#include "tests/support/file_call.hpp"

namespace backstay::test {

/// Stands still until it is moved.
class FakeClock final : public runtime::Clock {
 public:
  /// 2026-11-22T02:30:00Z
  explicit FakeClock(std::chrono::seconds since_epoch = std::chrono::seconds(1795314600))
      : now_(since_epoch) {}

  std::chrono::system_clock::time_point now() override {
    const std::lock_guard lock(mutex_);
    return std::chrono::system_clock::time_point(now_);
  }

  std::chrono::steady_clock::time_point steady_now() override {
    const std::lock_guard lock(mutex_);
    return std::chrono::steady_clock::time_point(steady_);
  }

  void advance(std::chrono::seconds by) {
    const std::lock_guard lock(mutex_);
    now_ += by;
    steady_ += by;
  }

 private:
  std::mutex mutex_;
  std::chrono::seconds now_;
  std::chrono::seconds steady_{1000};
};

/// Answers commands from a script, in order, and keeps what was asked. Feeds `output` to the
/// command's stdout function where there is one.
class ScriptedRunner final : public runtime::CommandRunner {
 public:
  struct Turn {
    std::string expect_program;  ///< end of the program's path; empty: any
    Result<runtime::Exit> answer;
  };

  void expect(std::string program, Result<runtime::Exit> answer) {
    script_.push_back({std::move(program), std::move(answer)});
  }

  Result<runtime::Exit> run(const runtime::Command& command, std::stop_token stop) override;

  [[nodiscard]] const std::vector<runtime::Command>& asked() const { return asked_; }

  /// What each command read from its stdin function.
  [[nodiscard]] const std::vector<std::string>& fed() const { return fed_; }

  [[nodiscard]] bool finished() const { return script_.empty(); }

 private:
  std::mutex mutex_;
  std::deque<Turn> script_;
  std::vector<runtime::Command> asked_;
  std::vector<std::string> fed_;
};

/// Passes everything on, but fails the N-th call of a kind with an errno. Counts all calls.
class FaultyFilesystem final : public runtime::Filesystem {
 public:
  explicit FaultyFilesystem(runtime::Filesystem& below) : below_(below) {}

  /// `nth` counts from 1, from now on. A write fails before any byte of it is written.
  void fail(FileCall call, std::uint64_t nth, int error_number);
  [[nodiscard]] std::uint64_t count(FileCall call) const;

  Result<std::unique_ptr<runtime::File>> create(const std::string& path,
                                                std::uint32_t mode) override;
  Result<std::unique_ptr<runtime::File>> open_read(const std::string& path) override;
  Result<std::unique_ptr<runtime::File>> open_append(const std::string& path) override;
  Result<void> make_directory(const std::string& path, std::uint32_t mode) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<runtime::File>> lock_directory(const std::string& path) override;
  Result<void> rename_no_replace(const std::string& from, const std::string& to) override;
  Result<void> rename_replace(const std::string& from, const std::string& to) override;
  Result<runtime::LinkOutcome> link(const std::string& from, const std::string& to) override;
  Result<void> unlink(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<void> change_mode(const std::string& path, std::uint32_t mode) override;
  Result<runtime::FileStatus> status(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<runtime::SpaceStatus> space(const std::string& path) override;

  /// Counts a call; the injected Error when it is its turn. For the files it hands out.
  Result<void> pass(FileCall call, const std::string& path);
  /// The same as the errno; 0: it is not its turn.
  int take(FileCall call);

 private:
  struct Fault {
    std::uint64_t at = 0;
    int error_number = 0;
  };

  runtime::Filesystem& below_;
  mutable std::mutex mutex_;
  std::map<FileCall, std::uint64_t> counts_;
  std::map<FileCall, Fault> faults_;
};

}  // namespace backstay::test
