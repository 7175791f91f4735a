// Choosing a way, accepting, storing: see the header.
#include "runtime/database/mariadb_dump.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/parallel_dump.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr int kAttempts = 3;
/// BACKUP STAGE came with 10.4, and its privileges settled with 10.5.
constexpr std::pair<int, int> kStages{10, 5};
/// Commits that wait longer are worth a word.
constexpr std::chrono::milliseconds kLongHold{1000};

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

std::vector<std::string> not_one_instant(const DatabaseState& state, const MergedDatabase& merged) {
  std::vector<std::string> tables = tables_without_transactions(state);
  std::erase_if(tables, [&](const std::string& table) {
    return std::find(merged.held_tables.begin(), merged.held_tables.end(), table) !=
           merged.held_tables.end();
  });
  return tables;
}

}  // namespace

DumpWay choose_way(const plan::Server& server,
                   const ServerState& state,
                   const std::vector<std::string>& databases,
                   const std::map<std::string, DatabaseState>& states) {
  DumpWay way{.parts = parallel_parts(databases, states), .why_one_stream = {}};
  if (!way.parallel())
    return {.parts = {one_stream(databases, states)}, .why_one_stream = {}};
  if (state.version.find("MariaDB") == std::string::npos || release_of(state.version) < kStages) {
    way.why_one_stream = "server " + state.version + " has no BACKUP STAGE";
  } else if (!state.may_hold) {
    way.why_one_stream =
        "the account lacks RELOAD, with which several processes could begin at one instant";
  } else if (server.socket.empty() && !state.binary_log) {
    way.why_one_stream =
        "the server has an address and no binary log: nothing would show that all "
        "connections met one server";
  }
  if (!way.why_one_stream.empty())
    way.parts = {one_stream(databases, states)};
  return way;
}

std::map<std::string, MergedDatabase> merge_parts(const std::vector<DumpedPart>& parts,
                                                  std::string& twice) {
  std::map<std::string, MergedDatabase> merged;
  for (const DumpedPart& part : parts) {
    for (const DumpedDatabase& from : part.summary.databases) {
      MergedDatabase& to = merged[from.name];
      to.dumped.name = from.name;
      to.dumped.longest_statement = std::max(to.dumped.longest_statement, from.longest_statement);
      to.dumped.views.insert(to.dumped.views.end(), from.views.begin(), from.views.end());
      for (const auto& [name, table] : from.tables) {
        if (!to.dumped.tables.emplace(name, table).second)
          twice = from.name + "." + name;
        if (part.part.held)
          to.held_tables.push_back(name);
      }
    }
    for (const DumpSection& section : part.part.sections) {
      if (section.stream != kRowsStream)
        merged[section.database].more_streams.push_back(section.stream);
    }
  }
  for (auto& [name, database] : merged)
    std::sort(database.more_streams.begin(), database.more_streams.end());
  return merged;
}

std::string table_difference(const std::map<std::string, DatabaseState>& expected,
                             const std::map<std::string, MergedDatabase>& found) {
  for (const auto& [name, merged] : found) {
    const DumpedDatabase& database = merged.dumped;
    const auto state = expected.find(name);
    if (state == expected.end())
      continue;
    if (!database.views.empty())
      return "view " + name + "." + database.views[0];
    for (const auto& [table, rows] : database.tables) {
      if (!state->second.tables.contains(table))
        return "new table " + name + "." + table;
    }
    for (const auto& [table, facts] : state->second.tables) {
      if (!database.tables.contains(table))
        return "lost table " + name + "." + table;
    }
  }
  return {};
}

std::string altered_table(const std::map<std::string, DatabaseState>& before,
                          const std::map<std::string, DatabaseState>& after) {
  for (const auto& [name, state] : before) {
    const auto now = after.find(name);
    if (now == after.end())
      continue;
    for (const auto& [table, facts] : state.tables) {
      const auto other = now->second.tables.find(table);
      // Other engines tell other times: ARCHIVE that of its last row.
      if (facts.engine != "InnoDB" || other == now->second.tables.end())
        continue;
      if (other->second.altered != facts.altered)
        return "altered or renamed table " + name + "." + table;
    }
  }
  return {};
}

GroupDump::GroupDump(const MariadbServer& server,
                     std::vector<DumpTarget> targets,
                     StepContext& context)
    : server_(&server), targets_(std::move(targets)), context_(&context) {
  for (const DumpTarget& target : targets_)
    components_[target.database] = target.component;
}

std::vector<std::string> GroupDump::names() const {
  std::vector<std::string> names;
  for (const DumpTarget& target : targets_)
    names.push_back(target.database);
  return names;
}

const std::string& GroupDump::component(const std::string& database) const {
  return components_.at(database);
}

DumpHooks GroupDump::hooks(Attempt& attempt) {
  return {.components = components_,
          .in_snapshot = [this, &attempt]() -> Result<void> {
            attempt.instant = to_rfc3339(context_->world.clock.now());
            return {};
          },
          .progress =
              [this](std::size_t bytes, const std::string& database) {
                context_->events.progress(context_->step.id, bytes_ += bytes, database);
              }};
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
  const DumpWay way = choose_way(server_->facts(), state, names(), made.states);
  bool done = false;
  if (way.parallel() && !gave_up_) {
    BACKSTAY_ASSIGN(done, try_parallel(way, state, made));
  } else if (!way.why_one_stream.empty() && !gave_up_) {
    gave_up_ = true;
    context_->events.warning(context_->step.id, "dumping in one stream: " + way.why_one_stream);
  }
  if (!done)
    BACKSTAY_TRY(stream(state, made));
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
  return {};
}

