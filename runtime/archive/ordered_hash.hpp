// The hash of a long content, computed beside the thread that reads it: pieces are hashed in the
// order in which they come, while the next is read and cut.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "lang/base/sha256.hpp"
#include "runtime/archive/plain_buffer.hpp"

namespace backstay::runtime {

/// One thread gives pieces; the hash has a thread of its own from the second piece on.
class OrderedHash {
 public:
  OrderedHash() = default;
  ~OrderedHash();
  OrderedHash(const OrderedHash&) = delete;
  OrderedHash& operator=(const OrderedHash&) = delete;

  /// Waits while several pieces wait, so that memory stays bounded.
  void add(PlainBufferPointer piece);
  /// Of all pieces.
  [[nodiscard]] Digest finish();

 private:
  void loop();

  Sha256 hash_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<PlainBufferPointer> waiting_;
  bool ended_ = false;
  std::jthread thread_;
};

}  // namespace backstay::runtime
