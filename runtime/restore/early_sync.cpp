#include "runtime/restore/early_sync.hpp"

#include <cerrno>

#include <unistd.h>

namespace backstay::runtime {

namespace {

// Worth a sync: some tenths of a second of most devices.
constexpr std::uint64_t kWorth = std::uint64_t{128} << 20U;

}  // namespace

EarlySync::EarlySync(int root) : root_(root) {}

EarlySync::~EarlySync() {
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void EarlySync::written(std::uint64_t bytes) {
  const std::lock_guard guard(mutex_);
  const bool was_worth = unsynced_ >= kWorth;
  unsynced_ += bytes;
  if (was_worth || unsynced_ < kWorth)
    return;
  if (!thread_.joinable())
    thread_ = std::thread([this] { loop(); });
  changed_.notify_all();
}

void EarlySync::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ended_ || unsynced_ >= kWorth; });
    if (ended_)
      return;
    unsynced_ = 0;
    lock.unlock();
    const int failed = ::syncfs(root_) == 0 ? 0 : errno;
    lock.lock();
    error_ = error_ == 0 ? failed : error_;
  }
}

Result<void> EarlySync::finish() {
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
  if (error_ == 0 && ::syncfs(root_) != 0)
    error_ = errno;
  if (error_ == 0)
    return {};
  return errno_error(error_, "cannot make the restored files durable");
}

}  // namespace backstay::runtime
