// The run's side of a part: waits at barriers, tells how its steps ended, and never waits for ever.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "compiler/plan/phases.hpp"
#include "runtime/executor/events.hpp"
#include "runtime/executor/gates.hpp"
#include "runtime/hosts/part_files.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

struct PartOptions {
  std::string directory;              ///< from part_directory()
  std::string host;                   ///< in the plan
  std::chrono::seconds longest_wait;  ///< at one barrier; over: the run is stopped and undone
};

/// The gates of one run. Reads what callers say a few times a second, on a thread of its own; one
/// that says nothing for too long ends the run, so that what it stopped starts again whatever
/// became of the controller.
class PartGates final : public Gates, public Events {
 public:
  /// Borrows all but the options. `graph` is the whole one, of all hosts.
  PartGates(World& world, const std::vector<plan::Step>& graph, PartOptions options);

  /// Takes the directory's lock and tells that the run is there. Errors: Busy (it runs), Io.
  [[nodiscard]] Result<void> begin();

  GateAnswer ask(const plan::Step& step) override;

  /// Steps of this host that this restore does not do: they keep nobody waiting.
  void leave_out(const std::vector<plan::Step>& steps_in_scope) override;

  void step(std::string_view id, StepState state, std::string_view detail) override;

  void progress(std::string_view /*id*/,
                std::uint64_t /*bytes*/,
                std::string_view /*item*/) override {}

  void warning(std::string_view /*id*/, std::string_view /*message*/) override {}

  /// Stops when the run was given up, or waited too long; chained to `outer`.
  [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }

  /// Why it was stopped by us; empty: it was not.
  [[nodiscard]] std::string why_stopped() const override;
  /// A stop from elsewhere (a signal) is one here.
  void also_stop_on(const std::stop_token& outer);

 private:
  void watch(const std::stop_token& end);
  void look();
  void save();
  [[nodiscard]] bool save_again();

  World& world_;
  const std::vector<plan::Step>& graph_;
  plan::Phases phases_;
  PartOptions options_;
  std::unique_ptr<File> lock_;
  std::stop_source stop_;
  std::optional<std::stop_callback<std::function<void()>>> outer_;
  mutable std::mutex mutex_;
  GateFile gate_;
  std::unordered_set<std::string> hosts_;
  std::unordered_set<std::string> done_;
  std::optional<std::chrono::steady_clock::time_point> waiting_since_;
  std::string waits_for_;  // the step that waits
  std::string why_stopped_;
  std::mutex progress_mutex_;
  PartProgress progress_;
  bool unsaved_ = false;  // the last try to tell it failed
  std::jthread watcher_;  // last: it ends before the rest
};

}  // namespace backstay::runtime
