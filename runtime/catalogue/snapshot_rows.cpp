#include "runtime/catalogue/snapshot_rows.hpp"

#include <algorithm>

#include "runtime/catalogue/report_rows.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/unsealing_filesystem.hpp"

namespace backstay::runtime {
namespace {

/// The records of one snapshot, kind by kind; only the kinds that are there are asked for.
class RecordsOf {
 public:
  static Result<RecordsOf> open(Filesystem& files, const Store& store, const std::string& id) {
    RecordsOf records(files, store, id);
    const std::string directory = layout::records(store.path) + "/" + id;
    BACKSTAY_ASSIGN(const bool there, is_there(files, directory));
    if (there) {
      BACKSTAY_ASSIGN(records.names_, files.list(directory));
      std::erase_if(records.names_, [](const std::string& name) { return name.starts_with("."); });
    }
    return records;
  }

  [[nodiscard]] std::uint64_t count() const { return names_.size(); }

  /// Oldest first, each through `parse`; what that does not know is left out.
  template <typename Parse>
  auto read(const std::string& kind, const Parse& parse) const
      -> Result<std::vector<typename decltype(parse(std::string()))::value_type>> {
    std::vector<typename decltype(parse(std::string()))::value_type> found;
    const bool any = std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
      return name.starts_with(kind + "-");
    });
    if (!any)
      return found;
    BACKSTAY_ASSIGN(const auto records, read_records(files_, store_, id_, kind));
    for (const std::string& record : records) {
      if (auto row = parse(record))
        found.push_back(std::move(*row));
    }
    return found;
  }

 private:
  RecordsOf(Filesystem& files, const Store& store, const std::string& id)
      : files_(files), store_(store), id_(id) {}

  Filesystem& files_;
  const Store& store_;
  const std::string& id_;
  std::vector<std::string> names_;
};

/// What a database's facts say of the server and of what read it (runtime/database/*_facts).
void take_versions(const std::string& facts, CatalogueComponent& component) {
  const VersionFacts versions = versions_of_facts(facts);
  component.server_version = versions.server;
  component.tool_version = versions.tool;
}

