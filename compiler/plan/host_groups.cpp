#include "compiler/plan/host_groups.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/plan_text.hpp"

namespace backstay::plan {
namespace {

// What makes a step what it is, but for its host.
std::string signature(const Step& step) {
  std::string text = fmt::format("{}\n{}\n{}{}\n", stem(step.id), describe(step.action), step.from,
                                 step.always ? ", always" : "");
  std::set<std::string> waits;
  for (const std::string& id : step.after) {
    const bool here = id.size() > step.host.size() && id.ends_with("@" + step.host);
    waits.insert(fmt::format("{}{}", stem(id), here ? "" : "@"));
  }
  return text + fmt::format("{}\n", fmt::join(waits, "\n"));
}

}  // namespace

std::string_view stem(std::string_view id) {
  return id.substr(0, id.rfind('@'));
}

std::vector<HostGroup> group_hosts(const std::vector<Step>& graph, std::string_view host) {
  std::vector<std::string> order;
  std::unordered_map<std::string, std::vector<const Step*>> of_host;
  for (const Step& step : graph) {
    if (!host.empty() && step.host != host) {
      continue;
    }
    auto& steps = of_host[step.host];
    if (steps.empty()) {
      order.push_back(step.host);
    }
    steps.push_back(&step);
  }
  std::vector<HostGroup> groups;
  std::unordered_map<std::string, std::size_t> places;
  for (const std::string& name : order) {
    std::string text;
    for (const Step* step : of_host[name]) {
      text += signature(*step);
    }
    const auto [place, is_new] = places.emplace(std::move(text), groups.size());
    if (is_new) {
      groups.push_back({.hosts = {}, .steps = std::move(of_host[name])});
    }
    groups[place->second].hosts.push_back(name);
  }
  for (HostGroup& group : groups) {
    std::sort(group.hosts.begin(), group.hosts.end());
  }
  return groups;
}

namespace {

/// `compute007` as `compute`, 7 and 3 digits; one without a number has none.
struct NumberedName {
  std::string_view stem;
  std::size_t number = 0;
  std::size_t digits = 0;
};

NumberedName split_name(std::string_view name) {
  constexpr std::size_t kMostDigits = 9;
  std::size_t digits = 0;
  while (digits < name.size() && digits < kMostDigits && name[name.size() - digits - 1] >= '0' &&
         name[name.size() - digits - 1] <= '9') {
    ++digits;
  }
  NumberedName split{.stem = name.substr(0, name.size() - digits), .digits = digits};
  for (const char digit : name.substr(name.size() - digits)) {
    split.number = split.number * 10 + static_cast<std::size_t>(digit - '0');
  }
  return split;
}

bool follows(const NumberedName& one, const NumberedName& next) {
  return one.digits > 0 && one.digits == next.digits && one.stem == next.stem &&
         one.number + 1 == next.number;
}

}  // namespace

std::string host_list(const std::vector<std::string>& hosts) {
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < hosts.size();) {
    const NumberedName first = split_name(hosts[begin]);
    std::size_t end = begin;
    while (end + 1 < hosts.size() && follows(split_name(hosts[end]), split_name(hosts[end + 1]))) {
      ++end;
    }
    parts.push_back(end == begin ? hosts[begin]
                                 : fmt::format("{}[{}-{}]", first.stem,
                                               hosts[begin].substr(first.stem.size()),
                                               hosts[end].substr(first.stem.size())));
    begin = end + 1;
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string to_text(const HostGroup& group) {
  constexpr std::size_t kNamed = 3;
  std::string text = host_list(group.hosts);
  return group.hosts.size() <= kNamed ? text
                                      : fmt::format("{} ({} hosts)", text, group.hosts.size());
}

}  // namespace backstay::plan
