#include "cli/render/status_metrics.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

/// One metric with its lines; written only where it has some.
class Metric {
 public:
  Metric(std::string_view name, std::string_view help) : name_(name), help_(help) {}

  void add(const std::string& labels, std::optional<std::int64_t> value) {
    if (value) {
      lines_ += fmt::format("backstay_{}{{{}}} {}\n", name_, labels, *value);
    }
  }

  void write(std::string& text) const {
    if (!lines_.empty()) {
      text += fmt::format("# HELP backstay_{0} {1}\n# TYPE backstay_{0} gauge\n{2}", name_, help_,
                          lines_);
    }
  }

 private:
  std::string_view name_;
  std::string_view help_;
  std::string lines_;
};

/// Of a label: backslashes, quotes and newlines escaped (Prometheus, "Text-based format").
std::string label(std::string_view name, const std::string& value) {
  std::string text = fmt::format("{}=\"", name);
  for (const char letter : value) {
    if (letter == '\n') {
      text += "\\n";
      continue;
    }
    if (letter == '\\' || letter == '"') {
      text += '\\';
    }
    text += letter;
  }
  return text + '"';
}

std::optional<std::int64_t> seconds_of(const std::string& rfc3339) {
  const auto when = runtime::from_rfc3339(rfc3339);
  if (!when) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<std::chrono::seconds>(when->time_since_epoch()).count();
}

std::optional<std::int64_t> seconds_of(const std::optional<Duration>& duration) {
  return duration ? std::optional<std::int64_t>(duration->seconds) : std::nullopt;
}

std::int64_t number(std::size_t value) {
  return static_cast<std::int64_t>(value);
}

/// All metrics, in the order in which they are written.
struct Metrics {
  Metric safe{"backup_safe", "1 where `backstay status` says SAFE, 0 where it says UNSAFE."};
  Metric newest{"newest_point_timestamp_seconds", "Start of the newest complete point."};
  Metric level{"newest_point_verified_level",
               "Level at which the newest point was verified last and found intact."};
  Metric rpo{"promised_rpo_seconds", "The strictest rpo that the policy promises."};
  Metric points{"points", "Points in the main target, by state."};
  Metric copies{"copy_points",
                "Complete points at a further target, where it can be told from here."};
  Metric copied{"copy_newest_point_timestamp_seconds",
                "Start of the newest complete point at a further target."};
  Metric ran{"last_run_timestamp_seconds", "End of the last run on this machine."};
  Metric succeeded{"last_run_success",
                   "1 where the last run on this machine kept all that it should."};
  Metric next{"next_run_timestamp_seconds", "When the schedule fires next."};
  Metric drilled{"last_drill_timestamp_seconds", "End of the last drill that proved a restore."};
  Metric restored{"proven_restore_seconds",
                  "How long the slowest service took to be back in that drill."};

  void add(const MetricsLine& line) {
    const runtime::BackupStatus& status = line.status;
    const std::string labels =
        fmt::format("{},{},{}", label("policy", line.policy), label("backup", status.backup),
                    label("host", status.host));
    safe.add(labels, status.safe() ? 1 : 0);
    if (status.newest) {
      newest.add(labels, seconds_of(status.newest->started));
      if (status.proof && status.proof->intact) {
        level.add(labels, status.proof->level);
      }
    }
    rpo.add(labels, seconds_of(status.promised));
    points.add(labels + ",state=\"complete\"", number(status.points - status.not_intact.size()));
    points.add(labels + ",state=\"partial\"", number(status.partial));
    points.add(labels + ",state=\"damaged\"", number(status.damaged + status.not_intact.size()));
    for (const runtime::CopyStatus& copy : status.copies) {
      if (copy.unknown.empty()) {
        copies.add(labels + "," + label("target", copy.target), number(copy.points));
        copied.add(labels + "," + label("target", copy.target),
                   copy.newest ? seconds_of(copy.newest->started) : std::nullopt);
      }
    }
    if (status.last_run) {
      ran.add(labels, seconds_of(status.last_run->finished));
      succeeded.add(
          labels,
          status.last_run->status != "failed" && status.last_run->status != "partial" ? 1 : 0);
    }
    next.add(labels, seconds_of(line.next_run));
    if (status.drills.proven) {
      drilled.add(labels, seconds_of(status.drills.proven->finished));
      if (const auto* slowest = status.drills.slowest()) {
        restored.add(labels,
                     std::chrono::duration_cast<std::chrono::seconds>(slowest->took).count());
      }
    }
  }

  [[nodiscard]] std::string text() const {
    std::string result;
    for (const Metric* metric : {&safe, &newest, &level, &rpo, &points, &copies, &copied, &ran,
                                 &succeeded, &next, &drilled, &restored}) {
      metric->write(result);
    }
    return result;
  }
};

}  // namespace

std::string as_metrics(const std::vector<MetricsLine>& lines,
                       std::chrono::system_clock::time_point now) {
  Metrics metrics;
  for (const MetricsLine& line : lines) {
    metrics.add(line);
  }
  const auto at = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return fmt::format(
             "# HELP backstay_status_timestamp_seconds When this was written.\n"
             "# TYPE backstay_status_timestamp_seconds gauge\nbackstay_status_timestamp_seconds "
             "{}\n",
             at) +
         metrics.text();
}

}  // namespace backstay::cli
