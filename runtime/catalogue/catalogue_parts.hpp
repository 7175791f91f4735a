// What the files of Catalogue share: its connection, and lists as JSON arrays.
#pragma once

#include <string>
#include <vector>

#include "runtime/catalogue/catalogue.hpp"
#include "runtime/database/sqlite_session.hpp"

namespace backstay::runtime {

struct Catalogue::Parts {
  std::string path;
  SqliteSession session;

  /// As the session's, with errors in the words of a catalogue: Busy for a lock, Verification for
  /// what cannot be read.
  [[nodiscard]] Result<void> change(const std::string& statement,
                                    const std::vector<SqlValue>& values);
  [[nodiscard]] Result<std::vector<SqlRow>> ask(const std::string& question,
                                                const std::vector<SqlValue>& values = {});
};

/// A JSON array; bytes that are no UTF-8 are replaced.
[[nodiscard]] std::string to_json_list(const std::vector<std::string>& words);
/// Empty for what is no array; what is no string in it is left out.
[[nodiscard]] std::vector<std::string> from_json_list(const std::string& json);

}  // namespace backstay::runtime
