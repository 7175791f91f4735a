#include "runtime/archive/part_pool.hpp"

#include <algorithm>
#include <utility>

#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kMostThreads = 16;
constexpr std::size_t kMostBytes = std::size_t{64} << 20U;
// A frame is decoded as a whole, so it stays well below the largest that readers take.
constexpr std::size_t kFrame = std::size_t{16} << 20U;

std::size_t cores() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
}

Result<PartRecord> store(PartDirectory& directory,
                         FrameCompressor& compressor,
                         std::span<const std::byte> plain,
                         const std::string& name) {
  const bool segment = name.empty();
  const Digest digest = segment ? directory.tag(plain) : sha256(plain);
  if (segment) {
    if (auto known = directory.segment(digest))
      return *std::move(known);
  }
  const PartRecord* known = directory.previous().find_plain(digest);
  if (known != nullptr && known->segment == segment && known->check == PartCheck::Plain)
    return directory.link(*known, name);
  PartFile part(directory);
  while (!plain.empty()) {
    const std::size_t count = std::min(plain.size(), kFrame);
    BACKSTAY_TRY(part.write(compressor.compress(plain.first(count))));
    plain = plain.subspan(count);
  }
  return part.finish({.check = PartCheck::Plain,
                      .plain = digest,
                      .suffix = kSegmentSuffix,
                      .name = name,
                      .segment = segment});
}

}  // namespace

PartPool::~PartPool() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
}

// Why one more than there are cores: each waits for the device at the end of its part.
void PartPool::start() {
  while (threads_.size() < cores() + 1)
    threads_.emplace_back([this] { loop(); });
}

PartTicketPointer PartPool::submit(PlainBufferPointer plain, std::string name) {
  auto ticket = std::make_shared<PartTicket>();
  std::unique_lock lock(mutex_);
  start();
  changed_.wait(lock, [&] {
    return in_flight_ == 0 ||
           (in_flight_ < cores() + 2 && bytes_in_flight_ + plain->size <= kMostBytes);
  });
  ++in_flight_;
  bytes_in_flight_ += plain->size;
  waiting_.push_back({std::move(plain), std::move(name), ticket});
  lock.unlock();
  changed_.notify_all();
  return ticket;
}

Result<PartRecord> PartPool::wait(const PartTicketPointer& ticket) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return ticket->outcome_.has_value(); });
  return *ticket->outcome_;
}

void PartPool::loop() {
  FrameCompressor compressor(directory_.level());
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !waiting_.empty(); });
    if (stopping_)
      return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    auto outcome = store(directory_, compressor, job.plain->content(), job.name);
    const std::size_t size = job.plain->size;
    job.plain.reset();
    lock.lock();
    job.ticket->outcome_ = std::move(outcome);
    --in_flight_;
    bytes_in_flight_ -= size;
    changed_.notify_all();
  }
}

}  // namespace backstay::runtime
