// The state of backups in Prometheus's text format, for the textfile collector of its node
// exporter.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/status/backup_status.hpp"

namespace backstay::cli {

/// A backup, and what its plan says of it.
struct MetricsLine {
  std::string policy;
  runtime::BackupStatus status;
  std::string next_run;  ///< RFC 3339, UTC; empty: none
};

/// docs/notifying.md lists every metric. Values that are not known are left out, not 0.
[[nodiscard]] std::string as_metrics(const std::vector<MetricsLine>& lines,
                                     std::chrono::system_clock::time_point now);

}  // namespace backstay::cli
