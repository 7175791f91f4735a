// One process, one instant, many artefacts: see the header.
#include "runtime/database/mariadb_dump.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/database/mariadb_errors.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr int kAttempts = 3;

Error changed(const std::string& what) {
  return {.kind = ErrorKind::ToolFailed,
          .message = "definitions changed while they were dumped: " + what,
          .hint = "let the migration or upgrade end, then run again",
          .retry = Retry::Temporary};
}

/// Whether dumping the group again may help: the number is in what the program said.
bool is_change(const Error& error) {
  if (error.message.starts_with("definitions changed"))
    return true;
  const auto number = first_error_number(error.message);
  return number && is_definition_change(*number);
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

bool is_plain(const TableState& table) {
  return table.transactional || table.type == "SEQUENCE";
}

std::vector<std::string> not_one_instant(const DatabaseState& state) {
  std::vector<std::string> tables;
  for (const auto& [name, table] : state.tables) {
    if (!is_plain(table))
      tables.push_back(name);
  }
  return tables;
}

}  // namespace

std::vector<std::string> dump_arguments(const std::vector<std::string>& databases,
                                        const std::map<std::string, DatabaseState>& states,
                                        bool binary_log) {
  std::vector<std::string> arguments = {
      "--single-transaction", "--quick", "--hex-blob", "--skip-dump-date", "--skip-add-locks",
      "--default-character-set=utf8mb4", "--skip-triggers",
      // An option file must not turn these the other way
      "--skip-routines", "--skip-events", "--skip-force", "--skip-compact", "--comments",
      "--quote-names", "--extended-insert", "--create-options", "--set-charset", "--tz-utc",
      "--add-drop-table", "--skip-insert-ignore", "--skip-replace", "--skip-complete-insert",
      "--max-allowed-packet=1073741824"};
  if (binary_log)
    arguments.emplace_back("--master-data=2");
  for (const std::string& database : databases) {
    const auto state = states.find(database);
    if (state == states.end())
      continue;
    for (const auto& [view, valid] : state->second.views) {
      arguments.push_back("--ignore-table=" + database + "." + view);
    }
  }
  arguments.insert(arguments.end(), {"--databases", "--"});
  arguments.insert(arguments.end(), databases.begin(), databases.end());
  return arguments;
}

std::string table_difference(const std::map<std::string, DatabaseState>& expected,
                             const DumpSummary& found) {
  for (const DumpedDatabase& database : found.databases) {
    const auto state = expected.find(database.name);
    if (state == expected.end())
      continue;
    if (!database.views.empty())
      return "view " + database.name + "." + database.views[0];
    for (const auto& [table, rows] : database.tables) {
      if (!state->second.tables.contains(table))
        return "new table " + database.name + "." + table;
    }
    for (const auto& [table, facts] : state->second.tables) {
      if (!database.tables.contains(table))
        return "lost table " + database.name + "." + table;
    }
  }
  return {};
}

GroupDump::GroupDump(const MariadbServer& server,
                     std::vector<DumpTarget> targets,
                     StepContext& context)
    : server_(&server), targets_(std::move(targets)), context_(&context) {}

std::vector<std::string> GroupDump::names() const {
  std::vector<std::string> names;
  for (const DumpTarget& target : targets_)
    names.push_back(target.database);
  return names;
}

const DumpTarget& GroupDump::target(const std::string& database) const {
  const auto found = std::find_if(targets_.begin(), targets_.end(), [&](const DumpTarget& target) {
    return target.database == database;
  });
  BACKSTAY_CHECK(found != targets_.end(), "a database without a target");
  return *found;
}

Result<std::map<std::string, MariadbFacts>> GroupDump::run(const ServerState& state) {
  BACKSTAY_ASSIGN(const std::string tool, server_->dump_version());
  for (int number = 1;; ++number) {
    Result<Attempt> made = attempt(state);
    if (made) {
      warn(*made, state);
      BACKSTAY_FAILPOINT("dump-mariadb.accepted");
      BACKSTAY_TRY(store(*made));
      return facts(*made, state, tool);
    }
    if (!is_change(made.error()))
      return std::move(made).error();
    if (number == kAttempts)
      return changed(made.error().message);
    context_->events.warning(context_->step.id,
                             "dumping all databases again: " + made.error().message);
  }
}

Result<GroupDump::Attempt> GroupDump::attempt(const ServerState& state) {
  Attempt made;
  BACKSTAY_TRY(look_around(made));
  made.started = to_rfc3339(context_->world.clock.now());
  BACKSTAY_TRY(stream(dump_arguments(names(), made.states, state.binary_log), made));
  BACKSTAY_TRY(accept(made));
  return made;
}

Result<void> GroupDump::look_around(Attempt& attempt) {
  BACKSTAY_ASSIGN(attempt.states, database_states(*server_, names()));
  for (const DumpTarget& target : targets_) {
    if (attempt.states.contains(target.database))
      continue;
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("database `{}` of component {} is not on server `{}`",
                                        target.database, target.component, server_->facts().name),
                 .hint = "correct its name in the policy, or take it out"};
  }
  BACKSTAY_ASSIGN(attempt.codes, capture_code(*server_, names()));
  return {};
}

