// What the manifest says of a SQLite file: how it was made, whose it was.
#pragma once

#include <cstdint>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/database/sqlite.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

struct SqliteFacts {
  SqliteCopy copy;
  std::string user;  ///< name, or empty where the number has none
  std::string group;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint32_t mode = 0;     ///< permission bits
  std::int64_t mtime_ns = 0;  ///< since 1970-01-01
  SqliteTables tables = {};   ///< of the copy; empty in manifests of earlier versions too
};

/// Owner, mode and time of the file at `path`, links followed. Errors: NotFound, Io.
[[nodiscard]] Result<SqliteFacts> read_owner(const std::string& path);

[[nodiscard]] ComponentFacts to_json(const SqliteFacts& facts);
/// Errors: BadInput.
[[nodiscard]] Result<SqliteFacts> read_sqlite_facts(const ComponentFacts& facts);

}  // namespace backstay::runtime