void take(const Manifest& manifest, CatalogueSnapshot& snapshot) {
  snapshot.sequence = manifest.sequence;
  snapshot.policy = manifest.policy;
  snapshot.backup = manifest.backup;
  snapshot.host = manifest.host;
  snapshot.run = manifest.run;
  snapshot.tool = manifest.tool;
  snapshot.started = manifest.started;
  snapshot.finished = manifest.finished;
  snapshot.plan_digest = manifest.plan_digest;
  snapshot.previous = manifest.previous;
  snapshot.sealed_with = manifest.seal.seals() ? manifest.seal.name : std::string();
  snapshot.partial = manifest.partial;
  snapshot.keep_current = manifest.keep_current;
  for (const ManifestComponent& one : manifest.components) {
    snapshot.plain_bytes += one.plain_bytes;
    snapshot.stored_bytes += one.stored_bytes;
    snapshot.linked_bytes += one.linked_bytes;
    snapshot.components.push_back({.name = one.name,
                                   .kind = one.kind,
                                   .entries = one.entries,
                                   .files = one.files,
                                   .plain_bytes = one.plain_bytes,
                                   .stored_bytes = one.stored_bytes,
                                   .linked_bytes = one.linked_bytes});
    take_versions(one.facts, snapshot.components.back());
  }
  for (const std::string& name : manifest.failed)
    snapshot.components.push_back({.name = name, .missing = true});
  std::sort(snapshot.components.begin(), snapshot.components.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
}

void read_manifest(Filesystem& files,
                   const Store& store,
                   const std::string& directory,
                   CatalogueSnapshot& snapshot) {
  const std::string path = directory + "/" + std::string(layout::kManifest);
  const auto text = read_file(files, path);
  const auto manifest = text ? parse_manifest(*text, path) : Result<Manifest>(text.error());
  snapshot.known = manifest && manifest->id == snapshot.id;
  if (snapshot.known) {
    // Of a sealed one, where `files` cannot open it, what stands in the clear.
    const auto whole = whole_manifest(files, directory, *manifest);
    take(whole ? *whole : *manifest, snapshot);
    return;
  }
  snapshot.sequence = layout::sequence_of(snapshot.id).value_or(0);
  snapshot.problem = manifest ? "`" + path + "` is of another snapshot" : manifest.error().message;
  snapshot.store = store.uuid;
}

/// What a backup left, where neither its report nor its record is there.
CatalogueRun run_of_manifest(const CatalogueSnapshot& snapshot) {
  CatalogueRun run{.id = snapshot.run,
                   .source = RunSource::Manifest,
                   .what = "backup",
                   .policy = snapshot.policy,
                   .backup = snapshot.backup,
                   .host = snapshot.host,
                   .plan_digest = snapshot.plan_digest,
                   .started = snapshot.started,
                   .finished = snapshot.finished,
                   .status = snapshot.partial ? "partial" : "stored",
                   .snapshot = snapshot.id,
                   .tool = snapshot.tool};
  for (const CatalogueComponent& component : snapshot.components)
    run.components.emplace_back(component.name, component.missing ? "failed" : "stored");
  return run;
}

Result<void> find_place(Filesystem& files, const Store& store, CatalogueSnapshot& snapshot) {
  const std::string present = layout::snapshot(store.path, snapshot.id);
  const std::string trash = layout::trash(store.path) + "/" + snapshot.id;
  BACKSTAY_ASSIGN(const bool there, is_there(files, present));
  if (there) {
    read_manifest(files, store, present, snapshot);
    return {};
  }
  BACKSTAY_ASSIGN(const bool thrown_away, is_there(files, trash));
  snapshot.place = thrown_away ? SnapshotPlace::Trash : SnapshotPlace::Gone;
  if (thrown_away)
    read_manifest(files, store, trash, snapshot);
  else
    snapshot.known = false;
  return {};
}

/// Of a snapshot that is gone, its tombstone and its run tell whose it was.
void take_from_records(const std::vector<BuriedSnapshot>& buried,
                       const std::vector<CatalogueRun>& runs,
                       CatalogueSnapshot& snapshot) {
  if (snapshot.known)
    return;
  snapshot.sequence = layout::sequence_of(snapshot.id).value_or(0);
  if (!buried.empty()) {
    snapshot.policy = buried.back().policy;
    snapshot.backup = buried.back().backup;
    snapshot.host = buried.back().host;
  }
  for (const CatalogueRun& run : runs) {
    if (run.what != "backup")
      continue;
    snapshot.policy = run.policy;
    snapshot.backup = run.backup;
    snapshot.host = run.host;
    snapshot.run = run.id;
    snapshot.started = run.started;
    snapshot.finished = run.finished;
    snapshot.plan_digest = run.plan_digest;
  }
}

}  // namespace

Result<SnapshotRows> read_snapshot_rows(Filesystem& files,
                                        const Store& store,
                                        const std::string& id) {
  BACKSTAY_TRY(layout::check_plain_name(id, "snapshot"));
  SnapshotRows rows{.snapshot = {.store = store.uuid, .id = id}, .runs = {}};
  CatalogueSnapshot& snapshot = rows.snapshot;
  BACKSTAY_TRY(find_place(files, store, snapshot));
  BACKSTAY_ASSIGN(const auto records, RecordsOf::open(files, store, id));
  snapshot.records = records.count();
  BACKSTAY_ASSIGN(rows.runs, records.read("run", [](const std::string& json) {
    return run_of_report(json, RunSource::Record);
  }));
  BACKSTAY_ASSIGN(snapshot.verifications, records.read("verify", verification_of));
  BACKSTAY_ASSIGN(snapshot.receipts, records.read("receipt", receipt_of));
  BACKSTAY_ASSIGN(snapshot.drills, records.read("drill", drill_of_evidence));
  BACKSTAY_ASSIGN(snapshot.holds, records.read("hold", hold_of));
  BACKSTAY_ASSIGN(snapshot.tombstones, records.read("tombstone", tombstone_of));
  BACKSTAY_ASSIGN(const auto buried, records.read("tombstone", buried_of));
  take_from_records(buried, rows.runs, snapshot);
  BACKSTAY_ASSIGN(auto drills, records.read("drill", run_of_evidence));
  rows.runs.insert(rows.runs.end(), drills.begin(), drills.end());
  if (snapshot.known && !snapshot.run.empty() && !snapshot.keep_current)
    rows.runs.push_back(run_of_manifest(snapshot));
  return rows;
}

}  // namespace backstay::runtime
