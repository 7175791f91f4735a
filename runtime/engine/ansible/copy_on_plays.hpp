// Behind a backup on all hosts: the host through which their copies go copies them on.
#pragma once

#include <string>
#include <vector>

#include "runtime/engine/ansible/playbook.hpp"

namespace backstay::runtime {

/// A copy `through` a host, with every backup.
struct CopyOn {
  std::string backup;
  std::string target;
  std::string host;
};

/// Those without a schedule of their own, in the order of the plan.
[[nodiscard]] std::vector<CopyOn> copies_on(const plan::Plan& plan);

/// `backstay_copy_cloud_offsite`
[[nodiscard]] std::string group_name(const CopyOn& copy);
/// What its result is called: `copy-offsite`.
[[nodiscard]] std::string result_name(const CopyOn& copy);

/// The plays that follow those of a backup; empty for other plays.
[[nodiscard]] std::string copies_on_text(const plan::Plan& plan, const Play& play);

}  // namespace backstay::runtime
