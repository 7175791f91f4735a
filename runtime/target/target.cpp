#include "runtime/target/target.hpp"

#include "runtime/store/layout.hpp"

namespace backstay::runtime {
namespace {

Error cannot_remove(const std::string& where) {
  return {.kind = ErrorKind::Refused,
          .message = "nothing can be removed from " + where + " from here",
          .hint = "remove it there, under the role that may"};
}

}  // namespace

Result<void> TargetDriver::manifests(const std::vector<std::string>& ids,
                                     const std::string& directory,
                                     const std::stop_token& stop) {
  for (const std::string& id : ids) {
    const auto got = get(id, {std::string(layout::kManifest)}, directory + "/" + id, stop);
    if (!got && got.error().kind != ErrorKind::NotFound)
      return got;
  }
  return {};
}

Result<void> TargetDriver::mark_removed(const std::string& /*snapshot*/,
                                        const std::stop_token& /*stop*/) {
  return cannot_remove(describe());
}

Result<void> TargetDriver::sweep(const std::string& /*marked_before*/,
                                 const std::stop_token& /*stop*/) {
  return cannot_remove(describe());
}

}  // namespace backstay::runtime
