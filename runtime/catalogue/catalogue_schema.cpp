#include "runtime/catalogue/catalogue_schema.hpp"

#include <array>

#include <fmt/format.h>

namespace backstay::runtime {
namespace {

// Lists that are only ever shown (components and predecessors of a step, reasons of a prune) are
// JSON arrays, which SQLite can open with json_each.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE store (
  uuid TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, place TEXT NOT NULL, target TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE run (
  id TEXT NOT NULL PRIMARY KEY, source INTEGER NOT NULL, what TEXT NOT NULL, policy TEXT NOT NULL,
  backup TEXT NOT NULL, drill TEXT NOT NULL, host TEXT NOT NULL, plan_digest TEXT NOT NULL,
  started TEXT NOT NULL, finished TEXT NOT NULL, status TEXT NOT NULL, snapshot TEXT NOT NULL,
  failure TEXT NOT NULL, tool TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX run_by_start ON run (started);
CREATE TABLE step (
  run TEXT NOT NULL, position INTEGER NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL,
  state TEXT NOT NULL, components TEXT NOT NULL, after TEXT NOT NULL, started_ms INTEGER,
  duration_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE TABLE run_component (
  run TEXT NOT NULL, component TEXT NOT NULL, status TEXT NOT NULL, PRIMARY KEY (run, component)
) WITHOUT ROWID;
CREATE TABLE warning (
  run TEXT NOT NULL, position INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE TABLE snapshot (
  store TEXT NOT NULL, id TEXT NOT NULL, place INTEGER NOT NULL, known INTEGER NOT NULL,
  problem TEXT NOT NULL, sequence INTEGER NOT NULL, policy TEXT NOT NULL, backup TEXT NOT NULL,
  host TEXT NOT NULL, run TEXT NOT NULL, tool TEXT NOT NULL, started TEXT NOT NULL,
  finished TEXT NOT NULL, plan_digest TEXT NOT NULL, previous TEXT NOT NULL,
  sealed_with TEXT NOT NULL, partial INTEGER NOT NULL, keep_current INTEGER NOT NULL,
  plain_bytes INTEGER NOT NULL, stored_bytes INTEGER NOT NULL, linked_bytes INTEGER NOT NULL,
  PRIMARY KEY (store, id)
) WITHOUT ROWID;
CREATE INDEX snapshot_by_start ON snapshot (started);
CREATE TABLE component (
  store TEXT NOT NULL, snapshot TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
  entries INTEGER NOT NULL, files INTEGER NOT NULL, plain_bytes INTEGER NOT NULL,
  stored_bytes INTEGER NOT NULL, linked_bytes INTEGER NOT NULL, missing INTEGER NOT NULL,
  PRIMARY KEY (store, snapshot, name)
) WITHOUT ROWID;
CREATE TABLE verification (
  store TEXT NOT NULL, snapshot TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL,
  level INTEGER NOT NULL, intact INTEGER NOT NULL, run TEXT NOT NULL,
  PRIMARY KEY (store, snapshot, number)
) WITHOUT ROWID;
CREATE TABLE receipt (
  store TEXT NOT NULL, snapshot TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL,
  target TEXT NOT NULL, to_store TEXT NOT NULL, from_store TEXT NOT NULL, evidence TEXT NOT NULL,
  files INTEGER NOT NULL, total_bytes INTEGER NOT NULL, moved_bytes INTEGER NOT NULL,
  run TEXT NOT NULL, PRIMARY KEY (store, snapshot, number)
) WITHOUT ROWID;
CREATE TABLE drill (
  store TEXT NOT NULL, snapshot TEXT NOT NULL, number INTEGER NOT NULL, run TEXT NOT NULL,
  drill TEXT NOT NULL, policy TEXT NOT NULL, started TEXT NOT NULL, finished TEXT NOT NULL,
  drilled INTEGER NOT NULL, failure TEXT NOT NULL, PRIMARY KEY (store, snapshot, number)
) WITHOUT ROWID;
CREATE TABLE drill_service (
  store TEXT NOT NULL, snapshot TEXT NOT NULL, number INTEGER NOT NULL, service TEXT NOT NULL,
  restored_ms INTEGER NOT NULL, PRIMARY KEY (store, snapshot, number, service)
) WITHOUT ROWID;
CREATE TABLE hold (
  store TEXT NOT NULL, snapshot TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL,
  because TEXT NOT NULL, until TEXT NOT NULL, PRIMARY KEY (store, snapshot, number)
) WITHOUT ROWID;
CREATE TABLE tombstone (
  store TEXT NOT NULL, snapshot TEXT NOT NULL, number INTEGER NOT NULL, at TEXT NOT NULL,
  because TEXT NOT NULL, decision TEXT NOT NULL, PRIMARY KEY (store, snapshot, number)
) WITHOUT ROWID;
)sql";

// A snapshot of version 1 has no count of its records, so the next update reads it again.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE snapshot ADD COLUMN records INTEGER NOT NULL DEFAULT 0;
ALTER TABLE component ADD COLUMN server_version TEXT NOT NULL DEFAULT '';
ALTER TABLE component ADD COLUMN tool_version TEXT NOT NULL DEFAULT '';
CREATE TABLE attempt (
  number INTEGER PRIMARY KEY, at TEXT NOT NULL, what TEXT NOT NULL, policy TEXT NOT NULL,
  backup TEXT NOT NULL, host TEXT NOT NULL, scheduled INTEGER NOT NULL, outcome TEXT NOT NULL,
  run TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE INDEX attempt_by_time ON attempt (at);
)sql";

/// From version N to N + 1; the first makes an empty file version 1.
constexpr std::array kMigrations = {kVersion1, kVersion2};
static_assert(kMigrations.size() == kCatalogueVersion);

constexpr int kTables = 14;

struct FileMarks {
  int application = 0;
  int version = 0;
  int tables = 0;
};

Result<FileMarks> read_marks(SqliteSession& session) {
  BACKSTAY_ASSIGN(const auto application, session.ask("PRAGMA application_id"));
  BACKSTAY_ASSIGN(const auto version, session.ask("PRAGMA user_version"));
  BACKSTAY_ASSIGN(const auto tables,
                  session.ask("SELECT count(*) FROM sqlite_master WHERE type = 'table'"));
  return FileMarks{static_cast<int>(application.front().number(0)),
                   static_cast<int>(version.front().number(0)),
                   static_cast<int>(tables.front().number(0))};
}

Result<void> check_marks(const FileMarks& marks, const std::string& path) {
  const bool empty = marks.application == 0 && marks.version == 0 && marks.tables == 0;
  if (!empty && marks.application != kCatalogueApplication) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("`{}` is a database, but no catalogue of Backstay", path),
                 .hint = "move it away; the next run makes a catalogue there"};
  }
  if (marks.version > kCatalogueVersion) {
    return Error{
        .kind = ErrorKind::Refused,
        .message = fmt::format("the catalogue `{}` is of version {}, and this Backstay knows none "
                               "above {}; it is left as it is",
                               path, marks.version, kCatalogueVersion),
        .hint =
            "use the Backstay that wrote it; or move the file away and make it anew with "
            "`backstay catalogue rebuild`"};
  }
  if (marks.version == kCatalogueVersion && marks.tables < kTables) {
    return Error{.kind = ErrorKind::Verification,
                 .message = fmt::format("tables are missing in the catalogue `{}`", path),
                 .hint = "`backstay catalogue rebuild` makes it anew"};
  }
  return {};
}

}  // namespace

Result<void> migrate_catalogue(SqliteSession& session, const std::string& path) {
  // Why a transaction to read: another run may be at its migration, and its marks come with its
  // commit.
  BACKSTAY_TRY(session.run("BEGIN"));
  auto seen = read_marks(session);
  BACKSTAY_TRY(session.run("COMMIT"));
  BACKSTAY_ASSIGN(FileMarks marks, std::move(seen));
  BACKSTAY_TRY(check_marks(marks, path));
  if (marks.version == kCatalogueVersion)
    return {};
  BACKSTAY_TRY(session.run("BEGIN IMMEDIATE"));
  BACKSTAY_ASSIGN(marks, read_marks(session));  // somebody may have been faster
  BACKSTAY_TRY(check_marks(marks, path));
  for (int version = marks.version; version < kCatalogueVersion; ++version)
    BACKSTAY_TRY(session.run(kMigrations.at(static_cast<std::size_t>(version))));
  BACKSTAY_TRY(session.run(fmt::format("PRAGMA application_id={}; PRAGMA user_version={}; COMMIT",
                                       kCatalogueApplication, kCatalogueVersion)));
  return {};
}

}  // namespace backstay::runtime
