// A thread for each process, one lock for all: see the header.
#include "runtime/database/parallel_dump.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

Error interrupted() {
  return {.kind = ErrorKind::Interrupted, .message = "the dump was ended"};
}

/// All processes of one attempt.
class Group {
 public:
  Group(const MariadbServer& server,
        const std::vector<DumpPart>& parts,
        bool log_position,
        StepContext& context,
        const DumpHooks& hooks)
      : server_(server),
        parts_(parts),
        log_position_(log_position),
        context_(context),
        hooks_(hooks),
        settled_(parts.size()),
        results_(parts.size()) {}

  Group(const Group&) = delete;
  Group& operator=(const Group&) = delete;

  ~Group() {
    end_.request_stop();
    threads_.clear();
  }

  Result<ParallelDump> run(const std::vector<std::string>& databases) {
    const std::stop_token& stop = context_.stop;
    const std::stop_callback forward(stop, [this] { end_.request_stop(); });
    ParallelDump dump;
    Result<std::unique_ptr<BackupHold>> hold = BackupHold::take(server_, stop);
    if (!hold) {
      if (stop.stop_requested())
        return interrupted();
      dump.gave_up = hold.error().message;
      return dump;
    }
    dump.began = to_rfc3339(context_.world.clock.now());
    for (std::size_t index = 0; index < parts_.size(); ++index)
      threads_.emplace_back([this, index] { run_part(index); });
    // No definition changes while the lock is held: this is the code of the instant.
    BACKSTAY_ASSIGN(dump.codes, capture_code(server_, databases));
    if (!wait_for_snapshots(**hold)) {
      dump.gave_up =
          fmt::format("after {} s not every process had begun its snapshot", kLongestHold.count());
    }
    BACKSTAY_FAILPOINT("dump-mariadb.held");
    dump.coordinates = (*hold)->coordinates();
    Result<std::chrono::milliseconds> released = (*hold)->release();
    if (released && !dump.gave_up.empty())
      return dump;
    BACKSTAY_TRY(first_failure());
    BACKSTAY_ASSIGN(dump.held, std::move(released));
    open_gate();
    threads_.clear();
    if (stop.stop_requested())
      return interrupted();
    BACKSTAY_TRY(collect(dump));
    return dump;
  }

 private:
  void run_part(std::size_t index) {
    DumpHooks hooks = hooks_;
    hooks.in_snapshot = [this, index] { return pass_gate(index); };
    Result<DumpedPart> dumped = dump_part(server_, parts_[index], log_position_, *context_.staging,
                                          hooks, end_.get_token());
    const std::lock_guard lock(mutex_);
    if (!dumped && !failure_ && dumped.error().kind != ErrorKind::Interrupted)
      failure_ = dumped.error();
    if (!dumped)
      end_.request_stop();
    results_[index] = std::move(dumped);
    settled_[index] = true;
    changed_.notify_all();
  }

  /// In the snapshot. What is not held stops here until the lock is let go: so that the others get
  /// the processors, and commits wait for nothing but them.
  Result<void> pass_gate(std::size_t index) {
    if (parts_[index].held)
      return {};
    std::unique_lock lock(mutex_);
    settled_[index] = true;
    changed_.notify_all();
    if (!changed_.wait(lock, end_.get_token(), [this] { return open_; }))
      return interrupted();
    return {};
  }

  void open_gate() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

  /// False: the time is over. A failure counts as settled; it is told later.
  bool wait_for_snapshots(const BackupHold& hold) {
    std::unique_lock lock(mutex_);
    const auto left = std::chrono::milliseconds(kLongestHold) - hold.held();
    return changed_.wait_for(lock, left, [this] {
      return failure_ ||
             std::all_of(settled_.begin(), settled_.end(), [](bool each) { return each; });
    });
  }

  Result<void> first_failure() {
    const std::lock_guard lock(mutex_);
    return failure_ ? Result<void>(*failure_) : Result<void>();
  }

  Result<void> collect(ParallelDump& dump) {
    BACKSTAY_TRY(first_failure());
    for (auto& result : results_) {
      if (!*result)
        return std::move(*result).error();
      const DumpSummary& summary = (*result)->summary;
      const bool same = summary.log_file == dump.coordinates.file &&
                        summary.log_position == dump.coordinates.position;
      if (log_position_ && !same) {
        return Error{.kind = ErrorKind::Verification,
                     .message = fmt::format("a dump began at {}:{} but the lock was taken at {}:{}",
                                            summary.log_file, summary.log_position,
                                            dump.coordinates.file, dump.coordinates.position),
                     .hint = "do all connections to this address meet one server?"};
      }
      dump.parts.push_back(std::move(**result));
    }
    return {};
  }

  const MariadbServer& server_;
  const std::vector<DumpPart>& parts_;
  bool log_position_;
  StepContext& context_;
  const DumpHooks& hooks_;
  std::stop_source end_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<bool> settled_;  ///< in its snapshot, or at its end
  std::vector<std::optional<Result<DumpedPart>>> results_;
  std::optional<Error> failure_;
  bool open_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace

Result<ParallelDump> dump_in_parallel(const MariadbServer& server,
                                      const std::vector<DumpPart>& parts,
                                      const std::vector<std::string>& databases,
                                      bool log_position,
                                      StepContext& context,
                                      const DumpHooks& hooks) {
  return Group(server, parts, log_position, context, hooks).run(databases);
}

}  // namespace backstay::runtime
