#include "runtime/archive/late_digests.hpp"

namespace backstay::runtime {

void LateDigests::add(std::span<const std::byte> content,
                      ListBatch& batch,
                      const DigestPlace& place) {
  waiting_.push_back({.batch = &batch, .place = place});
  batch_.add(content, waiting_.back().digest);
}

void LateDigests::settle() {
  batch_.finish();
  for (const Waiting& file : waiting_)
    file.batch->set_digest(file.place, file.digest);
  waiting_.clear();
}

}  // namespace backstay::runtime
