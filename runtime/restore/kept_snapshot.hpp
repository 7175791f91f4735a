// The keep-current snapshot as the only holder of what a restore drops: proven before anything is
// dropped, and again before an undo counts on it.
#pragma once

#include <memory>
#include <set>
#include <stop_token>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/restore/restore_record.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {

/// Opens it by the path of its store. Errors: as open_snapshot().
[[nodiscard]] Result<std::unique_ptr<SnapshotReader>> open_kept(World& world,
                                                                const std::string& store,
                                                                const std::string& snapshot);

/// Reads and decodes every byte of `components` and leaves a record of that. Errors: Refused, with
/// what is damaged or cannot be read: nothing may be dropped, or undone, that counts on it.
[[nodiscard]] Result<void> prove_kept(World& world,
                                      const std::string& store,
                                      const std::string& snapshot,
                                      const std::set<std::string>& components,
                                      const std::stop_token& stop);

/// The components of databases that the restore of this step will replace.
[[nodiscard]] std::set<std::string> databases_in_scope(const StepContext& context);

/// Before an undo changes anything: prove_kept() of all that it will bring back from a snapshot.
[[nodiscard]] Result<void> prove_what_was_dropped(World& world,
                                                  const RecordContent& content,
                                                  const std::stop_token& stop);

/// What `--in-place-without-orig` cannot do, before anything is changed. Errors: Usage.
[[nodiscard]] Result<void> check_without_orig(const plan::Step& step, const StepContext& context);

}  // namespace backstay::runtime
