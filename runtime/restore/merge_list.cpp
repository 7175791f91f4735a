#include "runtime/restore/merge_list.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/archive/list_json.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kActions = {"replaced", "surplus", "created",
                                                      "directory"};

Json to_json(const MergeEntry& entry) {
  Json json = {{"action", kActions[static_cast<std::size_t>(entry.action)]}};
  // Any bytes but NUL are a name.
  if (is_utf8(entry.path)) {
    json["path"] = entry.path;
  } else {
    json["path64"] = to_base64(entry.path);
  }
  if (entry.action == MergeAction::Created)
    json["fresh"] = {entry.fresh.inode, entry.fresh.born};
  if (entry.action != MergeAction::Directory)
    return json;
  const DirectoryMetadata& directory = entry.directory;
  json["mode"] = directory.mode;
  json["owner"] = {directory.uid, directory.gid};
  json["mtime"] = {directory.mtime, directory.mtime_ns};
  for (const ExtendedAttribute& attribute : directory.attributes)
    json["attributes"].push_back({attribute.name, to_base64(attribute.value)});
  return json;
}

Result<MergeEntry> parse_entry(std::string_view line) {
  const Json json = Json::parse(line);
  MergeEntry entry;
  const auto action =
      std::find(kActions.begin(), kActions.end(), json.at("action").get<std::string>());
  if (action == kActions.end())
    return Error{.kind = ErrorKind::BadInput, .message = "an unknown action"};
  entry.action = static_cast<MergeAction>(action - kActions.begin());
  if (json.contains("path64")) {
    BACKSTAY_ASSIGN(entry.path, from_base64(json["path64"].get<std::string>()));
  } else {
    entry.path = json.at("path").get<std::string>();
  }
  if (!entry.path.empty() && !is_safe_path(entry.path))
    return Error{.kind = ErrorKind::BadInput, .message = "a path that leads out of its tree"};
  if (json.contains("fresh"))
    entry.fresh = {json["fresh"][0].get<std::uint64_t>(), json["fresh"][1].get<std::int64_t>()};
  if (entry.action != MergeAction::Directory)
    return entry;
  DirectoryMetadata& directory = entry.directory;
  directory.mode = json.at("mode").get<std::uint32_t>();
  directory.uid = json.at("owner").at(0).get<std::uint32_t>();
  directory.gid = json.at("owner").at(1).get<std::uint32_t>();
  directory.mtime = json.at("mtime").at(0).get<std::int64_t>();
  directory.mtime_ns = json.at("mtime").at(1).get<std::uint32_t>();
  for (const Json& attribute : json.value("attributes", Json::array())) {
    BACKSTAY_ASSIGN(std::string value, from_base64(attribute.at(1).get<std::string>()));
    directory.attributes.push_back({attribute.at(0).get<std::string>(), std::move(value)});
  }
  return entry;
}

std::vector<std::string> attribute_names(int descriptor) {
  std::string names(std::size_t{1} << 16U, '\0');
  const ssize_t size = flistxattr(descriptor, names.data(), names.size());
  std::vector<std::string> list;
  for (std::size_t at = 0; size > 0 && at < static_cast<std::size_t>(size);) {
    list.emplace_back(names.c_str() + at);
    at += list.back().size() + 1;
  }
  return list;
}

}  // namespace

std::string to_text(const std::vector<MergeEntry>& entries) {
  std::string text;
  for (const MergeEntry& entry : entries)
    text += to_json(entry).dump() + "\n";
  return text;
}

Result<std::vector<MergeEntry>> parse_merge_list(std::string_view text) {
  std::vector<MergeEntry> entries;
  try {
    while (!text.empty()) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      BACKSTAY_ASSIGN(MergeEntry entry, parse_entry(text.substr(0, end)));
      entries.push_back(std::move(entry));
      text.remove_prefix(std::min(end + 1, text.size()));
    }
  } catch (const Json::exception& error) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = std::string("the list of a restore cannot be read: ") + error.what()};
  }
  return entries;
}

Result<DirectoryMetadata> read_directory_metadata(int descriptor) {
  struct stat status {};

  if (fstat(descriptor, &status) != 0)
    return errno_error(errno, "cannot look at a directory");
  DirectoryMetadata metadata{.mode = status.st_mode & 07777U,
                             .uid = status.st_uid,
                             .gid = status.st_gid,
                             .mtime = status.st_mtim.tv_sec,
                             .mtime_ns = static_cast<std::uint32_t>(status.st_mtim.tv_nsec)};
  for (const std::string& name : attribute_names(descriptor)) {
    std::string value(std::size_t{1} << 16U, '\0');
    const ssize_t size = fgetxattr(descriptor, name.c_str(), value.data(), value.size());
    if (size < 0)
      continue;
    value.resize(static_cast<std::size_t>(size));
    metadata.attributes.push_back({name, std::move(value)});
  }
  return metadata;
}

Result<void> put_directory_metadata(int descriptor, const DirectoryMetadata& metadata) {
  // Why the owner first: a change of owner clears set-id bits. As root alone another one can be
  // set.
  if (fchown(descriptor, metadata.uid, metadata.gid) != 0 && errno != EPERM)
    return errno_error(errno, "cannot set the owner of a directory");
  if (fchmod(descriptor, metadata.mode) != 0)
    return errno_error(errno, "cannot set the mode of a directory");
  for (const std::string& name : attribute_names(descriptor)) {
    const bool old = std::ranges::any_of(
        metadata.attributes, [&](const ExtendedAttribute& each) { return each.name == name; });
    if (!old)
      (void)fremovexattr(descriptor, name.c_str());
  }
  for (const ExtendedAttribute& each : metadata.attributes)
    (void)fsetxattr(descriptor, each.name.c_str(), each.value.data(), each.value.size(), 0);
  const std::array times = {
      timespec{.tv_sec = 0, .tv_nsec = UTIME_OMIT},
      timespec{.tv_sec = metadata.mtime, .tv_nsec = static_cast<long>(metadata.mtime_ns)}};
  if (futimens(descriptor, times.data()) != 0)
    return errno_error(errno, "cannot set the time of a directory");
  return {};
}

}  // namespace backstay::runtime
