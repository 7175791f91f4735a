// Has the device write restored files while the next ones are made, so that the sync at the end
// waits for little.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

#include "lang/base/result.hpp"

namespace backstay::runtime {

class EarlySync {
 public:
  /// `root`: a directory on the file system, open as long as this lives.
  explicit EarlySync(int root);
  ~EarlySync();
  EarlySync(const EarlySync&) = delete;
  EarlySync& operator=(const EarlySync&) = delete;

  /// Bytes of small files that were written since the last call, by any thread.
  void written(std::uint64_t bytes);
  /// Makes all of it durable. Nothing is written any more. Errors: Io, also of an early part: the
  /// kernel tells each failure once per descriptor.
  Result<void> finish();

 private:
  void loop();

  int root_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t unsynced_ = 0;
  int error_ = 0;  // errno of the first failure
  bool ended_ = false;
  std::thread thread_;  // begun by the first bytes that are worth it
};

}  // namespace backstay::runtime
