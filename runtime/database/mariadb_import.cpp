// From the store through the filter into the client: see the header.
#include "runtime/database/mariadb_import.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <span>

#include <fmt/format.h>

#include "runtime/database/import_filter.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/store/snapshot_reader.hpp"

namespace backstay::runtime {
namespace {

/// Turns the pushing filter into what a client can pull from.
class ImportSource {
 public:
  ImportSource(std::unique_ptr<StreamReader> reader, StepContext& context, std::string item)
      : x_reader(std::move(reader)),
        x_context(&context),
        x_item(std::move(item)),
        x_filter([this](std::string_view text) -> Result<void> {
          x_pending += text;
          return {};
        }) {
    x_pending = "SET SESSION foreign_key_checks=0, unique_checks=0;\n";
  }

  ImportSource(const ImportSource&) = delete;
  ImportSource& operator=(const ImportSource&) = delete;

  Result<std::size_t> pull(std::span<std::byte> buffer) {
    while (x_at == x_pending.size() && !x_over)
      BACKSTAY_TRY(refill());
    const std::size_t size = std::min(buffer.size(), x_pending.size() - x_at);
    std::memcpy(buffer.data(), x_pending.data() + x_at, size);
    x_at += size;
    return size;
  }

 private:
  Result<void> refill() {
    x_pending.clear();
    x_at = 0;
    BACKSTAY_ASSIGN(const std::size_t size, x_reader->read(x_chunk));
    if (size == 0) {
      x_over = true;
      return x_filter.finish();
    }
    x_bytes += size;
    x_context->events.progress(x_context->step.id, x_bytes, x_item);
    return x_filter.feed({reinterpret_cast<const char*>(x_chunk.data()), size});
  }

  std::unique_ptr<StreamReader> x_reader;
  StepContext* x_context;
  std::string x_item;
  ImportFilter x_filter;
  std::vector<std::byte> x_chunk = std::vector<std::byte>(1U << 18U);
  std::string x_pending;
  std::size_t x_at = 0;
  std::uint64_t x_bytes = 0;
  bool x_over = false;
};

Error differs(const DatabaseRestore& each, const std::string& what) {
  return {.kind = ErrorKind::Verification,
          .message = fmt::format("the import of database {} does not match the manifest: {}",
                                 each.facts.name, what),
          .hint = "run `backstay verify --level 2` on the snapshot and try another one"};
}

Result<void> compare_tables(const MariadbServer& server, const DatabaseRestore& each) {
  BACKSTAY_ASSIGN(const auto states, database_states(server, {each.scratch}));
  const auto state = states.find(each.scratch);
  if (state == states.end())
    return differs(each, "the scratch database is gone");
  for (const auto& [table, facts] : each.facts.tables) {
    if (!state->second.tables.contains(table))
      return differs(each, "no table " + table);
  }
  for (const auto& [table, found] : state->second.tables) {
    if (!each.facts.tables.contains(table))
      return differs(each, "a table " + table + " too many");
  }
  return {};
}

Result<void> compare_rows(const MariadbServer& server, const DatabaseRestore& each) {
  std::string sql;
  std::vector<std::string> tables;
  for (const auto& [table, facts] : each.facts.tables) {
    if (facts.sequence)
      continue;
    tables.push_back(table);
    sql +=
        fmt::format("SELECT COUNT(*) FROM {}.{};\n", quote_name(each.scratch), quote_name(table));
  }
  Rows rows;
  if (!tables.empty()) {
    BACKSTAY_ASSIGN(rows, server.query(sql));
  }
  if (rows.size() != tables.size())
    return differs(each, "the rows could not be counted");
  for (std::size_t index = 0; index < tables.size(); ++index) {
    const std::string expected = std::to_string(each.facts.tables.at(tables[index]).rows);
    if (rows[index].size() == 1 && rows[index][0] == expected)
      continue;
    return differs(each, fmt::format("table {} has {} rows instead of {}", tables[index],
                                     rows[index].empty() ? "?" : rows[index][0], expected));
  }
  return {};
}

}  // namespace

Result<void> import_rows(const MariadbServer& server,
                         const DatabaseRestore& each,
                         StepContext& context) {
  BACKSTAY_TRY(server.query(fmt::format("CREATE DATABASE {} CHARACTER SET {} COLLATE {};",
                                        quote_name(each.scratch), each.facts.charset,
                                        each.facts.collation)));
  BACKSTAY_ASSIGN(auto reader,
                  context.snapshot->open_stream(each.component, each.facts.rows_stream));
  ImportSource source(std::move(reader), context, each.target);
  BACKSTAY_ASSIGN(
      const Exit exit,
      server.feed(
          each.scratch, [&source](std::span<std::byte> buffer) { return source.pull(buffer); },
          false));
  if (!exit.ok())
    return server_error(server.facts(), exit, "mariadb");
  BACKSTAY_TRY(compare_tables(server, each));
  return compare_rows(server, each);
}

}  // namespace backstay::runtime
