#include "runtime/store/unsealing_filesystem.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/part_record.hpp"
#include "runtime/store/layout.hpp"

namespace backstay::runtime {

namespace {

Error not_there(const std::string& path) {
  return {.kind = ErrorKind::NotFound, .message = "`" + path + "` is not there"};
}

// A list of names may have been tampered with: it must not lead out of its snapshot.
Result<std::map<std::string, std::string>> parse_names(std::string_view text) {
  const Error broken{.kind = ErrorKind::BadInput, .message = "`names.txt` is broken"};
  std::map<std::string, std::string> names;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t space = text.find(' ');
    if (end == std::string_view::npos || space >= end)
      return broken;
    const std::string_view stored = text.substr(0, space);
    const std::string_view plain = text.substr(space + 1, end - space - 1);
    if (!is_safe_path(stored) || !is_safe_path(plain) || !stored.ends_with(kSealedSuffix) ||
        !names.emplace(plain, stored).second)
      return broken;
    text.remove_prefix(end + 1);
  }
  return names;
}

// The names directly below a directory among paths.
std::vector<std::string> children(const std::map<std::string, std::string>& paths,
                                  const std::string& directory) {
  const std::string prefix = directory.empty() ? "" : directory + "/";
  std::set<std::string> found;
  for (auto at = paths.lower_bound(prefix); at != paths.end() && at->first.starts_with(prefix);
       ++at) {
    const std::string rest = at->first.substr(prefix.size());
    found.insert(rest.substr(0, rest.find('/')));
  }
  return {found.begin(), found.end()};
}

}  // namespace

std::optional<UnsealingFilesystem::Place> UnsealingFilesystem::place_of(const std::string& path) {
  const std::size_t mark = path.find(layout::kUnsealedMark);
  if (mark == std::string::npos)
    return std::nullopt;
  const std::string below = path.substr(mark + layout::kUnsealedMark.size());
  if (!below.empty() && below.front() != '/')
    return std::nullopt;
  return Place{path.substr(0, mark), below.empty() ? below : below.substr(1)};
}

Result<std::shared_ptr<const UnsealingFilesystem::Snapshot>> UnsealingFilesystem::snapshot(
    const std::string& path) {
  const std::lock_guard guard(mutex_);
  if (const auto known = snapshots_.find(path); known != snapshots_.end())
    return known->second;
  BACKSTAY_ASSIGN(Snapshot found, look_at(path));
  auto shared = std::make_shared<const Snapshot>(std::move(found));
  snapshots_.emplace(path, shared);
  return std::shared_ptr<const Snapshot>(std::move(shared));
}

Result<UnsealingFilesystem::Snapshot> UnsealingFilesystem::look_at(const std::string& path) {
  const std::string manifest_path = path + "/" + std::string(layout::kManifest);
  BACKSTAY_ASSIGN(const std::string text, read_file(below_, manifest_path));
  BACKSTAY_ASSIGN(const Manifest manifest, parse_manifest(text, manifest_path));
  Snapshot found{.key = manifest.seal, .copy = manifest.sealed_copy, .names = {}};
  if (!found.copy)
    return found;
  BACKSTAY_ASSIGN(const auto names,
                  open_sealed(path + "/" + std::string(layout::kNames) + kSealedSuffix, found.key));
  std::string lines;
  std::vector<std::byte> buffer(std::size_t{64} << 10U);
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t count, names->read(buffer));
    if (count == 0)
      break;
    lines.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
  BACKSTAY_ASSIGN(found.names, parse_names(lines));
  return found;
}

Result<std::string> UnsealingFilesystem::stored(const Place& place) {
  const std::string plain = place.snapshot + "/" + place.below + kSealedSuffix;
  BACKSTAY_ASSIGN(const auto known, snapshot(place.snapshot));
  if (!known->copy)
    return plain;
  if (const auto name = known->names.find(place.below); name != known->names.end())
    return place.snapshot + "/" + name->second;
  return plain;  // papers bear their own names
}

Result<std::unique_ptr<File>> UnsealingFilesystem::open_sealed(const std::string& path,
                                                               const SealKey& key) {
  if (!unsealer_) {
    BACKSTAY_TRY(below_.status(path));
    return needs_identity("`" + path + "`", key);
  }
  return unsealer_->unseal(below_, path, key);
}

