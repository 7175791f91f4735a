#include "runtime/target/target.hpp"

#include "runtime/store/layout.hpp"

namespace backstay::runtime {
namespace {

Error cannot_remove(const std::string& where) {
  return {.kind = ErrorKind::Refused,
          .message = "nothing can be removed from " + where + " from here",
          .hint =
              "remove it there, under the role that may; or let `backstay receive --may-remove` "
              "be the forced command of the key there"};
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

Result<std::vector<ReceiptThere>> TargetDriver::receipts(const std::vector<std::string>& /*ids*/,
                                                         const std::stop_token& /*stop*/) {
  return std::vector<ReceiptThere>();
}

Result<std::vector<RemovedCopy>> TargetDriver::removed(const CopyWriter& /*writer*/,
                                                       const std::stop_token& /*stop*/) {
  return cannot_remove(describe());
}

Result<void> TargetDriver::mark_removed(const Removal& /*removal*/,
                                        const std::stop_token& /*stop*/) {
  return cannot_remove(describe());
}

Result<void> TargetDriver::bring_back(const CopyWriter& /*writer*/,
                                      const std::string& /*snapshot*/,
                                      const std::stop_token& /*stop*/) {
  return cannot_remove(describe());
}

Result<std::vector<std::string>> TargetDriver::sweep(const Sweep& /*sweep*/,
                                                     const std::stop_token& /*stop*/) {
  return cannot_remove(describe());
}

}  // namespace backstay::runtime
