// Asking the catalogue: few questions, whatever the number of rows.
#include <algorithm>
#include <unordered_map>

#include "runtime/catalogue/catalogue_parts.hpp"

namespace backstay::runtime {
namespace {

using Values = std::vector<SqlValue>;

/// ` WHERE …` of a query, and its values.
class Where {
 public:
  void equal(const char* column, const std::string& value) { add(column, " = ?", value); }

  void at_least(const char* column, const std::string& value) { add(column, " >= ?", value); }

  void below(const char* column, const std::string& value) { add(column, " < ?", value); }

  [[nodiscard]] const std::string& text() const { return text_; }

  [[nodiscard]] const Values& values() const { return values_; }

 private:
  void add(const char* column, const char* test, const std::string& value) {
    if (value.empty())
      return;
    text_ += (text_.empty() ? " WHERE " : " AND ") + std::string(column) + test;
    values_.emplace_back(value);
  }

  std::string text_;
  Values values_;
};

Where where_of(const CatalogueQuery& query) {
  Where where;
  where.equal("policy", query.policy);
  where.equal("backup", query.backup);
  where.equal("host", query.host);
  where.at_least("started", query.from);
  where.below("started", query.until);
  return where;
}

std::uint64_t amount(const SqlRow& row, std::size_t column) {
  const std::int64_t value = row.number(column);
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

std::chrono::milliseconds time_of(const SqlRow& row, std::size_t column) {
  return std::chrono::milliseconds(row.number(column));
}

template <typename Place>
Place place_of(const SqlRow& row, std::size_t column, Place last) {
  const auto number = static_cast<std::int64_t>(amount(row, column));
  return static_cast<Place>(std::min(number, static_cast<std::int64_t>(last)));
}

CatalogueRun run_of(const SqlRow& row) {
  return {.id = row.text(0),
          .source = place_of(row, 1, RunSource::Report),
          .what = row.text(2),
          .policy = row.text(3),
          .backup = row.text(4),
          .drill = row.text(5),
          .host = row.text(6),
          .plan_digest = row.text(7),
          .started = row.text(8),
          .finished = row.text(9),
          .status = row.text(10),
          .snapshot = row.text(11),
          .failure = row.text(12),
          .tool = row.text(13)};
}

CatalogueStep step_of(const SqlRow& row) {
  return {.id = row.text(2),
          .kind = row.text(3),
          .state = row.text(4),
          .components = from_json_list(row.text(5)),
          .after = from_json_list(row.text(6)),
          .started = row.is_null(7) ? std::nullopt : std::optional(time_of(row, 7)),
          .duration = time_of(row, 8),
          .bytes = amount(row, 9),
          .message = row.text(10)};
}

CatalogueSnapshot snapshot_of(const SqlRow& row) {
  return {.store = row.text(0),
          .id = row.text(1),
          .place = place_of(row, 2, SnapshotPlace::Gone),
          .known = row.number(3) != 0,
          .problem = row.text(4),
          .sequence = amount(row, 5),
          .policy = row.text(6),
          .backup = row.text(7),
          .host = row.text(8),
          .run = row.text(9),
          .tool = row.text(10),
          .started = row.text(11),
          .finished = row.text(12),
          .plan_digest = row.text(13),
          .previous = row.text(14),
          .sealed_with = row.text(15),
          .partial = row.number(16) != 0,
          .keep_current = row.number(17) != 0,
          .plain_bytes = amount(row, 18),
          .stored_bytes = amount(row, 19),
          .linked_bytes = amount(row, 20),
          .records = amount(row, 21)};
}

CatalogueComponent component_of(const SqlRow& row) {
  return {.name = row.text(2),
          .kind = row.text(3),
          .entries = amount(row, 4),
          .files = amount(row, 5),
          .plain_bytes = amount(row, 6),
          .stored_bytes = amount(row, 7),
          .linked_bytes = amount(row, 8),
          .missing = row.number(9) != 0,
          .server_version = row.text(10),
          .tool_version = row.text(11)};
}

CatalogueReceipt receipt_of_row(const SqlRow& row) {
  return {.at = row.text(3),
          .target = row.text(4),
          .to_store = row.text(5),
          .from_store = row.text(6),
          .evidence = row.text(7),
          .files = amount(row, 8),
          .total_bytes = amount(row, 9),
          .moved_bytes = amount(row, 10),
          .run = row.text(11)};
}

CatalogueDrill drill_of(const SqlRow& row) {
  return {.run = row.text(3),
          .drill = row.text(4),
          .policy = row.text(5),
          .started = row.text(6),
          .finished = row.text(7),
          .drilled = row.number(8) != 0,
          .failure = row.text(9)};
}

/// Rows that hang on something, given to `take` with what they hang on. They come in the order of
/// their keys.
template <typename Found, typename Take>
Result<void> hang_on(Catalogue::Parts& parts,
                     const std::string& table,
                     const Where& where,
                     const std::string& owners,
                     const Found& find,
                     const Take& take) {
  const std::string of_these = where.text().empty() ? "" : " WHERE " + owners + where.text() + ")";
  BACKSTAY_ASSIGN(const auto rows, parts.ask("SELECT * FROM " + table + of_these, where.values()));
  for (const SqlRow& row : rows) {
    if (auto* owner = find(row))
      take(*owner, row);
  }
  return {};
}

/// Fills in what hangs on runs.
Result<void> fill(Catalogue::Parts& parts, const Where& where, std::vector<CatalogueRun>& runs) {
  std::unordered_map<std::string, CatalogueRun*> by_id;
  for (CatalogueRun& run : runs)
    by_id.emplace(run.id, &run);
  const auto find = [&](const SqlRow& row) {
    const auto found = by_id.find(row.text(0));
    return found == by_id.end() ? nullptr : found->second;
  };
  const std::string owners = "run IN (SELECT id FROM run";
  BACKSTAY_TRY(
      hang_on(parts, "step", where, owners, find,
              [](CatalogueRun& run, const SqlRow& row) { run.steps.push_back(step_of(row)); }));
  BACKSTAY_TRY(hang_on(parts, "run_component", where, owners, find,
                       [](CatalogueRun& run, const SqlRow& row) {
                         run.components.emplace_back(row.text(1), row.text(2));
                       }));
  return hang_on(parts, "warning", where, owners, find,
                 [](CatalogueRun& run, const SqlRow& row) { run.warnings.push_back(row.text(2)); });
}

/// Fills in what hangs on snapshots.
class SnapshotReading {
 public:
  SnapshotReading(Catalogue::Parts& parts, const Where& where, std::vector<CatalogueSnapshot>& all)
      : parts_(parts), where_(where) {
    for (CatalogueSnapshot& one : all)
      by_key_.emplace(one.store + "/" + one.id, &one);
  }

  Result<void> fill() {
    BACKSTAY_TRY(take("component", [](CatalogueSnapshot& one, const SqlRow& row) {
      one.components.push_back(component_of(row));
    }));
    BACKSTAY_TRY(take("verification", [](CatalogueSnapshot& one, const SqlRow& row) {
      one.verifications.push_back({.at = row.text(3),
                                   .level = static_cast<int>(row.number(4)),
                                   .intact = row.number(5) != 0,
                                   .run = row.text(6)});
    }));
    BACKSTAY_TRY(take("receipt", [](CatalogueSnapshot& one, const SqlRow& row) {
      one.receipts.push_back(receipt_of_row(row));
    }));
    BACKSTAY_TRY(take("hold", [](CatalogueSnapshot& one, const SqlRow& row) {
      one.holds.push_back({.at = row.text(3), .because = row.text(4), .until = row.text(5)});
    }));
    BACKSTAY_TRY(take("tombstone", [](CatalogueSnapshot& one, const SqlRow& row) {
      one.tombstones.push_back(
          {.at = row.text(3), .because = from_json_list(row.text(4)), .decision = row.text(5)});
    }));
    BACKSTAY_TRY(take("drill", [](CatalogueSnapshot& one, const SqlRow& row) {
      one.drills.push_back(drill_of(row));
    }));
    return take("drill_service", [](CatalogueSnapshot& one, const SqlRow& row) {
      const std::uint64_t place = amount(row, 2);
      if (place < one.drills.size())
        one.drills[place].services.emplace_back(row.text(3), time_of(row, 4));
    });
  }

 private:
  template <typename Take>
  Result<void> take(const std::string& table, const Take& take) {
    return hang_on(
        parts_, table, where_, "(store, snapshot) IN (SELECT store, id FROM snapshot",
        [this](const SqlRow& row) {
          const auto found = by_key_.find(row.text(0) + "/" + row.text(1));
          return found == by_key_.end() ? nullptr : found->second;
        },
        take);
  }

  Catalogue::Parts& parts_;
  const Where& where_;
  std::unordered_map<std::string, CatalogueSnapshot*> by_key_;
};

/// Several questions about one instant; within a change, too.
class OneInstant {
 public:
  explicit OneInstant(Catalogue::Parts& parts) : parts_(parts) {
    begun_ = parts_.change("SAVEPOINT asking", {}).has_value();
  }

  OneInstant(const OneInstant&) = delete;
  OneInstant& operator=(const OneInstant&) = delete;

  ~OneInstant() {
    if (begun_)
      (void)parts_.change("RELEASE asking", {});
  }

 private:
  Catalogue::Parts& parts_;
  bool begun_ = false;
};

}  // namespace

Result<std::vector<CatalogueRun>> Catalogue::runs(const CatalogueQuery& query) {
  const OneInstant instant(*parts_);
  Where where = where_of(query);
  where.equal("what", query.what);
  BACKSTAY_ASSIGN(
      const auto rows,
      parts_->ask("SELECT * FROM run" + where.text() + " ORDER BY started, id", where.values()));
  std::vector<CatalogueRun> runs;
  for (const SqlRow& row : rows)
    runs.push_back(run_of(row));
  BACKSTAY_TRY(fill(*parts_, where, runs));
  return runs;
}

Result<std::vector<CatalogueSnapshot>> Catalogue::snapshots(const CatalogueQuery& query) {
  const OneInstant instant(*parts_);
  Where where = where_of(query);
  where.equal("store", query.store);
  BACKSTAY_ASSIGN(const auto rows, parts_->ask("SELECT * FROM snapshot" + where.text() +
                                                   " ORDER BY store, policy, host, sequence, id",
                                               where.values()));
  std::vector<CatalogueSnapshot> all;
  for (const SqlRow& row : rows)
    all.push_back(snapshot_of(row));
  BACKSTAY_TRY(SnapshotReading(*parts_, where, all).fill());
  return all;
}

Result<std::vector<CatalogueStore>> Catalogue::stores() {
  BACKSTAY_ASSIGN(const auto rows, parts_->ask("SELECT * FROM store ORDER BY uuid"));
  std::vector<CatalogueStore> stores;
  for (const SqlRow& row : rows)
    stores.push_back({row.text(0), row.text(1), row.text(2), row.text(3)});
  return stores;
}

Result<std::vector<std::string>> Catalogue::run_ids(RunSource source) {
  BACKSTAY_ASSIGN(const auto rows, parts_->ask("SELECT id FROM run WHERE source >= ?",
                                               {std::int64_t{static_cast<int>(source)}}));
  std::vector<std::string> ids;
  for (const SqlRow& row : rows)
    ids.push_back(row.text(0));
  return ids;
}

Result<std::vector<Catalogue::SeenSnapshot>> Catalogue::seen(const std::string& store) {
  BACKSTAY_ASSIGN(const auto rows,
                  parts_->ask("SELECT id, place, records FROM snapshot WHERE store = ?", {store}));
  std::vector<SeenSnapshot> seen;
  for (const SqlRow& row : rows)
    seen.push_back({row.text(0), place_of(row, 1, SnapshotPlace::Gone), amount(row, 2)});
  return seen;
}

Result<std::vector<CatalogueAttempt>> Catalogue::attempts(const CatalogueQuery& query) {
  Where where;
  where.equal("policy", query.policy);
  where.equal("backup", query.backup);
  where.equal("host", query.host);
  where.equal("what", query.what);
  where.at_least("at", query.from);
  where.below("at", query.until);
  BACKSTAY_ASSIGN(
      const auto rows,
      parts_->ask("SELECT * FROM attempt" + where.text() + " ORDER BY at, number", where.values()));
  std::vector<CatalogueAttempt> attempts;
  for (const SqlRow& row : rows) {
    attempts.push_back({.at = row.text(1),
                        .what = row.text(2),
                        .policy = row.text(3),
                        .backup = row.text(4),
                        .host = row.text(5),
                        .scheduled = row.number(6) != 0,
                        .outcome = row.text(7),
                        .run = row.text(8),
                        .detail = row.text(9)});
  }
  return attempts;
}

Result<std::size_t> Catalogue::count_snapshots() {
  BACKSTAY_ASSIGN(const auto rows, parts_->ask("SELECT count(*) FROM snapshot"));
  return static_cast<std::size_t>(amount(rows.front(), 0));
}

}  // namespace backstay::runtime
