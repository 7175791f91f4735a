#include "runtime/drill/not_drilled.hpp"

#include <algorithm>

#include "compiler/plan/plan_text.hpp"
#include "lang/base/overloaded.hpp"

namespace backstay::runtime {
namespace {

/// The service of a step that acts on more than data; nothing for the others, and for the restart
/// of a server, which a scratch server of its own stands for.
std::string acting_service(const plan::Action& action) {
  return std::visit(Overloaded{[](const plan::RunCommand& step) { return step.service; },
                               [](const plan::StopUnits& step) { return step.service; },
                               [](const plan::StartUnits& step) { return step.service; },
                               [](const plan::CheckService& step) { return step.service; },
                               [](const plan::FeedCommand& step) {
                                 return step.component.substr(0, step.component.find('.'));
                               },
                               [](const auto&) { return std::string(); }},
                    action);
}

}  // namespace

std::vector<std::string> not_drilled(const plan::Plan& plan, const plan::Drill& drill) {
  std::vector<std::string> lines;
  for (const plan::Backup& backup : plan.backups) {
    for (const plan::Step& step : backup.restore) {
      const std::string service = acting_service(step.action);
      if (!std::binary_search(drill.services.begin(), drill.services.end(), service))
        continue;
      std::string line = step.id + ": " + plan::describe(step.action);
      if (std::find(lines.begin(), lines.end(), line) == lines.end())
        lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace backstay::runtime
