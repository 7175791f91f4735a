// The words of a call of `backstay schedule`.
#pragma once

#include <string>

#include "cli/ansible_engine.hpp"

namespace backstay::cli {

/// As they were given; each verb has some of them.
struct ScheduleOptions {
  std::string plan;
  std::string host;  ///< name of this machine in the plan; empty: the one that it bears
  std::string format = "text";
  bool dry_run = false;
  bool cron = false;
  bool on_controller = false;
  EngineWords engine;

  /// Whether Ansible carries the call to the hosts.
  [[nodiscard]] bool everywhere() const { return !engine.engine.empty(); }
};

}  // namespace backstay::cli
