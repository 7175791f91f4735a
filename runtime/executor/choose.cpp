#include "runtime/executor/choose.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/contains.hpp"
#include "lang/base/suggest.hpp"

namespace backstay::runtime {
namespace {

std::vector<std::string> names_of(const std::vector<plan::Backup>& backups) {
  std::vector<std::string> names;
  for (const auto& backup : backups) {
    names.push_back(backup.name);
  }
  return names;
}

}  // namespace

Result<const plan::Backup*> choose_backup(const plan::Plan& plan, const std::string& name) {
  const auto names = names_of(plan.backups);
  if (name.empty()) {
    if (plan.backups.size() == 1) {
      return &plan.backups.front();
    }
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("the plan of `{}` holds {} backups", plan.policy,
                                        plan.backups.size()),
                 .hint = fmt::format("name one with --backup: {}", fmt::join(names, ", "))};
  }
  if (const auto* found = plan.backup(name)) {
    return found;
  }
  const auto guess = did_you_mean(name, names);
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("the plan of `{}` has no backup `{}`", plan.policy, name),
               .hint = guess.empty() ? fmt::format("it has: {}", fmt::join(names, ", ")) : guess};
}

Result<std::string> choose_host(const plan::Backup& backup,
                                const std::string& asked,
                                const std::string& machine) {
  const auto& hosts = backup.hosts;
  if (!asked.empty()) {
    if (contains(hosts, asked)) {
      return asked;
    }
    const auto guess = did_you_mean(asked, hosts);
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("backup `{}` has no host `{}`", backup.name, asked),
                 .hint = guess.empty() ? fmt::format("it has: {}", fmt::join(hosts, ", ")) : guess};
  }
  if (hosts.size() == 1) {
    return hosts.front();
  }
  if (contains(hosts, machine)) {
    return machine;
  }
  return Error{
      .kind = ErrorKind::Refused,
      .message = fmt::format("backup `{}` covers {} hosts and none is named `{}` as this "
                             "machine",
                             backup.name, hosts.size(), machine),
      .hint = fmt::format("say which one this is with --host: {}", fmt::join(hosts, ", "))};
}

std::vector<plan::Step> steps_of_host(const std::vector<plan::Step>& steps,
                                      const std::string& host) {
  std::vector<plan::Step> found;
  std::copy_if(steps.begin(), steps.end(), std::back_inserter(found),
               [&](const plan::Step& step) { return step.host == host; });
  return found;
}

}  // namespace backstay::runtime
