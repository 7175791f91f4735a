#include "runtime/executor/journal_events.hpp"

#include <fmt/format.h>

#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {
namespace {

// As TimeoutStopSec of the units that are installed: each step that puts something right has it.
constexpr std::chrono::minutes kPatience{10};

int priority_of(StepState state) {
  return state == StepState::Failed                                   ? 3
         : state == StepState::Partial || state == StepState::Skipped ? 4
                                                                      : 6;
}

}  // namespace

void JournalEvents::step(std::string_view id, StepState state, std::string_view detail) {
  if (state == StepState::Started) {
    const std::string status = fmt::format("{}: {}", id, escape_control_bytes(detail));
    if (stopping_) {
      notify_stopping("ending: " + status, kPatience);
    } else {
      notify_status(status);
    }
  }
  tell(priority_of(state),
       detail.empty() ? fmt::format("{} {}", to_string(state), id)
                      : fmt::format("{} {}: {}", to_string(state), id, detail),
       {{"BACKSTAY_STEP", std::string(id)}, {"BACKSTAY_STATE", std::string(to_string(state))}});
}

void JournalEvents::progress(std::string_view /*id*/,
                             std::uint64_t /*bytes*/,
                             std::string_view /*item*/) {}

void JournalEvents::warning(std::string_view id, std::string_view message) {
  tell(4, message, {{"BACKSTAY_STEP", std::string(id)}});
}

void JournalEvents::stopping() {
  stopping_ = true;
  notify_stopping("told to end: what was begun is put right first", kPatience);
}

void JournalEvents::add(std::string name, std::string value) {
  common_.emplace_back(std::move(name), std::move(value));
}

void JournalEvents::tell(int priority, std::string_view message, JournalFields fields) {
  fields.insert(fields.end(), common_.begin(), common_.end());
  fields.emplace_back("MESSAGE", escape_control_bytes(message));
  fields.emplace_back("PRIORITY", std::to_string(priority));
  fields.emplace_back("SYSLOG_IDENTIFIER", "backstay");
  (void)send_to_journal(fields);
}

}  // namespace backstay::runtime
