#include "runtime/target/rclone_removal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kRemoved = "removed-";

struct Name {
  std::string snapshot;
  std::string file;
};

Name split(const std::string& object) {
  const std::size_t slash = object.find('/');
  return slash == std::string::npos ? Name{object, ""}
                                    : Name{object.substr(0, slash), object.substr(slash + 1)};
}

std::set<std::string> set_of_lines(const std::string& text) {
  std::set<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin)
      lines.insert(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// The lines of all objects of a directory whose name is at least `since`.
Result<std::set<std::string>> lines_below(Rclone& rclone,
                                          const std::string& directory,
                                          const std::string& since,
                                          const std::stop_token& stop) {
  std::set<std::string> lines;
  BACKSTAY_ASSIGN(const auto objects, rclone.sizes(directory, stop));
  for (const auto& [name, size] : objects) {
    if (name < since)
      continue;
    BACKSTAY_ASSIGN(const std::string text, rclone.read(directory + "/" + name, stop));
    lines.merge(set_of_lines(text));
  }
  return lines;
}

Error unreadable(const std::string& snapshot, const std::string& why) {
  return {.kind = ErrorKind::Verification,
          .message = fmt::format("nothing is removed: the manifest of {} {}", snapshot, why),
          .hint = "what it needs is not known; look at it, and restore or remove it by hand"};
}

// What a complete copy needs. Its papers must be its own and agree with each other.
Result<void> add_needed(Rclone& rclone,
                        const std::string& writer,
                        const std::string& snapshot,
                        std::set<std::string>& needed,
                        const std::stop_token& stop) {
  const std::string directory = writer + "/snapshots/" + snapshot + "/";
  BACKSTAY_ASSIGN(const std::string manifest_text,
                  rclone.read(directory + std::string(layout::kManifest), stop));
  BACKSTAY_ASSIGN(const std::string sums_text,
                  rclone.read(directory + std::string(layout::kSums), stop));
  const auto manifest = parse_manifest(manifest_text, std::string(layout::kManifest));
  const auto sums = parse_sums(sums_text);
  if (!manifest || !sums || manifest->id != snapshot)
    return unreadable(snapshot, "cannot be read");
  const auto listed = sums->find(std::string(layout::kManifest));
  if (listed == sums->end() || listed->second != sha256(manifest_text))
    return unreadable(snapshot, "is not what its SHA256SUMS says");
  for (const auto& [path, digest] : *sums) {
    if (path.starts_with("data/"))
      needed.insert("parts/" + to_hex(digest));
  }
  return {};
}

// The manifest goes first, so that none is half there; the marks last, so that a call that is cut
// short is gone on with.
Result<void> remove_copies(Rclone& rclone,
                           const std::string& writer,
                           const std::map<std::string, std::uint64_t>& objects,
                           const std::set<std::string>& due,
                           const std::stop_token& stop) {
  std::vector<std::string> manifests;
  std::vector<std::string> rest;
  std::vector<std::string> marks;
  for (const auto& [object, size] : objects) {
    const Name name = split(object);
    if (!due.contains(name.snapshot))
      continue;
    if (name.file == layout::kManifest)
      manifests.push_back(object);
    else
      (name.file.starts_with(kRemoved) ? marks : rest).push_back(object);
  }
  const std::string directory = writer + "/snapshots";
  BACKSTAY_TRY(rclone.remove(directory, manifests, stop));
  BACKSTAY_FAILPOINT("target.sweep.manifests");
  BACKSTAY_TRY(rclone.remove(directory, rest, stop));
  return rclone.remove(directory, marks, stop);
}

// The newest mark of each snapshot that has one, whatever else is left of it.
std::map<std::string, std::string> marks_of(const std::map<std::string, std::uint64_t>& objects) {
  std::map<std::string, std::string> marks;
  for (const auto& [object, size] : objects) {
    const Name name = split(object);
    if (!name.file.starts_with(kRemoved))
      continue;
    std::string& newest = marks[name.snapshot];
    newest = std::max(newest, name.file.substr(kRemoved.size()));
  }
  return marks;
}

Result<void> remove_older(Rclone& rclone,
                          const std::string& directory,
                          const std::string& before,
                          const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const auto objects, rclone.sizes(directory, stop));
  std::vector<std::string> old;
  for (const auto& [name, size] : objects) {
    if (name < before)
      old.push_back(name);
  }
  return rclone.remove(directory, old, stop);
}

}  // namespace

std::string removal_mark(const std::string& snapshot, const std::string& time) {
  return "snapshots/" + snapshot + "/" + std::string(kRemoved) + time;
}

std::string part_mark(const std::string& time) {
  return "marked/" + time;
}

std::string claim_mark(const std::string& snapshot, const std::string& time) {
  return "claimed/" + time + "-" + snapshot;
}

std::set<std::string> complete_copies(const std::map<std::string, std::uint64_t>& objects) {
  std::set<std::string> complete;
  std::set<std::string> removed;
  for (const auto& [object, size] : objects) {
    const Name name = split(object);
    if (!layout::is_plain_name(name.snapshot) || !layout::sequence_of(name.snapshot))
      continue;
    if (name.file == layout::kManifest)
      complete.insert(name.snapshot);
    if (name.file.starts_with(kRemoved))
      removed.insert(name.snapshot);
  }
  for (const std::string& snapshot : removed)
    complete.erase(snapshot);
  return complete;
}

Result<std::set<std::string>> marked_parts(Rclone& rclone,
                                           const std::string& writer,
                                           const std::stop_token& stop) {
  return lines_below(rclone, writer + "/marked", "", stop);
}

