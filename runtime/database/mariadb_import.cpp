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
      : reader_(std::move(reader)),
        context_(&context),
        item_(std::move(item)),
        filter_([this](std::string_view text) -> Result<void> {
          pending_ += text;
          return {};
        }) {
    pending_ = "SET SESSION foreign_key_checks=0, unique_checks=0;\n";
  }

  ImportSource(const ImportSource&) = delete;
  ImportSource& operator=(const ImportSource&) = delete;

  Result<std::size_t> pull(std::span<std::byte> buffer) {
    while (at_ == pending_.size() && !over_)
      BACKSTAY_TRY(refill());
    const std::size_t size = std::min(buffer.size(), pending_.size() - at_);
    std::memcpy(buffer.data(), pending_.data() + at_, size);
    at_ += size;
    return size;
  }

 private:
  Result<void> refill() {
    pending_.clear();
    at_ = 0;
    BACKSTAY_ASSIGN(const std::size_t size, reader_->read(chunk_));
    if (size == 0) {
      over_ = true;
      return filter_.finish();
    }
    bytes_ += size;
    context_->events.progress(context_->step.id, bytes_, item_);
    return filter_.feed({reinterpret_cast<const char*>(chunk_.data()), size});
  }

  std::unique_ptr<StreamReader> reader_;
  StepContext* context_;
  std::string item_;
  ImportFilter filter_;
  std::vector<std::byte> chunk_ = std::vector<std::byte>(1U << 18U);
  std::string pending_;
  std::size_t at_ = 0;
  std::uint64_t bytes_ = 0;
  bool over_ = false;
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
