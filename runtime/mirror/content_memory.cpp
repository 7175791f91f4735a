#include "runtime/mirror/content_memory.hpp"

#include <nlohmann/json.hpp>

#include "runtime/archive/list_json.hpp"
#include "runtime/store/manifest.hpp"

namespace backstay::runtime {
namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

std::int64_t nanoseconds(const struct timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * kNanoseconds + time.tv_nsec;
}

}  // namespace

ContentMemory::Known ContentMemory::known_of(const struct stat& status, const Digest& digest) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified = nanoseconds(status.st_mtim),
          .changed = nanoseconds(status.st_ctim),
          .digest = digest};
}

ContentMemory ContentMemory::read(Filesystem& files, const std::string& path) {
  ContentMemory memory;
  constexpr std::uint64_t kLargest = std::uint64_t{1} << 30U;
  const auto text = read_file(files, path, kLargest);
  if (!text)
    return memory;
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  if (!json.is_object())
    return memory;
  memory.was_there_ = true;
  for (const auto& [name, row] : json.items()) {
    constexpr std::size_t kColumns = 6;
    const auto decoded = from_base64(name);
    if (!decoded || !row.is_array() || row.size() != kColumns || !row[5].is_string())
      continue;
    const auto digest = parse_digest(row[5].get<std::string>());
    bool numbers = digest.has_value();
    for (std::size_t at = 0; at < kColumns - 1; ++at)
      numbers = numbers && row[at].is_number_integer();
    if (!numbers)
      continue;
    memory.earlier_[*decoded] = {.device = row[0].get<std::uint64_t>(),
                                 .inode = row[1].get<std::uint64_t>(),
                                 .size = row[2].get<std::uint64_t>(),
                                 .modified = row[3].get<std::int64_t>(),
                                 .changed = row[4].get<std::int64_t>(),
                                 .digest = *digest};
  }
  return memory;
}

std::optional<Digest> ContentMemory::find(const std::string& path, const struct stat& status) {
  const auto found = earlier_.find(path);
  if (found == earlier_.end())
    return std::nullopt;
  const Known there = known_of(status, found->second.digest);
  const Known& then = found->second;
  if (there.device != then.device || there.inode != then.inode || there.size != then.size ||
      there.modified != then.modified || there.changed != then.changed)
    return std::nullopt;
  now_[path] = then;
  return then.digest;
}

void ContentMemory::note(const std::string& path, const struct stat& status, const Digest& digest) {
  now_[path] = known_of(status, digest);
}

Result<void> ContentMemory::write(Filesystem& files, const std::string& path) const {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, known] : now_) {
    json[to_base64(name)] = {known.device,   known.inode,   known.size,
                             known.modified, known.changed, to_hex(known.digest)};
  }
  BACKSTAY_TRY(make_directories(files, path.substr(0, path.rfind('/')), 0700));
  return replace_file(files, path, json.dump(), 0600);
}

}  // namespace backstay::runtime
