#include "runtime/catalogue/update.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "runtime/catalogue/report_rows.hpp"
#include "runtime/catalogue/snapshot_rows.hpp"
#include "runtime/store/layout.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kSuffix = ".json";

/// The snapshots that a store knows of, and where they are.
Result<std::map<std::string, SnapshotPlace>> places_in(const KnownStore& known) {
  std::map<std::string, SnapshotPlace> places;
  const auto add = [&](const std::string& directory, SnapshotPlace place) -> Result<void> {
    BACKSTAY_ASSIGN(const bool there, is_there(known.files, directory));
    if (!there)
      return {};
    BACKSTAY_ASSIGN(const auto names, known.files.list(directory));
    for (const std::string& name : names) {
      if (layout::is_plain_name(name) && layout::sequence_of(name))
        places.emplace(name, place);  // the first one counts
    }
    return {};
  };
  BACKSTAY_TRY(add(layout::snapshots(known.store.path), SnapshotPlace::Present));
  BACKSTAY_TRY(add(layout::trash(known.store.path), SnapshotPlace::Trash));
  BACKSTAY_TRY(add(layout::records(known.store.path), SnapshotPlace::Gone));
  return places;
}

/// Records are written once and never changed, so their number tells whether there are new ones.
std::uint64_t records_of(const KnownStore& known, const std::string& id) {
  const auto names = known.files.list(layout::records(known.store.path) + "/" + id);
  if (!names)
    return 0;
  return static_cast<std::uint64_t>(
      std::count_if(names->begin(), names->end(),
                    [](const std::string& name) { return !name.starts_with("."); }));
}

/// What the catalogue has not, or not as it is now.
Result<std::set<std::string>> changed_in(Catalogue& catalogue,
                                         const KnownStore& known,
                                         std::map<std::string, SnapshotPlace> places) {
  BACKSTAY_ASSIGN(const auto before, catalogue.seen(known.store.uuid));
  std::set<std::string> wanted;
  for (const Catalogue::SeenSnapshot& seen : before) {
    const auto now = places.find(seen.id);
    const SnapshotPlace is = now == places.end() ? SnapshotPlace::Gone : now->second;
    if (is != seen.place || records_of(known, seen.id) != seen.records)
      wanted.insert(seen.id);
    if (now != places.end())
      places.erase(now);
  }
  for (const auto& [id, place] : places)
    wanted.insert(id);
  return wanted;
}

}  // namespace

Result<void> add_reports(Catalogue& catalogue,
                         Filesystem& files,
                         const std::string& state_directory,
                         UpdateReport& report) {
  const std::string directory = state_directory + "/runs";
  BACKSTAY_ASSIGN(const bool there, is_there(files, directory));
  if (!there)
    return {};
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  BACKSTAY_ASSIGN(const auto ids, catalogue.run_ids(RunSource::Report));
  const std::set<std::string> known(ids.begin(), ids.end());
  for (const std::string& name : names) {
    const std::string id = name.substr(0, name.size() - std::min(name.size(), kSuffix.size()));
    if (!name.ends_with(kSuffix) || known.contains(id))
      continue;
    const auto text = read_file(files, directory + "/" + name);
    const auto run = text ? run_of_report(*text, RunSource::Report) : std::nullopt;
    if (!run || run->id != id) {
      report.unknown.push_back(fmt::format("the report `{}/{}` cannot be read{}", directory, name,
                                           text ? "" : ": " + to_string(text.error())));
      continue;
    }
    BACKSTAY_TRY(catalogue.put(*run));
    ++report.runs;
  }
  return {};
}

Result<void> add_store(Catalogue& catalogue, const KnownStore& known, UpdateReport& report) {
  auto places = places_in(known);
  if (!places) {
    report.unknown.push_back(
        fmt::format("the store {}: {}", known.place, to_string(places.error())));
    return {};
  }
  BACKSTAY_ASSIGN(const auto wanted, changed_in(catalogue, known, std::move(*places)));
  BACKSTAY_TRY(catalogue.put(CatalogueStore{
      .uuid = known.store.uuid, .kind = known.kind, .place = known.place, .target = known.target}));
  for (const std::string& id : wanted) {
    const auto rows = read_snapshot_rows(known.files, known.store, id);
    if (!rows) {
      report.unknown.push_back(
          fmt::format("snapshot {} in {}: {}", id, known.place, to_string(rows.error())));
      continue;
    }
    BACKSTAY_TRY(catalogue.put(rows->snapshot));
    for (const CatalogueRun& run : rows->runs)
      BACKSTAY_TRY(catalogue.put(run));
    ++report.snapshots;
  }
  return {};
}

}  // namespace backstay::runtime
