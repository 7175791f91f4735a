// The tables of the catalogue, and the way from each version to the next.
#pragma once

#include "lang/base/result.hpp"
#include "runtime/database/sqlite_session.hpp"

namespace backstay::runtime {

/// What this version writes; PRAGMA user_version of the file.
inline constexpr int kCatalogueVersion = 2;

/// Marks a file as a catalogue of Backstay: PRAGMA application_id, "BstC".
inline constexpr int kCatalogueApplication = 0x42737443;

/// Brings an empty file or an older catalogue to this version, in one transaction. Errors: Refused
/// (a newer one, or another program's database; nothing is changed), Verification (tables are
/// missing), and SQLite's.
[[nodiscard]] Result<void> migrate_catalogue(SqliteSession& session, const std::string& path);

}  // namespace backstay::runtime
