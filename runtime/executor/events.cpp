#include "runtime/executor/events.hpp"

namespace backstay::runtime {

std::string_view to_string(StepState state) {
  switch (state) {
    case StepState::Started:
      return "started";
    case StepState::Done:
      return "done";
    case StepState::Partial:
      return "partial";
    case StepState::Failed:
      return "failed";
    case StepState::Skipped:
      return "skipped";
  }
  return "";
}

}  // namespace backstay::runtime
