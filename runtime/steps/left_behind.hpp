// What earlier runs made and did not copy, whatever kind of target it was to go to.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// What is at a target.
struct CopiesThere {
  std::vector<std::string> ids = {};  ///< of copies, of any writer
  /// Whether a copy that is there is on record as proven.
  std::function<bool(const std::string& id)> proven = {};
};

/// The complete snapshots of a host in `source` that are newer than the newest proven copy there,
/// or there without a proof; oldest first, so that the chain of copies is that of the snapshots.
/// Without any copy there it is none: a new target is not filled with the past unasked. A copy with
/// a schedule of its own skips what was made in between: of the past it only proves what is there.
/// except  an id that is left out
[[nodiscard]] Result<std::vector<std::string>> left_behind(const Store& source,
                                                           const CopiesThere& there,
                                                           StepContext& context,
                                                           const std::string& host,
                                                           const std::string& except);

/// Whether an error is of one snapshot alone. Why it is asked: a line that is cut or a far side
/// that is full stops all copies; one snapshot that is damaged here must not keep the others from
/// being safe.
[[nodiscard]] bool is_of_one_snapshot(const Error& error);

/// Tells that the copy of an earlier snapshot failed, and that the others go on.
void warn_left_behind(StepContext& context, const std::string& id, const Error& error);

}  // namespace backstay::runtime
