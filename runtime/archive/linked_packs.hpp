// The packs of an earlier snapshot that a new one goes on using: each linked once, at the first of
// its files that is unchanged.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/archive/pack_writer.hpp"

namespace backstay::runtime {

/// Thread-safe.
class LinkedPacks {
 public:
  explicit LinkedPacks(PartDirectory& directory) : directory_(directory) {}

  /// The pack of an unchanged file, linked by now; null where it is not there or to be rewritten.
  Result<std::shared_ptr<const PackHandle>> take(const std::string& pack);

  /// A file of a pack that the new snapshot does not name. In the order of the file list.
  /// False: the pack is not there or to be rewritten, so that nobody asks.
  bool note_dead(const std::string& pack, std::string_view path);

  /// Writes the names of what is dead in each. Every entry is in the list by now.
  Result<void> finish();

 private:
  struct Linked {
    std::unique_ptr<LiveNames> live;           // null: not to be used
    std::shared_ptr<const PackHandle> handle;  // null: nothing is live so far
  };

  Linked& find(const std::string& pack);

  PartDirectory& directory_;
  std::mutex mutex_;
  std::map<std::string, Linked> packs_;
};

}  // namespace backstay::runtime