Result<bool> GroupDump::try_parallel(const DumpWay& way,
                                     const ServerState& state,
                                     Attempt& attempt) {
  DumpHooks each = hooks(attempt);
  each.in_snapshot = [] { return Result<void>(); };
  BACKSTAY_ASSIGN(ParallelDump dump, dump_in_parallel(*server_, way.parts, names(),
                                                      state.binary_log, *context_, each));
  if (!dump.gave_up.empty()) {
    gave_up_ = true;
    context_->events.warning(context_->step.id, "dumping in one stream: " + dump.gave_up);
    return false;
  }
  if (dump.held >= kLongHold) {
    context_->events.warning(
        context_->step.id,
        fmt::format("commits waited {} ms for the dumps to begin", dump.held.count()));
  }
  attempt.instant = dump.began;
  attempt.parts = std::move(dump.parts);
  attempt.codes = std::move(dump.codes);
  attempt.coordinates = dump.coordinates;
  attempt.held = dump.held;
  attempt.way = "parallel";
  return true;
}

Result<void> GroupDump::stream(const ServerState& state, Attempt& attempt) {
  BACKSTAY_ASSIGN(attempt.codes, capture_code(*server_, names()));
  BACKSTAY_ASSIGN(DumpedPart part,
                  dump_part(*server_, one_stream(names(), attempt.states), state.binary_log,
                            *context_->staging, hooks(attempt), context_->stop));
  attempt.coordinates = {part.summary.log_file, part.summary.log_position, part.summary.gtid};
  attempt.parts.push_back(std::move(part));
  attempt.way = "one-stream";
  BACKSTAY_ASSIGN(const auto codes, capture_code(*server_, names()));
  for (const auto& [database, code] : codes) {
    const auto before = attempt.codes.find(database);
    if (before == attempt.codes.end() || !(before->second == code)) {
      return changed("routines, triggers, events or views of database " + database);
    }
  }
  return {};
}

Result<void> GroupDump::accept(Attempt& attempt) {
  std::string twice;
  attempt.databases = merge_parts(attempt.parts, twice);
  if (!twice.empty())
    return changed("new table " + twice);
  const std::string difference = table_difference(attempt.states, attempt.databases);
  if (!difference.empty())
    return changed(difference);
  // A consistent snapshot is one of rows: names and definitions are read as they are at the time.
  BACKSTAY_ASSIGN(const auto states, database_states(*server_, names()));
  const std::string altered = altered_table(attempt.states, states);
  return altered.empty() ? Result<void>() : changed(altered);
}

Result<void> GroupDump::store(Attempt& attempt) {
  for (DumpedPart& part : attempt.parts) {
    for (auto& [database, writer] : part.writers)
      BACKSTAY_TRY(writer->finish());
  }
  for (const auto& [database, code] : attempt.codes) {
    BACKSTAY_ASSIGN(const auto writer,
                    context_->staging->open_stream(component(database), "code.sql"));
    BACKSTAY_TRY(writer->write(bytes_of(code.sql)));
    BACKSTAY_TRY(writer->finish());
  }
  return {};
}

void GroupDump::warn(const Attempt& attempt, const ServerState& state) {
  const auto say = [this](const std::string& message) {
    context_->events.warning(context_->step.id, message);
  };
  for (const auto& [name, database] : attempt.states) {
    const auto tables = not_one_instant(database, attempt.databases.at(name));
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
  for (const auto& [name, merged] : attempt.databases) {
    if (merged.dumped.longest_statement < state.largest_packet)
      continue;
    say(fmt::format(
        "database {}: a restore needs max_allowed_packet above {} bytes; the server has {}", name,
        merged.dumped.longest_statement, state.largest_packet));
  }
}

std::map<std::string, MariadbFacts> GroupDump::facts(const Attempt& attempt,
                                                     const ServerState& state,
                                                     const std::string& tool) const {
  std::map<std::string, MariadbFacts> facts;
  for (const auto& [name, merged] : attempt.databases) {
    const DatabaseState& listed = attempt.states.at(name);
    const CodeText& code = attempt.codes.at(name);
    DatabaseFacts database{.name = name,
                           .charset = listed.charset,
                           .collation = listed.collation,
                           .rows_stream = kRowsStream,
                           .more_rows_streams = merged.more_streams,
                           .code_stream = "code.sql",
                           .code_body_at = code.body_at,
                           .code_views_at = code.views_at,
                           .tables = {},
                           .code = {code.counts.begin(), code.counts.end()},
                           .invalid_views = code.invalid_views,
                           .not_one_instant = not_one_instant(listed, merged),
                           .rounded = listed.rounded,
                           .longest_statement = merged.dumped.longest_statement};
    for (const auto& [table, dumped] : merged.dumped.tables) {
      database.tables[table] = {listed.tables.at(table).engine, dumped.rows, dumped.sequence};
    }
    facts[component(name)] = {.server = server_->facts().name,
                              .server_version = state.version,
                              .tool_version = tool,
                              .instant = attempt.instant,
                              .started = attempt.started,
                              .log_file = attempt.coordinates.file,
                              .log_position = attempt.coordinates.position,
                              .gtid = attempt.coordinates.gtid,
                              .way = attempt.way,
                              .held_ms = static_cast<std::uint64_t>(attempt.held.count()),
                              .processes = attempt.parts.size(),
                              .databases = {std::move(database)}};
  }
  return facts;
}

}  // namespace backstay::runtime
