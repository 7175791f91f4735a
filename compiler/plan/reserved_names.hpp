// Names that Backstay itself leaves on a disk or a server. No backup takes them: what a restore has
// set aside is no state of a service.
#pragma once

#include <string_view>

namespace backstay::plan {

/// Whether a name is one of ours: `*.orig-RUN`, `.backstay-*`, `*__backstay_RUN`, `*__orig_RUN`,
/// where RUN begins as a compact UTC time (20261122T023000Z).
[[nodiscard]] bool is_reserved_name(std::string_view name);

}  // namespace backstay::plan
