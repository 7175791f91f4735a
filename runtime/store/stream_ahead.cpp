#include "runtime/store/stream_ahead.hpp"

#include <algorithm>
#include <utility>

namespace backstay::runtime {

namespace {

constexpr std::size_t kPiece = std::size_t{1} << 20U;
constexpr std::size_t kMostPieces = 4;

}  // namespace

StreamAhead::StreamAhead(StreamReader& source) : source_(source), thread_([this] { loop(); }) {}

StreamAhead::~StreamAhead() {
  {
    const std::lock_guard guard(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
}

Result<void> StreamAhead::fill(Piece& piece) {
  piece.size = 0;
  while (piece.size < piece.room.size()) {
    BACKSTAY_ASSIGN(const std::size_t size,
                    source_.read(std::span(piece.room).subspan(piece.size)));
    if (size == 0)
      break;
    piece.size += size;
  }
  return {};
}

void StreamAhead::loop() {
  for (bool more = true; more;) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return abandoned_ || pieces_.size() < kMostPieces; });
    Piece piece;
    if (!spare_.empty()) {
      piece = std::move(spare_.back());
      spare_.pop_back();
    }
    more = !abandoned_;
    lock.unlock();
    piece.room.resize(kPiece);
    Result<void> filled = more ? fill(piece) : Result<void>();
    lock.lock();
    more = more && filled && piece.size == kPiece;
    if (piece.size > 0)
      pieces_.push_back(std::move(piece));
    if (!more) {
      outcome_ = std::move(filled);
      read_all_ = true;
    }
    changed_.notify_all();
  }
}

Result<void> StreamAhead::take_next() {
  std::unique_lock lock(mutex_);
  if (current_.size > 0)
    spare_.push_back(std::move(current_));
  current_ = {};
  taken_ = 0;
  changed_.wait(lock, [&] { return read_all_ || !pieces_.empty(); });
  if (pieces_.empty())
    return outcome_;
  current_ = std::move(pieces_.front());
  pieces_.pop_front();
  changed_.notify_all();
  return {};
}

Result<std::size_t> StreamAhead::read(std::span<std::byte> buffer) {
  if (taken_ == current_.size && !buffer.empty())
    BACKSTAY_TRY(take_next());
  const std::size_t size = std::min(buffer.size(), current_.size - taken_);
  std::copy_n(current_.room.begin() + static_cast<std::ptrdiff_t>(taken_), size, buffer.begin());
  taken_ += size;
  return size;
}

}  // namespace backstay::runtime
