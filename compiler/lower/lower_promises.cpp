// Promises with their verdicts: a plan says what its policy was held to.
#include <map>
#include <string_view>
#include <utility>

#include "compiler/check/judged_promise.hpp"
#include "compiler/lower/lower_parts.hpp"

namespace backstay::compiler {
namespace {

// A promise that is broken is in a plan only where the policy `allow`s the finding.
std::string_view text_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::Proven:
      return "proven";
    case Verdict::Broken:
      return "broken";
    case Verdict::Unproven:
      return "unproven";
  }
  return {};
}

}  // namespace

// Why no sort of the whole: services come in the order of their names, and there may be very many.
std::vector<plan::Promise> lower_promises(const Policy& policy,
                                          const std::vector<JudgedPromise>& judged) {
  using Said = std::pair<std::string, std::string_view>;  // a promise and its verdict
  std::map<Said, std::vector<const PromiseGroup*>> groups;
  for (const auto& [group, verdict] : judged) {
    groups[{to_string(*group.promise), text_of(verdict)}].push_back(&group);
  }
  std::vector<std::vector<const Said*>> by_service(policy.services.size());
  for (const auto& [said, same] : groups) {
    for (const PromiseGroup* group : same) {
      for (const Index service : group->services) {
        by_service[service].push_back(&said);
      }
    }
  }
  std::vector<plan::Promise> promises;
  for (Index service = 0; service < by_service.size(); ++service) {
    const std::string subject = "service " + policy.services[service].name;
    for (const Said* said : by_service[service]) {
      promises.push_back(
          {.subject = subject, .promise = said->first, .verdict = std::string(said->second)});
    }
  }
  return promises;
}

}  // namespace backstay::compiler
