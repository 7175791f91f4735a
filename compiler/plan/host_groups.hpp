// Hosts that do the same: a reader sees a thousand like machines once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// Hosts whose steps differ in nothing but the host, and the steps of the first of them.
struct HostGroup {
  std::vector<std::string> hosts;  ///< sorted
  std::vector<const Step*> steps;  ///< in the order of the graph; borrowed from it
};

/// In the order of the graph. Two hosts are alike where their steps have the same names, do the
/// same and wait for the same; a step of another host that is waited for counts by its name without
/// the host. With `host` that host alone.
[[nodiscard]] std::vector<HostGroup> group_hosts(const std::vector<Step>& graph,
                                                 std::string_view host = {});

/// Sorted names as a policy writes them: `compute[001-250], ctl01`.
[[nodiscard]] std::string host_list(const std::vector<std::string>& hosts);

/// `ctl01`, `ctl[01-02]`, `compute[001-250] (250 hosts)`
[[nodiscard]] std::string to_text(const HostGroup& group);

/// The id without its host: `archive.nova.etc`
[[nodiscard]] std::string_view stem(std::string_view id);

}  // namespace backstay::plan
