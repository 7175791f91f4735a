// The way of most files of most runs: a file that an earlier run saw, that is what it was, and
// whose line stands in the base of the file list. It costs one look at the file and no text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "lang/base/result.hpp"
#include "runtime/archive/filesystem_identity.hpp"
#include "runtime/archive/linked_packs.hpp"
#include "runtime/archive/list_batch.hpp"
#include "runtime/archive/owners.hpp"
#include "runtime/archive/tree_walk.hpp"
#include "runtime/archive/trust.hpp"

namespace backstay::runtime {

/// One thread at a time; each worker has its own.
class KeptFiles {
 public:
  KeptFiles(LinkedPacks& packs, const ReadAgain& again) : packs_(packs), again_(again) {}

  /// Adds a file of one name as it was. False: it is not one of these; nothing was added.
  /// Errors: the store's.
  Result<bool> keep(const WalkItem& item, ListBatch& batch);

  /// Files and bytes kept since the last call.
  struct Count {
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
  };

  [[nodiscard]] Count take_count() { return std::exchange(count_, {}); }

 private:
  bool is_same(const KnownGlance& known, const WalkItem& item);

  LinkedPacks& packs_;
  const ReadAgain& again_;
  Owners owners_;
  FilesystemIdentities filesystems_;
  std::string pack_name_;  // of `pack_`
  std::shared_ptr<const PackHandle> pack_;
  Count count_;
};

}  // namespace backstay::runtime