Result<void> release_claims(Rclone& rclone,
                            const std::string& writer,
                            const std::string& snapshot,
                            const std::set<std::string>& claims,
                            const std::stop_token& stop) {
  if (claims.empty())
    return {};
  BACKSTAY_ASSIGN(const auto parts, rclone.sizes(writer + "/parts", stop));
  for (const std::string& key : claims) {
    if (!parts.contains(key.substr(key.find('/') + 1))) {
      return Error{
          .kind = ErrorKind::Verification,
          .message = fmt::format("`{}` was removed while snapshot {} was copied", key, snapshot),
          .hint = "run it again: what is missing is moved anew"};
    }
  }
  BACKSTAY_ASSIGN(const auto objects, rclone.sizes(writer + "/claimed", stop));
  std::vector<std::string> ours;
  for (const auto& [name, size] : objects) {
    if (name.ends_with("-" + snapshot))
      ours.push_back(name);
  }
  return rclone.remove(writer + "/claimed", ours, stop);
}

std::vector<RemovedCopy> removed_copies(const std::map<std::string, std::uint64_t>& objects) {
  std::vector<RemovedCopy> removed;
  for (const auto& [snapshot, mark] : marks_of(objects)) {
    const auto at = from_compact_utc(mark);
    if (at && layout::is_plain_name(snapshot) && layout::sequence_of(snapshot))
      removed.push_back({.snapshot = snapshot, .at = *at});
  }
  return removed;
}

Result<bool> take_marks_back(Rclone& rclone,
                             const std::string& writer,
                             const std::string& snapshot,
                             const std::stop_token& stop) {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  const std::string place = writer + "/snapshots/" + snapshot;
  BACKSTAY_ASSIGN(const auto objects, rclone.sizes(place, stop));
  std::vector<std::string> marks;
  for (const auto& [name, size] : objects) {
    if (name.starts_with(kRemoved))
      marks.push_back(name);
  }
  if (marks.empty() || !objects.contains(std::string(layout::kManifest)))
    return false;
  BACKSTAY_TRY(rclone.remove(place, marks, stop));
  return true;
}

namespace {

// Parts that bear a mark, and those of them whose mark is old enough.
struct PartMarks {
  std::set<std::string> all;
  std::set<std::string> due;
};

Result<PartMarks> read_part_marks(Rclone& rclone,
                                  const std::string& writer,
                                  const std::string& before,
                                  const std::stop_token& stop) {
  PartMarks found;
  BACKSTAY_ASSIGN(const auto marks, rclone.sizes(writer + "/marked", stop));
  for (const auto& [name, size] : marks) {
    BACKSTAY_ASSIGN(const std::string text, rclone.read(writer + "/marked/" + name, stop));
    const auto lines = set_of_lines(text);
    found.all.insert(lines.begin(), lines.end());
    if (name < before)
      found.due.insert(lines.begin(), lines.end());
  }
  return found;
}

// Who needs which parts: complete copies and claims; and copies that are marked and stay for now.
struct Needs {
  std::set<std::string> complete;
  std::set<std::string> marked;
};

Result<Needs> read_needs(Rclone& rclone,
                         const std::string& writer,
                         const std::map<std::string, std::uint64_t>& objects,
                         const std::set<std::string>& due,
                         const std::string& before,
                         const std::stop_token& stop) {
  Needs needs;
  BACKSTAY_ASSIGN(needs.complete, lines_below(rclone, writer + "/claimed", before, stop));
  for (const std::string& snapshot : complete_copies(objects))
    BACKSTAY_TRY(add_needed(rclone, writer, snapshot, needs.complete, stop));
  for (const auto& [snapshot, mark] : marks_of(objects)) {
    if (!due.contains(snapshot) &&
        objects.contains(snapshot + "/" + std::string(layout::kManifest)))
      BACKSTAY_TRY(add_needed(rclone, writer, snapshot, needs.marked, stop));
  }
  return needs;
}

}  // namespace

Result<SweptWriter> sweep_writer(Rclone& rclone,
                                 const std::string& writer,
                                 const std::set<std::string>& snapshots,
                                 const std::string& before,
                                 const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const auto parts, rclone.sizes(writer + "/parts", stop));
  BACKSTAY_ASSIGN(const PartMarks marks, read_part_marks(rclone, writer, before, stop));
  // Listed again, and as late as can be: what was claimed or committed since is kept.
  BACKSTAY_ASSIGN(const auto objects, rclone.sizes(writer + "/snapshots", stop));
  std::set<std::string> due;
  for (const auto& [snapshot, mark] : marks_of(objects)) {
    if (snapshots.contains(snapshot) && mark < before)
      due.insert(snapshot);
  }
  BACKSTAY_ASSIGN(const Needs needs, read_needs(rclone, writer, objects, due, before, stop));
  std::vector<std::string> gone;
  SweptWriter swept{.gone = {due.begin(), due.end()}, .unneeded = {}};
  for (const auto& [name, size] : parts) {
    const std::string key = "parts/" + name;
    if (needs.complete.contains(key))
      continue;
    if (marks.due.contains(key) && !needs.marked.contains(key))
      gone.push_back(key);
    else if (!marks.all.contains(key))
      swept.unneeded += key + "\n";
  }
  BACKSTAY_TRY(remove_copies(rclone, writer, objects, due, stop));
  BACKSTAY_FAILPOINT("target.sweep.copies");
  BACKSTAY_TRY(rclone.remove(writer, gone, stop));
  BACKSTAY_TRY(remove_older(rclone, writer + "/claimed", before, stop));
  BACKSTAY_TRY(remove_older(rclone, writer + "/marked", before, stop));
  return swept;
}

}  // namespace backstay::runtime
