// Threads that compress and store pieces of a content while the next is read: what lets one large
// file or dump use all cores.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/part_file.hpp"
#include "runtime/archive/plain_buffer.hpp"

namespace backstay::runtime {

/// What will become of a submitted piece.
class PartTicket {
 private:
  friend class PartPool;
  std::optional<Result<PartRecord>> outcome_;
};

using PartTicketPointer = std::shared_ptr<PartTicket>;

/// One of a component. Thread-safe. Its threads begin with the first piece; what was submitted and
/// is not begun when it is destroyed is dropped.
class PartPool {
 public:
  explicit PartPool(PartDirectory& directory) : directory_(directory) {}

  ~PartPool();
  PartPool(const PartPool&) = delete;
  PartPool& operator=(const PartPool&) = delete;

  /// Stores a piece: linked where this run or the earlier snapshot has it, else compressed.
  /// Waits while as much is on its way as memory is meant for.
  /// name  of the part; empty: it is a segment and named by its hash
  PartTicketPointer submit(PlainBufferPointer plain, std::string name = {});

  /// Memory for a piece.
  [[nodiscard]] PlainBufferPointer buffer(std::size_t capacity) { return buffers_.take(capacity); }

  /// Waits until a piece is stored.
  Result<PartRecord> wait(const PartTicketPointer& ticket);

 private:
  struct Job {
    PlainBufferPointer plain;
    std::string name;
    PartTicketPointer ticket;
  };

  void start();
  void loop();

  PartDirectory& directory_;
  BufferStore buffers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  std::size_t in_flight_ = 0;        // jobs
  std::size_t bytes_in_flight_ = 0;  // of them
  bool stopping_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace backstay::runtime
