// Reading ahead of the workers where the source is not in memory: a device answers sixteen
// questions in little more time than one.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/archive/source_directory.hpp"

namespace backstay::runtime {

/// Asks the kernel for files that a worker will read soon. Thread-safe. Its threads begin with the
/// first wish. Nothing depends on what it does: a file that it did not get is read all the same.
class ReadAhead {
 public:
  ReadAhead() = default;
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// content  whether its bytes will be read, and not only its metadata
  void want(SourceDirectoryPointer directory, std::string name, bool content);

  /// Whether a device was asked lately, by this or by a worker that said so.
  [[nodiscard]] bool useful() const { return useful_.load(std::memory_order_relaxed) > 0; }

  /// Tells that a worker waited for a device.
  void waited() { useful_.store(kMostUse / 2, std::memory_order_relaxed); }

 private:
  struct Wish {
    SourceDirectoryPointer directory;
    std::string name;
    bool content = false;
  };

  /// A wish that asked a device makes the next ones worth more, one that found everything in memory
  /// less: where fewer than one in nine ask, it ends. Asking for what is there anyway costs about
  /// as much as reading it.
  static constexpr int kMostUse = 512;
  static constexpr int kWorth = 8;

  void learn(bool asked_device);

  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Wish> wishes_;
  bool ended_ = false;
  std::atomic<int> useful_ = 0;
  std::vector<std::jthread> threads_;
};

/// How many blocks of 512 bytes the calling thread read from devices, in all its life.
[[nodiscard]] long device_reads();

}  // namespace backstay::runtime
