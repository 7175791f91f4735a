// Putting runs, snapshots and stores into the catalogue.
#include <algorithm>
#include <array>
#include <limits>

#include "runtime/catalogue/catalogue_parts.hpp"

namespace backstay::runtime {
namespace {

using Values = std::vector<SqlValue>;

SqlValue number(std::uint64_t value) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(value, kMost));
}

SqlValue flag(bool set) {
  return std::int64_t{set ? 1 : 0};
}

SqlValue milliseconds(const std::optional<std::chrono::milliseconds>& time) {
  return time ? SqlValue(std::int64_t{time->count()}) : SqlValue();
}

/// `INSERT OR REPLACE INTO table VALUES (?, …)`
std::string insert_into(const std::string& table, std::size_t columns) {
  std::string text = "INSERT OR REPLACE INTO " + table + " VALUES (?";
  for (std::size_t column = 1; column < columns; ++column)
    text += ", ?";
  return text + ")";
}

constexpr std::array kOfRuns = {"step", "run_component", "warning"};
constexpr std::array kOfRecords = {"verification",  "receipt", "drill",
                                   "drill_service", "hold",    "tombstone"};

/// What is written in one go: rows, each into its table.
struct Rows {
  std::vector<std::pair<std::string, Values>> rows = {};

  void add(const char* table, Values values) { rows.emplace_back(table, std::move(values)); }
};

void add_run(Rows& rows, const CatalogueRun& run) {
  rows.add("run", {run.id, std::int64_t{static_cast<int>(run.source)}, run.what, run.policy,
                   run.backup, run.drill, run.host, run.plan_digest, run.started, run.finished,
                   run.status, run.snapshot, run.failure, run.tool});
  std::uint64_t position = 0;
  for (const CatalogueStep& step : run.steps) {
    rows.add("step",
             {run.id, number(position++), step.id, step.kind, step.state,
              to_json_list(step.components), to_json_list(step.after), milliseconds(step.started),
              milliseconds(step.duration), number(step.bytes), step.message});
  }
  for (const auto& [component, status] : run.components)
    rows.add("run_component", {run.id, component, status});
  position = 0;
  for (const std::string& warning : run.warnings)
    rows.add("warning", {run.id, number(position++), warning});
}

void add_manifest(Rows& rows, const CatalogueSnapshot& one) {
  rows.add("snapshot", {one.store,
                        one.id,
                        std::int64_t{static_cast<int>(one.place)},
                        flag(one.known),
                        one.problem,
                        number(one.sequence),
                        one.policy,
                        one.backup,
                        one.host,
                        one.run,
                        one.tool,
                        one.started,
                        one.finished,
                        one.plan_digest,
                        one.previous,
                        one.sealed_with,
                        flag(one.partial),
                        flag(one.keep_current),
                        number(one.plain_bytes),
                        number(one.stored_bytes),
                        number(one.linked_bytes),
                        number(one.records)});
  for (const CatalogueComponent& component : one.components) {
    rows.add("component",
             {one.store, one.id, component.name, component.kind, number(component.entries),
              number(component.files), number(component.plain_bytes),
              number(component.stored_bytes), number(component.linked_bytes),
              flag(component.missing), component.server_version, component.tool_version});
  }
}

void add_drills(Rows& rows, const CatalogueSnapshot& one) {
  std::uint64_t place = 0;
  for (const CatalogueDrill& drill : one.drills) {
    rows.add("drill", {one.store, one.id, number(place), drill.run, drill.drill, drill.policy,
                       drill.started, drill.finished, flag(drill.drilled), drill.failure});
    for (const auto& [service, restored] : drill.services) {
      rows.add("drill_service",
               {one.store, one.id, number(place), service, milliseconds(restored)});
    }
    ++place;
  }
}

void add_records(Rows& rows, const CatalogueSnapshot& one) {
  std::uint64_t place = 0;
  for (const CatalogueVerification& check : one.verifications) {
    rows.add("verification", {one.store, one.id, number(place++), check.at,
                              std::int64_t{check.level}, flag(check.intact), check.run});
  }
  place = 0;
  for (const CatalogueReceipt& receipt : one.receipts) {
    rows.add("receipt",
             {one.store, one.id, number(place++), receipt.at, receipt.target, receipt.to_store,
              receipt.from_store, receipt.evidence, number(receipt.files),
              number(receipt.total_bytes), number(receipt.moved_bytes), receipt.run});
  }
  add_drills(rows, one);
  place = 0;
  for (const CatalogueHold& hold : one.holds)
    rows.add("hold", {one.store, one.id, number(place++), hold.at, hold.because, hold.until});
  place = 0;
  for (const CatalogueTombstone& stone : one.tombstones) {
    rows.add("tombstone", {one.store, one.id, number(place++), stone.at,
                           to_json_list(stone.because), stone.decision});
  }
}

Result<void> write(Catalogue::Parts& parts, const Rows& rows) {
  for (const auto& [table, values] : rows.rows)
    BACKSTAY_TRY(parts.change(insert_into(table, values.size()), values));
  return {};
}

}  // namespace

Result<void> Catalogue::put(const CatalogueRun& run) {
  BACKSTAY_ASSIGN(const auto known, parts_->ask("SELECT source FROM run WHERE id = ?", {run.id}));
  if (!known.empty() && known.front().number(0) > static_cast<int>(run.source))
    return {};
  for (const char* table : kOfRuns)
    BACKSTAY_TRY(parts_->change(std::string("DELETE FROM ") + table + " WHERE run = ?", {run.id}));
  Rows rows;
  add_run(rows, run);
  return write(*parts_, rows);
}

Result<void> Catalogue::put(const CatalogueSnapshot& snapshot) {
  const Values key = {snapshot.store, snapshot.id};
  const auto clear = [&](const std::string& table) {
    return parts_->change("DELETE FROM " + table + " WHERE store = ? AND snapshot = ?", key);
  };
  for (const char* table : kOfRecords)
    BACKSTAY_TRY(clear(table));
  Rows rows;
  BACKSTAY_ASSIGN(const auto before,
                  parts_->ask("SELECT known FROM snapshot WHERE store = ? AND id = ?", key));
  if (snapshot.known || before.empty() || before.front().number(0) == 0) {
    BACKSTAY_TRY(clear("component"));
    add_manifest(rows, snapshot);
  } else {
    BACKSTAY_TRY(parts_->change(
        "UPDATE snapshot SET place = ?, problem = ?, records = ? WHERE store = ? AND id = ?",
        {std::int64_t{static_cast<int>(snapshot.place)}, snapshot.problem, number(snapshot.records),
         snapshot.store, snapshot.id}));
  }
  add_records(rows, snapshot);
  return write(*parts_, rows);
}

Result<void> Catalogue::put(const CatalogueStore& store) {
  return parts_->change(insert_into("store", 4),
                        {store.uuid, store.kind, store.place, store.target});
}

Result<void> Catalogue::put(const CatalogueAttempt& attempt) {
  return parts_->change(
      insert_into("attempt", 10),
      {SqlValue(), attempt.at, attempt.what, attempt.policy, attempt.backup, attempt.host,
       flag(attempt.scheduled), attempt.outcome, attempt.run, attempt.detail});
}

}  // namespace backstay::runtime
