// Memory for plain bytes on their way into a part: uninitialised, because all of it is written, and
// used again, because fresh pages cost as much as copying.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace backstay::runtime {

struct PlainBuffer {
  std::unique_ptr<std::byte[]> bytes;  // NOLINT(modernize-avoid-c-arrays)
  std::size_t capacity = 0;
  std::size_t size = 0;

  [[nodiscard]] std::span<const std::byte> content() const { return {bytes.get(), size}; }
};

using PlainBufferPointer = std::shared_ptr<PlainBuffer>;

/// Thread-safe. Buffers may outlive it.
class BufferStore {
 public:
  /// An empty buffer; it comes back by itself.
  [[nodiscard]] PlainBufferPointer take(std::size_t capacity) {
    PlainBuffer buffer = free_->take(capacity);
    return {new PlainBuffer(std::move(buffer)), [free = free_](PlainBuffer* used) {
              free->give(std::move(*used));
              delete used;
            }};
  }

 private:
  struct Free {
    static constexpr std::size_t kMost = 6;

    PlainBuffer take(std::size_t capacity) {
      const std::lock_guard guard(mutex);
      for (PlainBuffer& buffer : buffers) {
        if (buffer.capacity < capacity || buffer.capacity > 2 * capacity)
          continue;
        std::swap(buffer, buffers.back());
        PlainBuffer taken = std::move(buffers.back());
        buffers.pop_back();
        taken.size = 0;
        return taken;
      }
      return {std::unique_ptr<std::byte[]>(new std::byte[capacity]), capacity, 0};  // NOLINT
    }

    void give(PlainBuffer buffer) {
      const std::lock_guard guard(mutex);
      if (buffers.size() < kMost)
        buffers.push_back(std::move(buffer));
    }

    std::mutex mutex;
    std::vector<PlainBuffer> buffers;
  };

  std::shared_ptr<Free> free_ = std::make_shared<Free>();
};

}  // namespace backstay::runtime
