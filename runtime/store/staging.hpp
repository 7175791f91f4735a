// A snapshot in the making: STORE/staging/RUN, invisible to list, restore and retention.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/recorded_unit.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

/// How much of a snapshot is there. `Partial`: kept for a while, never `latest`.
enum class Completeness : std::uint8_t { Complete, Partial };

/// Collects components from several threads and commits them in one rename (store.md, section 3).
class Staging {
 public:
  virtual ~Staging() = default;

  /// A stream artefact of a component: `NAME.parts` and its segments, e.g. ("nova.nova_api",
  /// "rows.sql"). Names are [a-z0-9._-]. Thread-safe.
  virtual Result<std::unique_ptr<StreamWriter>> open_stream(const std::string& component,
                                                            const std::string& name) = 0;

  /// Archives a tree or file into packs, file list and meta archive. Thread-safe; uses all cores.
  /// Errors: NotFound (the path is missing and not optional), Io (unreadable, vanished or changed
  /// without leave: the component is then not complete), NoSpace.
  virtual Result<void> archive_files(const plan::ArchiveFiles& files, StepContext& context) = 0;

  /// Marks a component complete, with what the manifest shall say of it. What is never marked does
  /// not get into a snapshot. kind: `files`, `mariadb-database`, `mariadb-accounts`, `sqlite`.
  virtual Result<void> complete(const std::string& component,
                                const std::string& kind,
                                const std::string& source,
                                const ComponentFacts& facts) = 0;

  /// The units of the host's services, as they were before anything was stopped; sorted by name.
  virtual void note_units(std::vector<RecordedUnit> units) { (void)units; }

  /// Notes that a required component failed: the commit becomes `partial`.
  virtual void fail(const std::string& component, const std::string& why) = 0;

  /// Where a step may put temporary files as large as its source, which it removes itself; what is
  /// left there goes with the staging. Empty: nowhere, as in a sealed store.
  [[nodiscard]] virtual std::string scratch_directory() const { return {}; }

  /// Reads back and decodes every new part, writes manifest, sums and RESTORE.txt, renames into
  /// snapshots/. Returns the id. With nothing complete it commits nothing: Partial error.
  virtual Result<std::string> commit() = 0;
  [[nodiscard]] virtual Completeness completeness() const = 0;

  /// After commit: paths in the snapshot whose stored bytes are proven. New parts were read back
  /// from the device by the commit; linked ones were compared with their hash within thirty days.
  /// What was touched since is not among them.
  [[nodiscard]] virtual std::set<std::string> proven() const { return {}; }

  /// The id after commit, else empty.
  [[nodiscard]] virtual std::string snapshot_id() const = 0;
};

}  // namespace backstay::runtime
