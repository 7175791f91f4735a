#include "runtime/archive/read_ahead.hpp"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace backstay::runtime {

namespace {

// With the workers themselves that makes sixteen reads in flight.
constexpr std::size_t kThreads = 14;
// Of one file: small ones are wholly in it, and the kernel itself reads ahead in a large one.
constexpr off_t kMostOfAFile = off_t{1} << 20U;

void fetch(const SourceDirectory& directory, const std::string& name, bool content) {
  if (!content) {
    struct stat status {};

    (void)fstatat(directory.descriptor.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW);
    return;
  }
  const Descriptor file = open_source(directory.descriptor.get(), name.c_str(), 0);
  if (file.open())
    (void)posix_fadvise(file.get(), 0, kMostOfAFile, POSIX_FADV_WILLNEED);
}

}  // namespace

long device_reads() {
  rusage usage{};
  return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_inblock : 0;
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
    wishes_.clear();
  }
  changed_.notify_all();
}

void ReadAhead::want(SourceDirectoryPointer directory, std::string name, bool content) {
  {
    const std::lock_guard guard(mutex_);
    while (threads_.size() < kThreads)
      threads_.emplace_back([this] { loop(); });
    wishes_.push_back({std::move(directory), std::move(name), content});
  }
  changed_.notify_one();
}

// Why nothing guards it from another thread in between: a count that is off by a few is as good.
void ReadAhead::learn(bool asked_device) {
  const int now = useful_.load(std::memory_order_relaxed);
  const int next = asked_device ? std::min(now + kWorth, kMostUse) : std::max(now - 1, 0);
  useful_.store(next, std::memory_order_relaxed);
}

void ReadAhead::loop() {
  long before = device_reads();
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ended_ || !wishes_.empty(); });
    if (ended_)
      return;
    const Wish wish = std::move(wishes_.front());
    wishes_.pop_front();
    lock.unlock();
    fetch(*wish.directory, wish.name, wish.content);
    const long after = device_reads();
    learn(std::exchange(before, after) != after);
    lock.lock();
  }
}

}  // namespace backstay::runtime
