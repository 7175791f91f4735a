// What the next run may know of a component: which files were as they are now and which parts hold
// them. A cache in the state directory, bound to one snapshot by the hash of its manifest; without
// it a run reads and stores everything, and nothing is lost.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/known_entries.hpp"
#include "runtime/archive/known_parts.hpp"
#include "runtime/archive/trust.hpp"
#include "runtime/seal/seal_key.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// Where the memory of one (policy, host) and one store is, and who uses it.
struct MemoryPlace {
  Filesystem& files;
  Store store;
  std::string directory;  ///< STATE/cache/UUID.POLICY@HOST
  std::string policy;
  std::string host;
  std::string run_id;
  SealKey seal = {};  ///< only what is sealed to the same recipients is linked
};

/// Why nothing of a component could be linked, where the snapshot before holds it.
enum class FullRun : std::uint8_t {
  No,
  Forgotten,  ///< nothing fits that earlier runs remember: a state directory was lost
  OtherwiseSealed,
};

/// Of one component in one run. One thread at a time.
class ComponentMemory {
 public:
  using Warn = std::function<void(const std::string& message)>;

  ComponentMemory(const MemoryPlace& place, std::string component)
      : place_(place), component_(std::move(component)) {}

  /// Looks for what an earlier run left and whether its snapshot is still what it was. Parts that
  /// are due are compared with their hash first; a rotten one is reported, with every snapshot that
  /// holds it, and not linked again. Anything damaged is a warning and a full run; where there is
  /// nothing to look at, full_run() says so: it is told once for all components.
  void load(const ReadAgain& again, const Warn& warn);

  [[nodiscard]] FullRun full_run() const { return full_run_; }

  /// What may be linked; empty where nothing is.
  [[nodiscard]] KnownParts& parts() { return parts_; }

  /// Null where nothing is known of files.
  [[nodiscard]] KnownEntriesReader* entries() { return entries_ ? &*entries_ : nullptr; }

  /// Where this run writes what it sees of files. Null where that is not possible: only the next
  /// run is slower.
  KnownEntriesWriter* writer(const Warn& warn);

  /// After the commit: binds what was written to the new snapshot and drops what was before.
  Result<void> save(const std::string& manifest_digest,
                    const std::string& snapshot,
                    const std::vector<PartRecord>& parts,
                    std::int64_t today);
  /// Without a commit: drops what was written.
  void discard();

 private:
  struct Bound {
    std::string snapshot;
    std::string digest;
  };

  // One of the two files of what is known of entries.
  struct EntriesFile {
    std::string path;
    std::string sha256;  // as it stands in the list of parts
  };

  [[nodiscard]] std::string file(const std::string& digest, const char* what) const;
  [[nodiscard]] std::optional<Bound> find_bound();
  [[nodiscard]] bool fits(const Bound& bound);
  [[nodiscard]] bool sealed_otherwise(const std::string& snapshot);
  Result<void> read_parts(const Bound& bound);
  void check_parts(const ReadAgain& again, const Warn& warn);
  void report_rotten(const std::string& part, const std::string& why, const Warn& warn);
  [[nodiscard]] FullRun why_full_run();
  [[nodiscard]] KnownEntriesWriter::Form next_form() const;
  Result<void> open_entries();
  Result<FrameReader> open_entries(const EntriesFile& entries);
  Result<std::string> place_entries(const std::string& manifest_digest);

  const MemoryPlace& place_;
  std::string component_;
  FullRun full_run_ = FullRun::No;
  KnownParts parts_;
  std::optional<KnownEntriesReader> entries_;
  EntriesFile whole_;
  EntriesFile changes_;
  std::unique_ptr<KnownEntriesWriter> writer_;
};

}  // namespace backstay::runtime
