// Hashes of packed files that are computed a handful at a time: the lines and records of the files
// are written at once and their hashes filled in when they are known.
#pragma once

#include <cstddef>
#include <deque>
#include <span>

#include "lang/base/sha256_batch.hpp"
#include "runtime/archive/list_batch.hpp"

namespace backstay::runtime {

/// One thread at a time.
class LateDigests {
 public:
  /// content  of the file whose line `batch` has at `place`; both stay until settle()
  void add(std::span<const std::byte> content, ListBatch& batch, const DigestPlace& place);
  /// Fills in what is missing. Before a content or a batch goes away.
  void settle();

 private:
  struct Waiting {
    ListBatch* batch = nullptr;
    DigestPlace place;
    Digest digest{};
  };

  std::deque<Waiting> waiting_;  // which stay in place
  Sha256Batch batch_;
};

}  // namespace backstay::runtime