Result<void> GroupDump::stream(const std::vector<std::string>& arguments, Attempt& attempt) {
  std::string current;
  DumpSplitter splitter(
      {.open = [&](const std::string& database) -> Result<void> {
         current = database;
         if (attempt.instant.empty())
           attempt.instant = to_rfc3339(context_->world.clock.now());
         BACKSTAY_FAILPOINT("dump-mariadb.database");
         if (!attempt.states.contains(database))
           return {};  // accept() refuses it
         const DumpTarget& where = target(database);
         BACKSTAY_ASSIGN(attempt.writers[database],
                         context_->staging->open_stream(where.component, where.rows_stream));
         return {};
       },
       .write = [&](const std::string& database, std::string_view bytes) -> Result<void> {
         const auto writer = attempt.writers.find(database);
         return writer == attempt.writers.end() ? Result<void>()
                                                : writer->second->write(bytes_of(bytes));
       }});
  const auto output = [&](std::span<const std::byte> bytes) -> Result<void> {
    bytes_ += bytes.size();
    context_->events.progress(context_->step.id, bytes_, current);
    return splitter.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  BACKSTAY_ASSIGN(const Exit exit, server_->dump(arguments, output));
  if (!exit.ok())
    return server_error(server_->facts(), exit, "mariadb-dump");
  if (!unknown_lines(exit.errors).empty()) {
    return Error{.kind = ErrorKind::ToolFailed,
                 .message = "mariadb-dump ended well but complained: " +
                            shown_errors(server_->facts(), exit),
                 .hint = "nothing that it complains about may be in a backup; repair the cause"};
  }
  BACKSTAY_ASSIGN(attempt.summary, splitter.finish());
  return {};
}

Result<void> GroupDump::accept(Attempt& attempt) {
  std::vector<std::string> found;
  for (const DumpedDatabase& database : attempt.summary.databases)
    found.push_back(database.name);
  std::sort(found.begin(), found.end());
  std::vector<std::string> expected = names();
  std::sort(expected.begin(), expected.end());
  if (found != expected) {
    return Error{.kind = ErrorKind::Verification,
                 .message = fmt::format("the dump holds the databases {} but {} were asked for",
                                        fmt::join(found, ", "), fmt::join(expected, ", ")),
                 .hint = "is mariadb-dump what it claims to be?"};
  }
  const std::string difference = table_difference(attempt.states, attempt.summary);
  if (!difference.empty())
    return changed(difference);
  BACKSTAY_ASSIGN(const auto codes, capture_code(*server_, names()));
  for (const auto& [database, code] : codes) {
    const auto before = attempt.codes.find(database);
    if (before == attempt.codes.end() || !(before->second == code)) {
      return changed("routines, triggers, events or views of database " + database);
    }
  }
  return {};
}

Result<void> GroupDump::store(Attempt& attempt) {
  for (auto& [database, writer] : attempt.writers) {
    const DumpTarget& where = target(database);
    BACKSTAY_TRY(writer->finish());
    BACKSTAY_ASSIGN(const auto code,
                    context_->staging->open_stream(where.component, where.code_stream));
    BACKSTAY_TRY(code->write(bytes_of(attempt.codes.at(database).sql)));
    BACKSTAY_TRY(code->finish());
  }
  return {};
}

void GroupDump::warn(const Attempt& attempt, const ServerState& state) {
  const auto say = [this](const std::string& message) {
    context_->events.warning(context_->step.id, message);
  };
  for (const auto& [name, database] : attempt.states) {
    const auto tables = not_one_instant(database);
    if (!tables.empty()) {
      say(fmt::format("database {}: {} without transactions, not of the same instant as the rest",
                      name, fmt::join(tables, ", ")));
    }
    for (const auto& [table, facts] : database.tables) {
      if (facts.type == "SYSTEM VERSIONED") {
        say(fmt::format("table {}.{}: its current rows are kept, not its history", name, table));
      }
    }
  }
  for (const auto& [name, code] : attempt.codes) {
    if (code.invalid_views.empty())
      continue;
    say(fmt::format("database {}: invalid views, kept as comments: {}", name,
                    fmt::join(code.invalid_views, ", ")));
  }
  for (const DumpedDatabase& database : attempt.summary.databases) {
    if (database.longest_statement < state.largest_packet)
      continue;
    say(fmt::format(
        "database {}: a restore needs max_allowed_packet above {} bytes; the server has {}",
        database.name, database.longest_statement, state.largest_packet));
  }
}

std::map<std::string, MariadbFacts> GroupDump::facts(const Attempt& attempt,
                                                     const ServerState& state,
                                                     const std::string& tool) const {
  std::map<std::string, MariadbFacts> facts;
  for (const DumpedDatabase& dumped : attempt.summary.databases) {
    const DumpTarget& where = target(dumped.name);
    const DatabaseState& listed = attempt.states.at(dumped.name);
    const CodeText& code = attempt.codes.at(dumped.name);
    MariadbFacts& component = facts[where.component];
    component = {.server = server_->facts().name,
                 .server_version = state.version,
                 .tool_version = tool,
                 .instant = attempt.instant,
                 .started = attempt.started,
                 .log_file = attempt.summary.log_file,
                 .log_position = attempt.summary.log_position,
                 .gtid = attempt.summary.gtid,
                 .databases = std::move(component.databases)};
    DatabaseFacts database{.name = dumped.name,
                           .charset = listed.charset,
                           .collation = listed.collation,
                           .rows_stream = where.rows_stream,
                           .code_stream = where.code_stream,
                           .code_body_at = code.body_at,
                           .code_views_at = code.views_at,
                           .tables = {},
                           .code = {code.counts.begin(), code.counts.end()},
                           .invalid_views = code.invalid_views,
                           .not_one_instant = not_one_instant(listed),
                           .rounded = listed.rounded,
                           .longest_statement = dumped.longest_statement};
    for (const auto& [name, table] : dumped.tables) {
      database.tables[name] = {listed.tables.at(name).engine, table.rows, table.sequence};
    }
    component.databases.push_back(std::move(database));
  }
  return facts;
}

}  // namespace backstay::runtime
