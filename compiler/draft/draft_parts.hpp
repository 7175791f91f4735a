// The parts of a drafted policy, as they follow each other in its text.
#pragma once

#include <string>
#include <vector>

#include "compiler/draft/draft_servers.hpp"
#include "compiler/draft/fitting_profiles.hpp"
#include "compiler/draft/host_facts.hpp"
#include "compiler/draft/policy_text.hpp"

namespace backstay::compiler {

/// A service with SQLite files that no profile knows: its files are in /var/lib/NAME.
struct SqliteService {
  std::string directory;  ///< /var/lib/grafana
  std::string unit;       ///< grafana-server.service
  std::vector<std::string> files;
};

/// All that the text is written from.
struct DraftParts {
  const HostFacts* facts = nullptr;
  std::string host;  ///< as a declaration's name
  std::vector<FittingProfile> fitting;
  DraftDatabases databases;
  std::vector<SqliteService> sqlite_services;
  std::vector<std::string> kept;      ///< paths that the services so far keep
  std::vector<std::string> services;  ///< their names
};

/// The unit that a directory of /var/lib is of, by its name; empty where there is none.
[[nodiscard]] std::string unit_of_directory(const HostFacts& facts, const std::string& directory);
/// Services with SQLite files that nothing of `parts` keeps.
[[nodiscard]] std::vector<SqliteService> sqlite_services(const DraftParts& parts);

/// `sqlite FILE`, and, where one of `paths` holds it, that the file as such stays out.
void write_sqlite_files(PolicyText& text,
                        const std::vector<std::string>& files,
                        const std::vector<std::string>& paths);

void write_head(PolicyText& text, const DraftParts& parts);
void write_servers(PolicyText& text, const DraftParts& parts);
/// These add to `kept` and `services`.
void write_library_services(PolicyText& text, DraftParts& parts);
void write_other_databases(PolicyText& text, DraftParts& parts);
void write_sqlite_services(PolicyText& text, DraftParts& parts);
void write_system(PolicyText& text, DraftParts& parts);
void write_backup(PolicyText& text, const DraftParts& parts);

}  // namespace backstay::compiler
