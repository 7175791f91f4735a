// Are we safe? What `status` finds of the backups of plans, in values and in words, for every verb
// that answers the question.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "cli/approval_gate.hpp"
#include "cli/plan_file.hpp"
#include "cli/render/next_run.hpp"
#include "cli/session.hpp"
#include "runtime/restore/restore_record.hpp"
#include "runtime/status/backup_status.hpp"

namespace backstay::cli {

/// A backup with what its plan says of it.
struct AssessedBackup {
  std::string policy;
  runtime::BackupStatus status;
  NextRun next;
  NextRun next_drill;  ///< of the drill that comes first; without text: none restores it
  ApprovalState approval = {};
};

/// Appends the backups of a plan. Errors: those of assess_backups().
[[nodiscard]] Result<void> assess_plan(const plan::Plan& plan,
                                       const runtime::StatusRequest& request,
                                       const Session& session,
                                       std::chrono::system_clock::time_point now,
                                       std::vector<AssessedBackup>& backups);

/// Name and value of each line that `status` prints of a backup, problems left out.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> facts_of(
    const AssessedBackup& backup);

/// A problem without the reason that a run or drill gave, which may name files of the source:
/// `backstay logs` tells it on the host.
[[nodiscard]] std::string without_reason(const runtime::BackupStatus& status,
                                         const std::string& problem);

/// The answer in one sentence with its numbers, without a newline. It names no files.
[[nodiscard]] std::string safety_sentence(const std::vector<AssessedBackup>& backups,
                                          const std::vector<runtime::RecordContent>& restores);

/// Whether that sentence is a good one.
[[nodiscard]] bool all_safe(const std::vector<AssessedBackup>& backups,
                            const std::vector<runtime::RecordContent>& restores);

}  // namespace backstay::cli
