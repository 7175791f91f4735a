// Database servers whose data files an undo puts back: stopped before, started after.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/restore/restore_record.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

class ServersOfDataFiles {
 public:
  /// The servers of a restore whose data directories it exchanged and no undo has put back.
  ServersOfDataFiles(World& world,
                     const plan::Plan& plan,
                     const RecordContent& content,
                     std::stop_token stop);

  /// Changes nothing. Errors: Refused for a server that runs on what the restore brought, where
  /// `discard_later` is not asked for, or where nobody may stop it.
  [[nodiscard]] Result<void> check(bool discard_later) const;
  /// Stops what runs. Errors: those of systemd; Refused where a server still runs.
  [[nodiscard]] Result<void> stop();
  /// Starts what stop() stopped; what does not start is told.
  void start(const std::function<void(const std::string&)>& note);

 private:
  struct Served {
    const plan::Server* server = nullptr;
    bool may_stop = false;
  };

  World& world_;
  std::stop_token stop_;
  bool complete_ = false;  ///< the restore had come to its end
  std::vector<Served> servers_;
  std::vector<std::string> stopped_;
};

}  // namespace backstay::runtime
