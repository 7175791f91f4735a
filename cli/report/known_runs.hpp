// The runs that a report tells of: from the reports of this machine, its catalogue, and the records
// in the stores, so that a machine that was rebuilt still knows what its backups did.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {

struct KnownStep {
  std::string id = {};
  std::string kind = {};
  std::string state = {};
  std::vector<std::string> after = {};
  std::optional<std::chrono::milliseconds> began = {};  ///< nothing: not recorded
  std::chrono::milliseconds took{0};
  std::uint64_t bytes = 0;
};

/// One run. Without messages: they may name files, and a report goes to people who may not.
struct KnownRun {
  std::string id = {};
  std::string what = {};
  std::string policy = {};
  std::string backup = {};
  std::string host = {};
  std::string started = {};
  std::string status = {};
  std::string snapshot = {};
  std::vector<std::pair<std::string, std::string>> components = {};  ///< and their status
  std::vector<KnownStep> steps = {};
};

/// All runs that began at `from` or later, oldest first, each once. What cannot be read is left
/// out.
class KnownRuns {
 public:
  explicit KnownRuns(std::chrono::sys_seconds from) : from_(from) {}

  /// The reports under STATE/runs. Returns how many there were.
  std::size_t add_reports(runtime::Filesystem& files, const std::string& state_directory);
  /// What the catalogue knows and no report here tells of. Returns how many. Errors: those of
  /// Catalogue::open_for_reading(); then nothing was added.
  [[nodiscard]] Result<std::size_t> add_catalogue(runtime::Filesystem& files,
                                                  const std::string& state_directory);
  /// The records of runs in a store, those of points that are gone included. Returns how many of
  /// them were not known before.
  std::size_t add_records(runtime::Filesystem& files, const runtime::Store& store);

  [[nodiscard]] const std::vector<KnownRun>& runs();

 private:
  bool add(std::optional<KnownRun> run);

  std::chrono::sys_seconds from_ = {};
  std::vector<KnownRun> runs_;
  std::unordered_set<std::string> ids_;
  std::unordered_set<std::string> snapshots_;
  bool sorted_ = true;
};

}  // namespace backstay::cli
