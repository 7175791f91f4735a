// Which parts of sets a host forgets.
#pragma once

#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// Removes the files of parts that ended more than a week ago: they serve a call that is repeated,
/// which goes on with a set for a day. What a part did stands in its run's report and in the store.
/// What cannot be removed is tried again the next time.
void forget_old_parts(World& world);

}  // namespace backstay::runtime
