#include "cli/render/way_back.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/units.hpp"
#include "runtime/restore/undo_change.hpp"

namespace backstay::cli {

std::vector<std::string> would_undo(const runtime::RecordContent& restore) {
  std::vector<std::string> lines;
  for (auto each = restore.changes.rbegin(); each != restore.changes.rend(); ++each) {
    if (each->state != runtime::ChangeState::TakenBack) {
      lines.push_back("would take back: " + runtime::describe(each->change));
    }
  }
  if (!restore.held.empty()) {
    lines.push_back(
        fmt::format("would start again, as they ran before: {}", fmt::join(restore.held, ", ")));
  }
  return lines;
}

std::vector<std::string> would_remove(const runtime::RecordContent& restore) {
  std::vector<std::string> lines;
  for (const runtime::RecordedChange& each : restore.changes) {
    const std::string what = runtime::set_aside_by(each.change);
    if (each.state != runtime::ChangeState::TakenBack && !what.empty()) {
      lines.push_back("would remove: " + what);
    }
  }
  if (const std::uint64_t bytes = runtime::bytes_aside(restore); bytes != 0) {
    lines.push_back(fmt::format("{} of files would be free", to_human(ByteSize{bytes})));
  }
  return lines;
}

}  // namespace backstay::cli
