// Splitting by database and by large table: see the header.
#include "runtime/database/dump_parts.hpp"

#include <algorithm>

#include "runtime/database/sql_text.hpp"

namespace backstay::runtime {
namespace {

/// A table with a stream of its own.
constexpr std::uint64_t kLargeTable = 64ULL << 20U;
/// Tables without transactions are read while all commits wait: only as much as a second reads.
constexpr std::uint64_t kMostHeld = 32ULL << 20U;
/// Processes at once: each is a connection and a snapshot.
constexpr std::size_t kMostDatabases = 16;
constexpr std::size_t kMostLarge = 8;
/// Names that a process is told to leave out have to fit into its arguments.
constexpr std::size_t kMostNames = 4000;

bool is_plain(const TableState& table) {
  return table.transactional || table.type == "SEQUENCE";
}

std::uint64_t bytes_of(const DatabaseState& state) {
  std::uint64_t bytes = 0;
  for (const auto& [name, table] : state.tables)
    bytes += table.bytes;
  return bytes;
}

/// mariadb-dump compares the names to ignore without regard to case, and others' accents too.
std::string folded(const std::string& name) {
  std::string text = name;
  for (char& byte : text) {
    if (byte >= 'A' && byte <= 'Z')
      byte = static_cast<char>(byte - 'A' + 'a');
    if (static_cast<unsigned char>(byte) >= 0x80U)
      byte = '?';
  }
  return text;
}

/// Whether its tables can be told apart by --ignore-table.
bool can_split(const DatabaseState& state) {
  std::set<std::string> names;
  for (const auto& [name, table] : state.tables)
    names.insert(folded(name));
  for (const auto& [name, valid] : state.views)
    names.insert(folded(name));
  const std::size_t count = state.tables.size() + state.views.size();
  return names.size() == count && count <= kMostNames;
}

std::set<std::string> all_names(const DatabaseState& state) {
  std::set<std::string> names;
  for (const auto& [name, table] : state.tables)
    names.insert(name);
  for (const auto& [name, valid] : state.views)
    names.insert(name);
  return names;
}

DumpSection whole(const DatabaseState& state) {
  DumpSection section{.database = state.name, .stream = kRowsStream, .leave_out = {}};
  for (const auto& [name, valid] : state.views)
    section.leave_out.insert(name);
  return section;
}

struct LargeTable {
  const DatabaseState* state;
  std::string name;
  std::uint64_t bytes;
};

std::vector<LargeTable> large_tables(const std::map<std::string, DatabaseState>& states) {
  std::vector<LargeTable> large;
  for (const auto& [database, state] : states) {
    if (!can_split(state))
      continue;
    for (const auto& [name, table] : state.tables) {
      if (table.transactional && table.bytes >= kLargeTable)
        large.push_back({&state, name, table.bytes});
    }
  }
  std::stable_sort(large.begin(), large.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  if (large.size() > kMostLarge)
    large.resize(kMostLarge);
  return large;
}

DumpPart part_of(const LargeTable& table) {
  DumpSection section{.database = table.state->name,
                      .stream = "rows." + artefact_name(table.name) + ".sql",
                      .leave_out = all_names(*table.state)};
  section.leave_out.erase(table.name);
  return {.sections = {std::move(section)}, .bytes = table.bytes};
}

/// The tables without transactions of all databases, where they are small enough for the lock.
DumpPart held_part(const std::vector<std::string>& databases,
                   const std::map<std::string, DatabaseState>& states) {
  DumpPart part{.sections = {}, .bytes = 0, .held = true};
  for (const std::string& database : databases) {
    const auto state = states.find(database);
    if (state == states.end() || !can_split(state->second))
      continue;
    const auto tables = tables_without_transactions(state->second);
    if (tables.empty())
      continue;
    DumpSection section{
        .database = database, .stream = kHeldStream, .leave_out = all_names(state->second)};
    for (const std::string& table : tables) {
      section.leave_out.erase(table);
      part.bytes += state->second.tables.at(table).bytes;
    }
    part.sections.push_back(std::move(section));
  }
  return part.bytes <= kMostHeld ? part : DumpPart{};
}

/// Puts databases into at most kMostDatabases processes, the largest ones apart.
void add_databases(std::vector<DumpPart> databases, std::vector<DumpPart>& parts) {
  std::stable_sort(databases.begin(), databases.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  std::vector<DumpPart> bins;
  for (DumpPart& database : databases) {
    if (bins.size() < kMostDatabases) {
      bins.push_back(std::move(database));
      continue;
    }
    const auto least = std::min_element(
        bins.begin(), bins.end(), [](const auto& a, const auto& b) { return a.bytes < b.bytes; });
    least->bytes += database.bytes;
    least->sections.push_back(std::move(database.sections.front()));
  }
  std::move(bins.begin(), bins.end(), std::back_inserter(parts));
}

}  // namespace

std::vector<std::string> tables_without_transactions(const DatabaseState& state) {
  std::vector<std::string> tables;
  for (const auto& [name, table] : state.tables) {
    if (!is_plain(table))
      tables.push_back(name);
  }
  return tables;
}

DumpPart one_stream(const std::vector<std::string>& databases,
                    const std::map<std::string, DatabaseState>& states) {
  DumpPart part;
  for (const std::string& database : databases) {
    const auto state = states.find(database);
    if (state == states.end())
      continue;
    part.sections.push_back(whole(state->second));
    part.bytes += bytes_of(state->second);
  }
  return part;
}

std::vector<DumpPart> parallel_parts(const std::vector<std::string>& databases,
                                     const std::map<std::string, DatabaseState>& states) {
  std::vector<DumpPart> parts;
  std::map<std::string, std::set<std::string>> taken;
  const DumpPart held = held_part(databases, states);
  for (const DumpSection& section : held.sections) {
    for (auto& table : tables_without_transactions(states.at(section.database)))
      taken[section.database].insert(std::move(table));
  }
  for (const LargeTable& table : large_tables(states)) {
    taken[table.state->name].insert(table.name);
    parts.push_back(part_of(table));
  }
  std::vector<DumpPart> rest;
  for (const std::string& database : databases) {
    DumpPart part = one_stream({database}, states);
    if (part.sections.empty())
      continue;
    for (const std::string& table : taken[database]) {
      part.sections.front().leave_out.insert(table);
      part.bytes -= std::min(part.bytes, states.at(database).tables.at(table).bytes);
    }
    rest.push_back(std::move(part));
  }
  add_databases(std::move(rest), parts);
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  if (!held.sections.empty())
    parts.insert(parts.begin(), held);
  return parts;
}

std::vector<std::string> dump_arguments(const DumpPart& part, bool log_position) {
  std::vector<std::string> arguments = {
      "--single-transaction", "--quick", "--hex-blob", "--skip-dump-date", "--skip-add-locks",
      "--default-character-set=utf8mb4", "--skip-triggers",
      // An option file must not turn these the other way
      "--skip-routines", "--skip-events", "--skip-force", "--skip-compact", "--comments",
      "--quote-names", "--extended-insert", "--create-options", "--set-charset", "--tz-utc",
      "--add-drop-table", "--skip-insert-ignore", "--skip-replace", "--skip-complete-insert",
      "--max-allowed-packet=1073741824"};
  if (log_position)
    arguments.emplace_back("--master-data=2");
  for (const DumpSection& section : part.sections) {
    for (const std::string& table : section.leave_out)
      arguments.push_back("--ignore-table=" + section.database + "." + table);
  }
  arguments.insert(arguments.end(), {"--databases", "--"});
  for (const DumpSection& section : part.sections)
    arguments.push_back(section.database);
  return arguments;
}

}  // namespace backstay::runtime
