// Tells the journal, the listeners and the staging of each transition of a run.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/executor/event_hub.hpp"
#include "runtime/executor/executor.hpp"
#include "runtime/executor/run_report.hpp"
#include "runtime/journal/journal.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime {

/// A journal that cannot be written is a warning: it serves diagnosis, and must not cost a backup.
class RunRecorder final : public Recorder {
 public:
  /// `staging` may be null (a restore).
  RunRecorder(Journal& journal, EventHub& hub, Staging* staging)
      : journal_(journal), hub_(hub), staging_(staging) {}

  void due(const plan::Step& step) override;
  void started(const plan::Step& step) override;
  /// First the journal, then who listens, in settle(): other hosts are told of nothing that a crash
  /// takes back.
  void ended(const plan::Step& step, const StepResult& result) override;
  std::uint64_t hand_on() override;

  std::uint64_t lasting() override { return lasting_; }

  void settle() override;
  void write(const JournalRecord& record);

  /// How many capturing steps brought something. Safe from any thread.
  [[nodiscard]] std::size_t captured() const { return captured_; }

 private:
  /// An end that the listeners do not know yet.
  struct Untold {
    std::uint64_t number;
    std::string step;
    StepState state;
    std::string message;
  };

  /// Of an answer of the journal.
  void warn_once(const Result<void>& written);
  void tell_staging(const plan::Step& step, StepEnd end, const std::string& why);

  Journal& journal_;
  EventHub& hub_;
  Staging* staging_;
  std::vector<JournalRecord> records_;  // until hand_on()
  std::vector<Untold> ends_;            // the same
  std::mutex mutex_;
  std::uint64_t number_ = 0;   // guarded by mutex_
  std::deque<Untold> untold_;  // guarded by mutex_
  std::atomic<std::uint64_t> lasting_ = 0;
  std::atomic<std::size_t> captured_ = 0;
  std::atomic<bool> journal_failed_ = false;
};

/// The step reports of a finished graph, in the order of its steps.
[[nodiscard]] std::vector<StepReport> report_steps(const std::vector<plan::Step>& steps,
                                                   const std::vector<StepResult>& results,
                                                   const EventHub& hub);

/// Where gates stopped a run, they know why.
void tell_of_gates(const Gates* gates, Error& failure);

/// The error of the first step, in the order of the plan, that failed; else of the first partial
/// one.
[[nodiscard]] std::optional<Error> first_failure(const std::vector<StepResult>& results);

}  // namespace backstay::runtime
