#include "runtime/target/restic_removal.hpp"

#include <algorithm>
#include <set>

#include "runtime/store/layout.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {
namespace {

// The highest number of a complete copy of a writer that is not marked.
std::optional<std::uint64_t> newest_complete(const std::vector<ResticSnapshot>& all,
                                             const CopyWriter& writer) {
  const auto marks = removal_marks(all);
  std::set<std::string> data;
  for (const ResticSnapshot& one : all) {
    if (one.tag("part") == kResticData)
      data.insert(one.tag("snapshot"));
  }
  std::optional<std::uint64_t> newest;
  for (const ResticSnapshot& one : all) {
    const std::string id = one.tag("snapshot");
    if (one.tag("part") == kResticManifest && is_of(one, writer) && data.contains(id) &&
        !marks.contains(id))
      newest = std::max(newest, layout::sequence_of(id));
  }
  return newest;
}

// Restic writes fractions of a second and a zone; Backstay calls it with UTC.
bool is_made_before(const ResticSnapshot& one, std::chrono::system_clock::time_point before) {
  const auto made = from_rfc3339(one.time.substr(0, one.time.find_first_of(".+Z")) + "Z");
  return made && *made < before;
}

}  // namespace

bool is_of(const ResticSnapshot& one, const CopyWriter& writer) {
  return one.tag("policy") == writer.policy && one.tag("host") == writer.host;
}

std::map<std::string, std::string> removal_marks(const std::vector<ResticSnapshot>& all,
                                                 const std::optional<CopyWriter>& writer) {
  std::map<std::string, std::string> marks;
  for (const ResticSnapshot& one : all) {
    const std::string mark = one.tag(kRemovedTag);
    if (mark.empty() || (writer && !is_of(one, *writer)))
      continue;
    std::string& newest = marks[one.tag("snapshot")];
    newest = std::max(newest, mark);
  }
  return marks;
}

std::vector<RemovedCopy> removed_copies(const std::vector<ResticSnapshot>& all,
                                        const CopyWriter& writer) {
  std::vector<RemovedCopy> found;
  for (const auto& [id, mark] : removal_marks(all, writer)) {
    const auto at = from_compact_utc(mark);
    if (at && layout::is_plain_name(id) && layout::sequence_of(id))
      found.push_back({.snapshot = id, .at = *at});
  }
  return found;
}

DueSnapshots due_snapshots(const std::vector<ResticSnapshot>& all, const Sweep& sweep) {
  const std::string before = to_compact_utc(sweep.marked_before);
  const auto marks = removal_marks(all, sweep.writer);
  std::set<std::string> gone;
  std::set<std::string> papers;
  for (const auto& [id, mark] : marks) {
    if (sweep.snapshots.contains(id) && mark < before)
      gone.insert(id);
  }
  for (const ResticSnapshot& one : all) {
    if (one.tag("part") == kResticManifest)
      papers.insert(one.tag("snapshot"));
  }
  const auto newest = newest_complete(all, sweep.writer);
  DueSnapshots due{.copies = {gone.begin(), gone.end()}, .ids = {}};
  for (const ResticSnapshot& one : all) {
    const std::string id = one.tag("snapshot");
    const bool left_over = one.tag("part") == kResticData && !papers.contains(id) &&
                           !marks.contains(id) && layout::sequence_of(id) < newest &&
                           is_made_before(one, sweep.marked_before);
    if (is_of(one, sweep.writer) && (gone.contains(id) || left_over))
      due.ids.push_back(one.id);
  }
  return due;
}

}  // namespace backstay::runtime
