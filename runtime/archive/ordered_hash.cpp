#include "runtime/archive/ordered_hash.hpp"

#include <utility>

namespace backstay::runtime {

namespace {

constexpr std::size_t kMostWaiting = 2;

}  // namespace

OrderedHash::~OrderedHash() {
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
}

void OrderedHash::add(PlainBufferPointer piece) {
  std::unique_lock lock(mutex_);
  if (!waiting_.empty() && !thread_.joinable())
    thread_ = std::jthread([this] { loop(); });
  changed_.wait(lock, [&] { return waiting_.size() < kMostWaiting; });
  waiting_.push_back(std::move(piece));
  lock.unlock();
  changed_.notify_all();
}

void OrderedHash::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    if (waiting_.empty())
      return;
    const PlainBufferPointer piece = waiting_.front();
    lock.unlock();
    hash_.update(piece->content());
    lock.lock();
    if (!waiting_.empty())
      waiting_.pop_front();
    changed_.notify_all();
  }
}

Digest OrderedHash::finish() {
  {
    const std::lock_guard guard(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
  for (const PlainBufferPointer& piece : waiting_)
    hash_.update(piece->content());
  waiting_.clear();
  return hash_.finish();
}

}  // namespace backstay::runtime