Result<std::unique_ptr<File>> UnsealingFilesystem::open_read(const std::string& path) {
  const auto place = place_of(path);
  if (!place)
    return below_.open_read(path);
  BACKSTAY_ASSIGN(const auto known, snapshot(place->snapshot));
  BACKSTAY_ASSIGN(const std::string file, stored(*place));
  return open_sealed(file, known->key);
}

Result<FileStatus> UnsealingFilesystem::status(const std::string& path) {
  const auto place = place_of(path);
  if (!place)
    return below_.status(path);
  const auto directory =
      below_.status(place->snapshot + (place->below.empty() ? "" : "/" + place->below));
  if (directory && directory->type == FileType::Directory)
    return directory;
  BACKSTAY_ASSIGN(const std::string file, stored(*place));
  return below_.status(file);
}

Result<std::vector<std::string>> UnsealingFilesystem::list(const std::string& path) {
  const auto place = place_of(path);
  if (!place)
    return below_.list(path);
  BACKSTAY_ASSIGN(const auto known, snapshot(place->snapshot));
  if (known->copy && !place->below.empty()) {
    auto names = children(known->names, place->below);
    return names.empty() ? Result<std::vector<std::string>>(not_there(path)) : std::move(names);
  }
  BACKSTAY_ASSIGN(auto names, below_.list(place->snapshot + "/" + place->below));
  for (std::string& name : names) {
    if (name.ends_with(kSealedSuffix))
      name.resize(name.size() - std::string_view(kSealedSuffix).size());
  }
  std::ranges::sort(names);
  return names;
}

Result<std::unique_ptr<File>> UnsealingFilesystem::create(const std::string& path,
                                                          std::uint32_t mode) {
  return below_.create(path, mode);
}

Result<std::unique_ptr<File>> UnsealingFilesystem::open_append(const std::string& path) {
  return below_.open_append(path);
}

Result<void> UnsealingFilesystem::make_directory(const std::string& path, std::uint32_t mode) {
  return below_.make_directory(path, mode);
}

Result<void> UnsealingFilesystem::sync_directory(const std::string& path) {
  return below_.sync_directory(path);
}

Result<std::unique_ptr<File>> UnsealingFilesystem::lock_directory(const std::string& path) {
  return below_.lock_directory(path);
}

Result<void> UnsealingFilesystem::rename_no_replace(const std::string& from,
                                                    const std::string& to) {
  return below_.rename_no_replace(from, to);
}

Result<void> UnsealingFilesystem::rename_replace(const std::string& from, const std::string& to) {
  return below_.rename_replace(from, to);
}

Result<LinkOutcome> UnsealingFilesystem::link(const std::string& from, const std::string& to) {
  return below_.link(from, to);
}

Result<void> UnsealingFilesystem::unlink(const std::string& path) {
  return below_.unlink(path);
}

Result<void> UnsealingFilesystem::remove_directory(const std::string& path) {
  return below_.remove_directory(path);
}

Result<void> UnsealingFilesystem::change_mode(const std::string& path, std::uint32_t mode) {
  return below_.change_mode(path, mode);
}

Result<SpaceStatus> UnsealingFilesystem::space(const std::string& path) {
  return below_.space(path);
}

std::string readable_path(const std::string& path, const Manifest& manifest) {
  return manifest.seal.seals() ? layout::unsealed(path) : path;
}

Result<Manifest> whole_manifest(Filesystem& files,
                                const std::string& path,
                                const Manifest& manifest) {
  if (!manifest.seal.seals())
    return manifest;
  const std::string details = readable_path(path, manifest) + "/" + std::string(layout::kDetails);
  const auto text = read_file(files, details);
  // Of a file system that knows nothing of seals.
  if (!text && text.error().kind == ErrorKind::NotFound)
    return needs_identity("snapshot `" + manifest.id + "`", manifest.seal);
  if (!text)
    return text.error();
  BACKSTAY_ASSIGN(const Manifest whole, parse_manifest(*text, details));
  return with_details(manifest, whole);
}

std::string names_line(const std::string& stored, const std::string& plain) {
  return stored + " " + plain + "\n";
}

}  // namespace backstay::runtime
