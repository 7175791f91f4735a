#include "runtime/store/store_list.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <tuple>
#include <utility>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/point_in_time.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

namespace {

SnapshotSummary summarise(Filesystem& files, const Store& store, const std::string& id) {
  SnapshotSummary summary;
  summary.id = id;
  summary.sequence = layout::sequence_of(id).value_or(0);
  const std::string path = layout::snapshot(store.path, id) + "/" + std::string(layout::kManifest);
  auto text = read_file(files, path);
  if (!text) {
    summary.problem = text.error().message;
    return summary;
  }
  const auto manifest = parse_manifest(*text, path);
  if (!manifest || manifest->id != id) {
    summary.problem = manifest ? "`" + path + "` is of another snapshot" : manifest.error().message;
    return summary;
  }
  summary.sequence = manifest->sequence;
  summary.policy = manifest->policy;
  summary.backup = manifest->backup;
  summary.host = manifest->host;
  summary.started = manifest->started;
  summary.finished = manifest->finished;
  summary.partial = manifest->partial;
  summary.keep_current = manifest->keep_current;
  summary.seal = manifest->seal;
  summary.components = manifest->components.size();
  for (const ManifestComponent& component : manifest->components) {
    summary.plain_bytes += component.plain_bytes;
    summary.stored_bytes += component.stored_bytes;
  }
  return summary;
}

bool fits(const SnapshotSummary& summary, const SnapshotFilter& filter) {
  const auto same = [](const std::string& wanted, const std::string& is) {
    return wanted.empty() || wanted == is;
  };
  return same(filter.policy, summary.policy) && same(filter.backup, summary.backup) &&
         same(filter.host, summary.host);
}

bool newer_first(const SnapshotSummary& a, const SnapshotSummary& b) {
  return std::tie(a.policy, a.host, b.sequence, a.id) <
         std::tie(b.policy, b.host, a.sequence, b.id);
}

std::string place_of(const Store& store, const SnapshotFilter& filter) {
  return filter.place.empty() ? "`" + store.path + "`" : filter.place;
}

// What a name was looked for in.
std::string fitting_in(const Store& store, const SnapshotFilter& filter) {
  const std::string host = filter.host.empty() ? "" : "of host `" + filter.host + "` ";
  return host + "in " + place_of(store, filter);
}

Error nothing_called(const std::string& name, const std::string& place) {
  return Error{.kind = ErrorKind::NotFound,
               .message = "there is no snapshot `" + name + "` " + place,
               .hint = "`backstay list` shows what is there"};
}

// N of `latest~N`; nothing where the name is something else.
std::optional<std::size_t> steps_back(const std::string& name) {
  constexpr std::string_view kLatest = "latest";
  if (!name.starts_with(kLatest))
    return std::nullopt;
  if (name.size() == kLatest.size())
    return std::size_t{0};
  std::size_t steps = 0;
  const char* begin = name.data() + kLatest.size() + 1;
  const char* end = name.data() + name.size();
  const auto [at, error] = std::from_chars(begin, end, steps);
  const bool valid = name[kLatest.size()] == '~' && error == std::errc{} && at == end;
  return valid ? std::optional(steps) : std::nullopt;
}

bool is_by(const SnapshotSummary& summary, std::chrono::sys_seconds until) {
  const auto started = from_rfc3339(summary.started);
  return started && std::chrono::floor<std::chrono::seconds>(*started) <= until;
}

// Whether `7` or `00000007…` means this snapshot.
bool begins_with(const SnapshotSummary& summary, const std::string& name) {
  return summary.id.starts_with(name) || name == std::to_string(summary.sequence);
}

Result<SnapshotSummary> only_one(const std::vector<SnapshotSummary>& found,
                                 const std::string& name,
                                 const std::string& place) {
  if (found.empty())
    return nothing_called(name, place);
  if (found.size() == 1)
    return found.front();
  std::string ids;
  for (const SnapshotSummary& summary : found)
    ids += (ids.empty() ? "`" : ", `") + summary.id + "`";
  return Error{.kind = ErrorKind::Usage,
               .message = "`" + name + "` fits several snapshots: " + ids,
               .hint = "give more of its name"};
}

// Where this host believes signed ones only, another one is not the latest of anything: else
// whoever can write to the store could keep it from being restored.
Result<SnapshotSummary> nth_believed(Filesystem& files,
                                     const Store& store,
                                     const std::vector<SnapshotSummary>& newest_first,
                                     std::size_t back,
                                     const std::string& name,
                                     const std::string& place) {
  std::optional<Error> doubt;
  for (const SnapshotSummary& one : newest_first) {
    auto checked = check_snapshot_signature(files, store, one.id);
    if (!checked && !doubt)
      doubt = std::move(checked).error();
    if (checked && back-- == 0)
      return one;
  }
  return doubt ? *std::move(doubt) : nothing_called(name, place);
}

}  // namespace

Result<std::vector<SnapshotSummary>> list_snapshots(Filesystem& files,
                                                    const Store& store,
                                                    const SnapshotFilter& filter) {
  BACKSTAY_ASSIGN(const auto names, files.list(layout::snapshots(store.path)));
  std::vector<SnapshotSummary> found;
  for (const std::string& name : names) {
    if (!layout::is_plain_name(name) || !layout::sequence_of(name))
      continue;  // foreign
    SnapshotSummary summary = summarise(files, store, name);
    if (fits(summary, filter))
      found.push_back(std::move(summary));
  }
  std::ranges::stable_sort(found, newer_first);
  return found;
}

Result<SnapshotSummary> find_snapshot(Filesystem& files,
                                      const Store& store,
                                      const SnapshotFilter& filter,
                                      const std::string& name) {
  BACKSTAY_ASSIGN(auto found, list_snapshots(files, store, filter));
  const std::string place = fitting_in(store, filter);
  const auto back = steps_back(name);
  BACKSTAY_ASSIGN(const auto until, point_in_time(name));
  if (back || until) {
    std::erase_if(found, [](const SnapshotSummary& s) { return s.partial || !s.problem.empty(); });
    std::erase_if(found, [&](const SnapshotSummary& s) { return until && !is_by(s, *until); });
    const bool mixed = std::ranges::any_of(found, [&](const SnapshotSummary& s) {
      return s.policy != found.front().policy || s.host != found.front().host;
    });
    if (mixed) {
      return Error{.kind = ErrorKind::Usage,
                   .message = "`" + name + "` fits several policies or hosts " + place,
                   .hint = "name the snapshot by its number, or give the plan"};
    }
    return nth_believed(files, store, found, back.value_or(0), name, place);
  }
  std::erase_if(found, [&](const SnapshotSummary& s) { return !begins_with(s, name); });
  const auto exact = std::ranges::find(found, name, &SnapshotSummary::id);
  if (exact != found.end())
    return *exact;
  return only_one(found, name, place);
}

}  // namespace backstay::runtime
