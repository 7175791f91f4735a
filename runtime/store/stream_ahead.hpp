// A stream read ahead of who takes it: the next bytes are decoded and hashed on one core while the
// last ones are on their way to a program on another.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/store/stream.hpp"

namespace backstay::runtime {

/// One thread takes; the source is read by a thread of this alone, until its end or an Error, at
/// most 4 MiB ahead.
class StreamAhead final : public StreamReader {
 public:
  /// source  lives longer, and nobody else reads it meanwhile
  explicit StreamAhead(StreamReader& source);
  ~StreamAhead() override;
  StreamAhead(const StreamAhead&) = delete;
  StreamAhead& operator=(const StreamAhead&) = delete;

  /// As of the source, whose Error comes behind all bytes that were read before it.
  Result<std::size_t> read(std::span<std::byte> buffer) override;

 private:
  struct Piece {
    std::vector<std::byte> room;
    std::size_t size = 0;  ///< bytes of it that count
  };

  void loop();
  Result<void> fill(Piece& piece);
  Result<void> take_next();

  StreamReader& source_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Piece> pieces_;
  std::vector<Piece> spare_;  ///< taken, to be filled again
  Result<void> outcome_;
  bool read_all_ = false;   ///< the source has no more to give
  bool abandoned_ = false;  ///< nobody takes any more
  Piece current_;           ///< of the thread that takes
  std::size_t taken_ = 0;   ///< bytes of `current_`
  std::jthread thread_;     // last: it uses the rest
};

}  // namespace backstay::runtime
