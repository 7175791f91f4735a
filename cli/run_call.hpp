// One backup or one copy on this machine: whether it is due and approved, doing it or looking at
// it, and what is told and kept of it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "cli/execution.hpp"
#include "cli/keeping.hpp"
#include "cli/plan_file.hpp"
#include "cli/run_words.hpp"
#include "lang/base/result.hpp"
#include "runtime/executor/run.hpp"
#include "runtime/executor/run_copy.hpp"

namespace backstay::cli {

/// Used once. Borrows all that it is made of.
class RunCall {
 public:
  /// part  null: this host alone
  RunCall(Session& session,
          Execution& execution,
          const PlanFile& file,
          RunWords& words,
          const PartPlan* part,
          std::chrono::seconds lock_timeout);

  /// Shows what came of it and sets the exit code of the session.
  void run();

 private:
  [[nodiscard]] bool is_due();
  [[nodiscard]] bool is_approved();
  [[nodiscard]] bool begin_part();
  [[nodiscard]] std::function<bool()> still_wanted();
  void back_up();
  void copy();
  void keep_part_report(const Result<runtime::RunReport>& outcome);
  void tell_and_keep(const Result<runtime::RunReport>& outcome);
  [[nodiscard]] bool prunes_behind(const Result<runtime::RunReport>& outcome) const;
  template <typename Outcome>
  void show(const Outcome& outcome);

  Session& session_;
  Execution& execution_;
  const PlanFile& file_;
  RunWords& words_;
  const PartPlan* part_;
  std::chrono::seconds lock_timeout_;
  Call call_;
  bool overtaken_ = false;  // while it waited for the lock, another run did it
};

}  // namespace backstay::cli
