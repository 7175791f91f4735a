// Whether the hosts that held still for each other all have their point: what one host alone does
// not know when it commits its own.
//
// A host that let go early (its longest wait was over, its run was killed) commits nothing. The
// points that the others made of that moment cannot be put together with an older one of it: each
// of them says so, by a record `set` beside it in the store, and the run of each ends with exit 3.
#pragma once

#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/hosts/part_files.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// The hosts that hold still for each other in a backup's graph, this one included; sorted. Empty:
/// nobody holds still for this host, nor it for anybody.
[[nodiscard]] std::vector<std::string> hosts_held_with(const std::vector<plan::Step>& graph,
                                                       const std::string& host);

/// What a record `set` says of one point.
struct Together {
  std::string set;
  std::vector<std::string> with;   ///< the others that held still with it
  std::vector<std::string> apart;  ///< those of them that have no point of that moment
};

/// Tells this host's part which hosts have a point of the set: `there`, from the controller. Keeps
/// a record beside its own; where one of those that held still with it has none, the report of its
/// run gets a warning and its exit code becomes 3. Nothing where nobody held still with it, or it
/// has no point itself. Errors: NotFound (no part of this set ended here), Io.
[[nodiscard]] Result<Together> settle_together(World& world,
                                               const plan::Target& target,
                                               const std::vector<plan::Step>& graph,
                                               const Part& part,
                                               const std::vector<std::string>& there);

/// The newest such record of a point; without one `set` is empty.
[[nodiscard]] Together read_together(Filesystem& files,
                                     const Store& store,
                                     const std::string& snapshot);

/// `not of one moment with compute01`: of a point some of whose companions have none.
[[nodiscard]] std::string apart_text(const Together& together);

}  // namespace backstay::runtime
