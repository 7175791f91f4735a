#include "runtime/target/copy_names.hpp"

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/target/receiver.hpp"

namespace backstay::runtime {

Result<void> check_wanted(const std::string& snapshot, const std::vector<std::string>& paths) {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  for (const std::string& path : paths) {
    if (!is_copy_path(path)) {
      return Error{.kind = ErrorKind::Refused,
                   .message = fmt::format("`{}` is no name of a file in a snapshot", path)};
    }
  }
  return {};
}

Result<void> check_own(const Upload& upload) {
  BACKSTAY_TRY(layout::check_plain_name(upload.policy, "policy"));
  BACKSTAY_TRY(layout::check_plain_name(upload.host, "host"));
  std::vector<std::string> paths;
  for (const Artefact& one : upload.artefacts)
    paths.push_back(one.path);
  BACKSTAY_TRY(check_wanted(upload.snapshot, paths));
  const std::string writer = "-" + upload.policy + "-" + upload.host + "-";
  if (layout::sequence_of(upload.snapshot) && upload.snapshot.find(writer) != std::string::npos)
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = fmt::format("`{}` is no snapshot of policy {} on {}", upload.snapshot,
                                      upload.policy, upload.host)};
}

Error not_removed(const std::string& place, const std::string& snapshot) {
  return {.kind = ErrorKind::NotFound,
          .message = fmt::format("no removed copy of snapshot {} lies at {}", snapshot, place)};
}

}  // namespace backstay::runtime
