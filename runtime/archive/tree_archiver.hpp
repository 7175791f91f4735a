// A tree or file of the machine into packs, segments, file list and meta archive: symmetrical
// workers, one a core, each of which walks a little, reads, hashes and compresses its own pack.
#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "compiler/plan/actions.hpp"
#include "lang/base/result.hpp"
#include "runtime/archive/known_entries.hpp"
#include "runtime/archive/part_file.hpp"
#include "runtime/archive/trust.hpp"

namespace backstay::runtime {

/// What became of the archive of one component.
struct ArchiveCounts {
  bool absent = false;  ///< the path is not there and need not be
  std::uint64_t entries = 0;
  std::uint64_t files = 0;  ///< regular files with content of their own
  std::uint64_t plain_bytes = 0;
  std::uint64_t kept =
      0;  ///< files that were not read, because they are as an earlier run saw them
  std::uint64_t left_out = 0;  ///< nodes that an `except` took
  std::uint64_t reserved = 0;  ///< names of Backstay's own
  std::uint64_t sockets = 0;
  std::uint64_t grown = 0;
  std::uint64_t changed = 0;   ///< under `may-change`
  std::uint64_t vanished = 0;  ///< under `may-vanish`
};

/// Who hears of it; called from several threads, one call at a time is the receiver's business.
struct ArchiveObserver {
  std::function<void(std::uint64_t bytes, const std::string& item)> progress;
  std::function<void(const std::string& message)> warning;
  std::stop_token stop;
};

/// What earlier runs remember of a component, and where this one notes what it saw. Both may be
/// null: then everything is read, and nothing remembered.
struct ArchiveMemory {
  KnownEntriesReader* previous = nullptr;
  KnownEntriesWriter* next = nullptr;
  ReadAgain again = {};
};

/// Errors: NotFound (missing and not optional), Io (something could not be read, changed or
/// vanished without leave: all of it was tried and the first ones are named), NoSpace and Io of the
/// store, Interrupted.
[[nodiscard]] Result<ArchiveCounts> archive_tree(PartDirectory& parts,
                                                 const plan::ArchiveFiles& files,
                                                 const ArchiveObserver& observer,
                                                 const ArchiveMemory& memory = {});

}  // namespace backstay::runtime
