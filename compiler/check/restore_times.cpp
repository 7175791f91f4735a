#include "compiler/check/restore_times.hpp"

#include <algorithm>

namespace backstay::compiler {
namespace {

bool is_restored(const Service& service) {
  if (service.external) {
    return false;
  }
  return std::none_of(service.unprotected.begin(), service.unprotected.end(),
                      [](const UnprotectedFact& fact) { return !fact.path; });
}

bool has_data(const Service& service) {
  return !(service.paths.empty() && service.sqlites.empty() && service.databases.empty() &&
           service.exports.empty() && service.mirrors.empty());
}

// Bounded, so that no chain of services overflows.
std::int64_t seconds_for(std::uint64_t bytes, std::uint64_t rate) {
  const std::uint64_t needed = bytes / rate + (bytes % rate == 0 ? 0 : 1);
  return static_cast<std::int64_t>(
      std::min(needed, static_cast<std::uint64_t>(longest_time.count())));
}

}  // namespace

RestoreTimes::RestoreTimes(const ProofContext& context)
    : context_(context),
      policy_(context.policy()),
      times_(policy_.services.size()),
      done_(policy_.services.size(), 0) {
  for (Index service = 0; service < policy_.services.size(); ++service) {
    work_out(service);
  }
}

OwnRestoreTime RestoreTimes::own(Index index) const {
  const Service& service = policy_.services[index];
  OwnRestoreTime own;
  if (!is_restored(service) || (!has_data(service) && !service.size)) {
    return own;
  }
  own.size_missing = !service.size;
  own.bytes = service.size ? service.size->size.value.bytes : 0;
  std::uint64_t fastest = 0;
  for (const Index backup : context_.covering(index)) {
    for (const Deposit& deposit : context_.deposits(backup)) {
      const auto& bandwidth = policy_.targets[deposit.target.value].bandwidth;
      own.bandwidth_missing = own.bandwidth_missing || !bandwidth;
      if (bandwidth && bandwidth->value.bytes > fastest) {
        fastest = bandwidth->value.bytes;
        own.fastest = deposit.target.value;
      }
    }
  }
  if (own.bytes == 0 && !own.size_missing) {
    return own;
  }
  const bool known = !own.size_missing && own.fastest;
  own.time.most = known ? std::optional(seconds_for(own.bytes, fastest)) : std::nullopt;
  own.time.least = known && !own.bandwidth_missing ? *own.time.most : 0;
  return own;
}

// Why a stack of its own: chains of `needs` may be as long as a policy.
void RestoreTimes::work_out(Index first) {
  std::vector<Index> stack{first};
  while (!stack.empty()) {
    const Index service = stack.back();
    if (done_[service] != 0) {
      stack.pop_back();
      if (done_[service] == 1) {
        finish(service);
      }
      continue;
    }
    done_[service] = 1;
    for (const Reference& needed : policy_.services[service].needs) {
      if (done_[needed.value] == 0) {
        stack.push_back(needed.value);
      }
    }
  }
}

// What is needed in a circle is left out: that circle is an error of its own.
void RestoreTimes::finish(Index service) {
  RestoreTime longest;
  for (const Reference& needed : policy_.services[service].needs) {
    if (done_[needed.value] != 2) {
      continue;
    }
    const RestoreTime& time = times_[needed.value];
    longest.least = std::max(longest.least, time.least);
    longest.most = longest.most && time.most ? std::optional(std::max(*longest.most, *time.most))
                                             : std::nullopt;
  }
  const RestoreTime added = own(service).time;
  times_[service].least = longest.least + added.least;
  times_[service].most =
      longest.most && added.most ? std::optional(*longest.most + *added.most) : std::nullopt;
  done_[service] = 2;
}

std::vector<Index> RestoreTimes::longest_chain(Index service) const {
  std::vector<Index> chain{service};
  while (chain.size() <= policy_.services.size()) {
    std::optional<Index> next;
    for (const Reference& needed : policy_.services[chain.back()].needs) {
      if (!next || times_[needed.value].least > times_[*next].least) {
        next = needed.value;
      }
    }
    if (!next || times_[*next].least == 0) {
      break;
    }
    chain.push_back(*next);
  }
  return chain;
}

std::vector<Index> RestoreTimes::incomplete(Index service, std::size_t most) const {
  std::vector<Index> found;
  std::vector<Index> stack{service};
  std::vector<bool> seen(policy_.services.size(), false);
  seen[service] = true;
  while (!stack.empty() && found.size() < most) {
    const Index next = stack.back();
    stack.pop_back();
    const OwnRestoreTime added = own(next);
    if (!added.time.most || added.time.least != *added.time.most) {
      found.push_back(next);
    }
    for (const Reference& needed : policy_.services[next].needs) {
      if (!seen[needed.value]) {
        seen[needed.value] = true;
        stack.push_back(needed.value);
      }
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace backstay::compiler
