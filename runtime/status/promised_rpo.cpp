#include "runtime/status/promised_rpo.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace backstay::runtime {

std::optional<Duration> strictest_rpo(const plan::Plan& plan, const plan::Backup& backup) {
  constexpr std::string_view kRpo = "rpo ";
  std::optional<Duration> strictest;
  for (const plan::Promise& promise : plan.promises) {
    const bool covered = std::any_of(
        backup.services.begin(), backup.services.end(),
        [&](const std::string& service) { return promise.subject == "service " + service; });
    if (!covered || !promise.promise.starts_with(kRpo))
      continue;
    const std::string_view rest = std::string_view(promise.promise).substr(kRpo.size());
    const auto duration = parse_duration(rest.substr(0, rest.find(' ')));
    if (duration && (!strictest || *duration < *strictest))
      strictest = duration;
  }
  return strictest;
}

}  // namespace backstay::runtime
