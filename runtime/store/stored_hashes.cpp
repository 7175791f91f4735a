#include "runtime/store/stored_hashes.hpp"

namespace backstay::runtime {

namespace {

std::pair<std::uint64_t, std::uint64_t> key_of(const FileStatus& status) {
  return {status.device, status.inode};
}

}  // namespace

Result<StoredDigest> StoredHashes::of(Filesystem& files, const std::string& path) {
  BACKSTAY_ASSIGN(const FileStatus status, files.status(path));
  {
    const std::lock_guard guard(mutex_);
    if (const auto found = known_.find(key_of(status)); found != known_.end())
      return found->second;
  }
  BACKSTAY_ASSIGN(const StoredDigest digest, hash_stored(files, path));
  add(status, digest);
  return digest;
}

bool StoredHashes::knows(const FileStatus& status) const {
  const std::lock_guard guard(mutex_);
  return known_.contains(key_of(status));
}

void StoredHashes::add(const FileStatus& status, const StoredDigest& digest) {
  const std::lock_guard guard(mutex_);
  known_.emplace(key_of(status), digest);
}

std::uint64_t StoredHashes::bytes() const {
  const std::lock_guard guard(mutex_);
  std::uint64_t sum = 0;
  for (const auto& [inode, digest] : known_)
    sum += digest.size;
  return sum;
}

struct HashOnTheWay::Running {
  StoredHashes& hashes;
  FileStatus status;
  Sha256 hash = {};
  std::uint64_t size = 0;
};

Result<HashOnTheWay> HashOnTheWay::begin(StoredHashes* hashes,
                                         Filesystem& files,
                                         const std::string& path) {
  HashOnTheWay on_the_way;
  if (hashes == nullptr)
    return on_the_way;
  BACKSTAY_ASSIGN(const FileStatus status, files.status(path));
  if (!hashes->knows(status))
    on_the_way.running_ = std::make_shared<Running>(*hashes, status);
  return on_the_way;
}

FrameReader::Observer HashOnTheWay::observer() const {
  if (!running_)
    return {};
  return [running = running_](std::span<const std::byte> bytes) {
    running->hash.update(bytes);
    running->size += bytes.size();
  };
}

void HashOnTheWay::finish() {
  if (running_)
    running_->hashes.add(running_->status, {running_->hash.finish(), running_->size});
  running_.reset();
}

}  // namespace backstay::runtime
