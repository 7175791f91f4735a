#include "runtime/notify/notice.hpp"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lang/base/printable.hpp"

namespace backstay::runtime {
namespace {

/// Why a run failed, in words that name nothing of the machine.
std::string_view reason_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Usage:
      return "it was called wrongly";
    case ErrorKind::BadInput:
      return "a plan, store or record is broken";
    case ErrorKind::Refused:
      return "the plan was refused";
    case ErrorKind::NotFound:
      return "something that the plan names is not there";
    case ErrorKind::Io:
      return "reading or writing failed";
    case ErrorKind::NoSpace:
      return "no space is left";
    case ErrorKind::Busy:
      return "another run holds the lock";
    case ErrorKind::ToolMissing:
      return "a program or service is missing";
    case ErrorKind::ToolFailed:
      return "a program failed";
    case ErrorKind::Credentials:
      return "credentials were refused, or a secret cannot be read";
    case ErrorKind::Verification:
      return "bytes are not what was recorded";
    case ErrorKind::Partial:
      return "a part of it failed";
    case ErrorKind::Interrupted:
      return "it was interrupted";
    case ErrorKind::Timeout:
      return "a deadline passed";
  }
  return "";
}

std::string subject_of_run(const RunEnd& end) {
  std::string text = end.what;
  if (!end.drill.empty()) {
    text += " " + end.drill;
  } else if (!end.backup.empty()) {
    text += " " + end.backup;
  }
  if (!end.copy.empty())
    text += " to " + end.copy;
  if (!end.target.empty())
    text += " at " + end.target;
  text += " of policy " + end.policy;
  return end.host.empty() ? text : text + " on " + end.host;
}

std::string reason_text(const RunEnd& end) {
  if (end.guarded)
    return "a guard of the retention asks before anything goes";
  return end.failure ? std::string(reason_of(*end.failure)) : std::string();
}

}  // namespace

RunEnd end_of(const RunReport& report) {
  RunEnd end{.what = report.what,
             .policy = report.policy,
             .backup = report.backup,
             .drill = report.drill,
             .copy = report.copy,
             .host = report.host,
             .run_id = report.run_id,
             .status = std::string(to_string(report.status)),
             .started = report.started,
             .finished = report.finished,
             .snapshot = report.snapshot,
             .failure = {}};
  if (report.failure) {
    end.failure = report.failure->kind;
  } else if (report.status == RunStatus::Partial) {
    end.failure = ErrorKind::Partial;
  }
  return end;
}

std::string subject_of(const Notice& notice) {
  std::string outcome = notice.outcome;
  std::transform(outcome.begin(), outcome.end(), outcome.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
  const std::string reason = reason_text(notice.end);
  return fmt::format("{}: {}{}", outcome, subject_of_run(notice.end),
                     reason.empty() ? "" : fmt::format(" ({})", reason));
}

std::string text_of(const Notice& notice) {
  const RunEnd& end = notice.end;
  std::string text = subject_of(notice) + "\n\n";
  const auto line = [&text](std::string_view name, const std::string& value) {
    if (!value.empty()) {
      text += fmt::format("{:<9} {}\n", name, value);
    }
  };
  line("status", end.status.empty() ? "did not begin" : end.status);
  line("started", end.started);
  line("finished", end.finished);
  line("snapshot", end.snapshot);
  line("run", end.run_id);
  if (end.failure && !end.target.empty()) {
    text += fmt::format(
        "\nThe run before it is not in question. On that host `backstay prune PLAN --backup {} "
        "--target {} --dry-run`\nsays what would go, and why it did not.\n",
        end.backup, end.target);
  } else if (end.failure) {
    text +=
        end.run_id.empty()
            ? "\nWhat kept it from beginning stands in the log of its timer on that host.\n"
            : fmt::format("\nOn that host `backstay logs {}` says what happened.\n", end.run_id);
  }
  return text;
}

std::string json_of(const Notice& notice) {
  const RunEnd& end = notice.end;
  nlohmann::ordered_json document = {
      {"schema_version", 1},      {"text", subject_of(notice)}, {"outcome", notice.outcome},
      {"what", end.what},         {"policy", end.policy},       {"backup", end.backup},
      {"drill", end.drill},       {"host", end.host},           {"run", end.run_id},
      {"status", end.status},     {"reason", reason_text(end)}, {"started", end.started},
      {"finished", end.finished}, {"snapshot", end.snapshot}};
  if (!end.copy.empty())
    document["copy"] = end.copy;
  if (!end.target.empty())
    document["target"] = end.target;
  return lang::safe_json(
      document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

}  // namespace backstay::runtime
