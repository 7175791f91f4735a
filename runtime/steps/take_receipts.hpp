// Receipts of what another host copied on, brought home behind a copy to that host.
#pragma once

#include <string>
#include <vector>

#include "runtime/steps/context.hpp"
#include "runtime/store/store.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// Where the plan's backup is copied on from `target` (`through` a host), asks what of this host's
/// snapshots in `source` lie there with a receipt and keeps it beside them, so that status and
/// prune know of them. there: ids of the copies at `target`. A far side that does not answer is a
/// warning: the copy itself is proven.
void take_receipts(TargetDriver& driver,
                   const Store& source,
                   const std::vector<std::string>& there,
                   const std::string& target,
                   StepContext& context);

}  // namespace backstay::runtime
