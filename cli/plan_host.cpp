#include "cli/plan_host.hpp"

#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/suggest.hpp"

namespace backstay::cli {

Result<void> check_host(const plan::Plan& plan, const std::string& host) {
  if (host.empty()) {
    return {};
  }
  constexpr std::size_t kListed = 8;
  std::vector<std::string> names;
  for (const plan::Host& one : plan.hosts) {
    if (one.name == host) {
      return {};
    }
    names.push_back(one.name);
  }
  std::string hint = did_you_mean(host, names);
  if (hint.empty() && !names.empty() && names.size() <= kListed) {
    hint = fmt::format("it has: {}", fmt::join(names, ", "));
  }
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("the plan of `{}` has no host `{}`", plan.policy, host),
               .hint = std::move(hint)};
}

}  // namespace backstay::cli
