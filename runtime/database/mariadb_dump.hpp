// Dumps a group of databases of one server at one instant and accepts the result only when it is
// proven.
//
// mariadb-dump exits 0 after some failures, prints its trailer after others, and is silent about a
// database that is not there (client/mysqldump.cc, write_footer() and dump_databases_wild()). So a
// dump counts only if: the process exited 0, its stderr holds nothing unknown, the stream is whole
// and ends with the trailer, its databases are exactly the expected ones, their tables are exactly
// those that the server listed before, and the code objects are the same before and after.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/database/dump_splitter.hpp"
#include "runtime/database/mariadb.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_code.hpp"
#include "runtime/database/mariadb_facts.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime {

/// One database and where its artefacts go.
struct DumpTarget {
  std::string database;
  std::string component;
  std::string rows_stream;
  std::string code_stream;
};

/// What a database's rows were dumped with.
[[nodiscard]] std::vector<std::string> dump_arguments(
    const std::vector<std::string>& databases,
    const std::map<std::string, DatabaseState>& states,
    bool binary_log);

/// What differs between what the server listed and what the dump holds, in words; empty: nothing.
[[nodiscard]] std::string table_difference(const std::map<std::string, DatabaseState>& expected,
                                           const DumpSummary& found);

/// One group. Used once.
class GroupDump {
 public:
  GroupDump(const MariadbServer& server, std::vector<DumpTarget> targets, StepContext& context);

  /// Dumps, up to three times while definitions change, and finishes the streams. Nothing is marked
  /// complete. Returns the facts of each component. Errors: as server_error(); NotFound (a database
  /// is missing); ToolFailed (stderr, or definitions that keep changing, naming one); Verification
  /// (trailer, markers); what the staging says.
  Result<std::map<std::string, MariadbFacts>> run(const ServerState& state);

 private:
  struct Attempt {
    std::map<std::string, DatabaseState> states;
    std::map<std::string, CodeText> codes;
    std::map<std::string, std::unique_ptr<StreamWriter>> writers;
    DumpSummary summary;
    std::string started;
    std::string instant;
  };

  Result<Attempt> attempt(const ServerState& state);
  Result<void> stream(const std::vector<std::string>& arguments, Attempt& attempt);
  Result<void> look_around(Attempt& attempt);
  Result<void> accept(Attempt& attempt);
  Result<void> store(Attempt& attempt);
  void warn(const Attempt& attempt, const ServerState& state);
  [[nodiscard]] std::map<std::string, MariadbFacts> facts(const Attempt& attempt,
                                                          const ServerState& state,
                                                          const std::string& tool) const;
  [[nodiscard]] std::vector<std::string> names() const;
  [[nodiscard]] const DumpTarget& target(const std::string& database) const;

  const MariadbServer* server_;
  std::vector<DumpTarget> targets_;
  StepContext* context_;
  std::uint64_t bytes_ = 0;
};

}  // namespace backstay::runtime
