// Promises with their verdicts: a plan says what its policy was held to.
#include <algorithm>
#include <tuple>

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

std::vector<plan::Promise> lower_promises(const Policy& policy,
                                          const std::vector<JudgedPromise>& judged) {
  std::vector<plan::Promise> promises;
  for (const auto& [group, judgement] : judged) {
    const std::string text = to_string(*group.promise);
    const std::string verdict(text_of(judgement));
    for (const Index service : group.services) {
      promises.push_back({.subject = "service " + policy.services[service].name,
                          .promise = text,
                          .verdict = verdict});
    }
  }
  std::sort(promises.begin(), promises.end(),
            [](const plan::Promise& one, const plan::Promise& other) {
              return std::tie(one.subject, one.promise) < std::tie(other.subject, other.promise);
            });
  return promises;
}

}  // namespace backstay::compiler
