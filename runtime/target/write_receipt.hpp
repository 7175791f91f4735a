// Writing a receipt, when everything is proven: called by copy_to_target(), and where a person
// says so of a copy that was read whole.
#pragma once

#include "lang/base/result.hpp"
#include "runtime/target/copy_to_target.hpp"

namespace backstay::runtime {

[[nodiscard]] Result<void> write_receipt(Filesystem& files,
                                         const Store& source,
                                         const TargetCopyRequest& request,
                                         const Receipt& receipt);

}  // namespace backstay::runtime
