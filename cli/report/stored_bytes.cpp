#include "cli/report/stored_bytes.hpp"

#include <algorithm>
#include <unordered_map>

#include "runtime/store/layout.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

struct Borne {
  std::size_t first = 0;
  std::size_t last = 0;
  std::uint64_t size = 0;
};

using Files = std::unordered_map<std::uint64_t, Borne>;  // by inode: a store is on one file system

void walk(runtime::Filesystem& files, const std::string& path, std::size_t snapshot, Files& found) {
  const auto names = files.list(path);
  if (!names)
    return;  // a prune took it meanwhile
  for (const std::string& name : *names) {
    const std::string inner = path + "/" + name;
    const auto status = files.status(inner);
    if (!status)
      continue;
    if (status->type == runtime::FileType::Directory) {
      walk(files, inner, snapshot, found);
      continue;
    }
    auto [file, fresh] = found.try_emplace(status->inode, Borne{snapshot, snapshot, status->size});
    if (!fresh)
      file->second.last = snapshot;
  }
}

}  // namespace

std::uint64_t StoredBytes::used(const std::vector<bool>& alive) const {
  std::vector<std::size_t> before(alive.size() + 1, 0);  // how many are alive below an index
  for (std::size_t index = 0; index < alive.size(); ++index)
    before[index + 1] = before[index] + (alive[index] ? 1 : 0);
  std::uint64_t sum = 0;
  for (const auto& [range, size] : bytes) {
    if (before[range.second + 1] > before[range.first])
      sum += size;
  }
  return sum;
}

std::vector<std::uint64_t> StoredBytes::first_borne() const {
  std::vector<std::uint64_t> sums(snapshots.size(), 0);
  for (const auto& [range, size] : bytes)
    sums[range.first] += size;
  return sums;
}

Result<StoredBytes> count_stored_bytes(runtime::Filesystem& files, const runtime::Store& store) {
  StoredBytes counted;
  BACKSTAY_ASSIGN(const auto all, runtime::list_snapshots(files, store, {}));
  for (const runtime::SnapshotSummary& one : all) {
    const auto at = runtime::from_rfc3339(one.started);
    if (at)
      counted.snapshots.push_back({one.id, std::chrono::floor<std::chrono::seconds>(*at)});
  }
  std::stable_sort(counted.snapshots.begin(), counted.snapshots.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  Files found;
  for (std::size_t index = 0; index < counted.snapshots.size(); ++index)
    walk(files, runtime::layout::snapshot(store.path, counted.snapshots[index].id), index, found);
  for (const auto& [inode, file] : found)
    counted.bytes[{file.first, file.last}] += file.size;
  return counted;
}

}  // namespace backstay::cli
