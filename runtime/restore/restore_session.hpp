// One try of a restore and its record: which restore it is or goes on with, the marker and the
// drop-ins that keep units from starting on half of it, and how it ends.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/restore/restore.hpp"
#include "runtime/restore/restore_record.hpp"

namespace backstay::runtime {

/// The scope of a request in canonical words: two requests with the same words ask for the same.
[[nodiscard]] std::string scope_words(const RestoreRequest& request);

/// The restore of a policy on a host that is not complete; nothing where there is none. A record
/// that cannot be read is an Error: it may be one. Errors: BadInput.
[[nodiscard]] Result<std::optional<RecordContent>> find_incomplete(
    Filesystem& files,
    const std::string& state_directory,
    const std::string& policy,
    const std::string& host);

/// What keeps another restore or a backup from beginning, said with the two ways out.
[[nodiscard]] Error incomplete_error(const RecordContent& incomplete, const std::string& what);

/// The units of `content` may start again: no drop-in, no marker.
[[nodiscard]] Result<void> release_units(World& world,
                                         RestoreRecord& record,
                                         const std::stop_token& stop);
/// They may not.
[[nodiscard]] Result<void> guard_units(World& world,
                                       RestoreRecord& record,
                                       const std::vector<std::string>& units,
                                       const std::stop_token& stop);

/// One try.
class RestoreSession {
 public:
  /// header.id  the new run; what an earlier try of the same restore left is gone on with instead.
  /// Errors: Refused (another restore of the policy is not complete, or is being undone), Busy.
  [[nodiscard]] static Result<std::unique_ptr<RestoreSession>> open(World& world,
                                                                    RestoreHeader header,
                                                                    std::string plan_yaml);

  /// The restore's id: the first try's run.
  [[nodiscard]] const std::string& id() const { return header_.id; }

  [[nodiscard]] bool again() const { return again_; }

  /// Null before the first change of a first try.
  [[nodiscard]] RestoreRecord* record() { return record_.get(); }

  /// Executes one of `steps`. Before the first that may change something the record is begun, and
  /// what the steps stop is kept from starting until its own step starts it.
  Result<void> execute(StepContext& context, const std::vector<plan::Step>& steps);
  /// At the end. whole  every step was done. Errors leave the restore incomplete.
  Result<void> end(bool whole);

 private:
  Result<void> begin(const StepContext& context, const std::vector<plan::Step>& steps);
  Result<void> exchange_back(Error error, StepContext& context);
  Result<void> note_held(const std::vector<std::string>& units, const std::stop_token& stop);
  Result<void> note_states_at_boot(const std::vector<std::string>& units, StepContext& context);
  Result<void> allow(const std::vector<std::string>& units, const std::stop_token& stop);
  Result<void> start_held(const std::vector<std::string>& units, const std::stop_token& stop);

  RestoreSession(World& world, RestoreHeader header, std::string plan_yaml)
      : world_(world), header_(std::move(header)), plan_yaml_(std::move(plan_yaml)) {}

  World& world_;
  RestoreHeader header_;
  std::string plan_yaml_;
  std::string run_id_;
  std::unique_ptr<RestoreRecord> record_;
  bool again_ = false;
  bool begun_ = false;
};

}  // namespace backstay::runtime
