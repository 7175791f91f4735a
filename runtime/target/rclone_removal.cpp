#include "runtime/target/rclone_removal.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/sums.hpp"

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

std::set<std::string> lines_of(const std::string& text) {
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
    lines.merge(lines_of(text));
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

// Copies whose mark is older than `before`: the manifest goes first, so that none is half there.
Result<void> remove_copies(Rclone& rclone,
                           const std::string& writer,
                           const std::map<std::string, std::uint64_t>& objects,
                           const std::string& before,
                           const std::stop_token& stop) {
  std::set<std::string> due;
  for (const auto& [object, size] : objects) {
    const Name name = split(object);
    const bool mark = name.file.starts_with(kRemoved);
    if (mark && name.file.substr(kRemoved.size()) < before)
      due.insert(name.snapshot);
  }
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
  BACKSTAY_TRY(rclone.remove(directory, rest, stop));
  return rclone.remove(directory, marks, stop);
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

Result<std::string> sweep_writer(Rclone& rclone,
                                 const std::string& writer,
                                 const std::string& before,
                                 const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const auto parts, rclone.sizes(writer + "/parts", stop));
  BACKSTAY_ASSIGN(const auto marks, rclone.sizes(writer + "/marked", stop));
  std::set<std::string> due;
  std::set<std::string> marked;
  for (const auto& [name, size] : marks) {
    BACKSTAY_ASSIGN(const std::string text, rclone.read(writer + "/marked/" + name, stop));
    const auto lines = lines_of(text);
    marked.insert(lines.begin(), lines.end());
    if (name < before)
      due.insert(lines.begin(), lines.end());
  }
  // Listed again, and as late as can be: what was claimed or committed since is kept.
  BACKSTAY_ASSIGN(const auto objects, rclone.sizes(writer + "/snapshots", stop));
  BACKSTAY_ASSIGN(std::set<std::string> needed,
                  lines_below(rclone, writer + "/claimed", before, stop));
  for (const std::string& snapshot : complete_copies(objects))
    BACKSTAY_TRY(add_needed(rclone, writer, snapshot, needed, stop));
  std::vector<std::string> gone;
  std::string unmarked;
  for (const auto& [name, size] : parts) {
    const std::string key = "parts/" + name;
    if (needed.contains(key))
      continue;
    if (due.contains(key))
      gone.push_back(key);
    else if (!marked.contains(key))
      unmarked += key + "\n";
  }
  BACKSTAY_TRY(remove_copies(rclone, writer, objects, before, stop));
  BACKSTAY_TRY(rclone.remove(writer, gone, stop));
  BACKSTAY_TRY(remove_older(rclone, writer + "/marked", before, stop));
  BACKSTAY_TRY(remove_older(rclone, writer + "/claimed", before, stop));
  return unmarked;
}

}  // namespace backstay::runtime
