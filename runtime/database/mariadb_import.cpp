// From the store through the filter into the client: see the header.
#include "runtime/database/mariadb_import.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>

#include <fmt/format.h>

#include "runtime/database/dump_parts.hpp"
#include "runtime/database/import_filter.hpp"
#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/sql_text.hpp"
#include "runtime/database/table_stream.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// Sessions at once; the server needs some of the processors too.
std::size_t most_sessions() {
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 8);
}

/// One stream of one database.
struct Job {
  const DatabaseRestore* each = nullptr;
  std::string stream;
};

/// A large table whose rows several sessions insert.
struct OpenTable {
  const Job& job;
  TableStream stream;
  std::size_t helpers = 0;
};

/// What all sessions share.
struct Shared {
  const MariadbServer& server;
  StepContext& context;
  std::stop_source end;
  std::atomic<std::uint64_t> bytes = 0;
  std::mutex mutex;
  std::condition_variable_any changed;
  std::deque<Job> jobs;
  std::size_t openers = 0;       ///< sessions that make a large table just now
  std::vector<OpenTable*> open;  ///< with rows left
  std::optional<Error> failure;
};

constexpr const char* kSettings = "SET SESSION foreign_key_checks=0, unique_checks=0;\n";

/// Whether a stream holds one large table and nothing else.
bool is_table(const std::string& stream) {
  return stream != kRowsStream && stream.starts_with("rows.");
}

Error another_failed() {
  return {.kind = ErrorKind::Interrupted, .message = "another import failed"};
}

/// Turns the pushing filter into what a client can pull from.
class ImportSource {
 public:
  ImportSource(std::unique_ptr<StreamReader> reader, Shared& shared, std::string item)
      : reader_(std::move(reader)),
        shared_(&shared),
        item_(std::move(item)),
        filter_([this](std::string_view text) -> Result<void> {
          pending_ += text;
          return {};
        }) {
    pending_ = kSettings;
  }

  ImportSource(const ImportSource&) = delete;
  ImportSource& operator=(const ImportSource&) = delete;

  Result<std::size_t> pull(std::span<std::byte> buffer) {
    if (shared_->end.stop_requested())
      return another_failed();
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
    shared_->context.events.progress(shared_->context.step.id, shared_->bytes += size, item_);
    return filter_.feed({reinterpret_cast<const char*>(chunk_.data()), size});
  }

  std::unique_ptr<StreamReader> reader_;
  Shared* shared_;
  std::string item_;
  ImportFilter filter_;
  std::vector<std::byte> chunk_ = std::vector<std::byte>(1U << 18U);
  std::string pending_;
  std::size_t at_ = 0;
  bool over_ = false;
};

Result<std::unique_ptr<StreamReader>> open_stream(Shared& shared, const Job& job) {
  const std::lock_guard lock(shared.mutex);
  return shared.context.snapshot->open_stream(job.each->component, job.stream);
}

Result<void> feed(Shared& shared, const Job& job, MariadbServer::Input input) {
  BACKSTAY_ASSIGN(const Exit exit, shared.server.feed(job.each->scratch, std::move(input), false));
  return exit.ok() ? Result<void>() : server_error(shared.server.facts(), exit, "mariadb");
}

Result<void> import_stream(Shared& shared, const Job& job) {
  BACKSTAY_ASSIGN(auto reader, open_stream(shared, job));
  ImportSource source(std::move(reader), shared, job.each->target);
  return feed(shared, job, [&source](std::span<std::byte> buffer) { return source.pull(buffer); });
}

/// Inserts rows of a table, one statement after the other, until there are no more.
Result<void> insert_rows(Shared& shared, OpenTable& table) {
  BACKSTAY_ASSIGN(std::optional<std::string> pending, table.stream.rows());
  if (!pending)
    return {};
  pending = kSettings + table.stream.settings() + *pending;
  std::size_t at = 0;
  return feed(shared, table.job, [&](std::span<std::byte> buffer) -> Result<std::size_t> {
    if (shared.end.stop_requested())
      return another_failed();
    if (pending && at == pending->size()) {
      BACKSTAY_ASSIGN(pending, table.stream.rows());
      at = 0;
    }
    if (!pending)
      return std::size_t{0};
    const std::size_t size = std::min(buffer.size(), pending->size() - at);
    std::memcpy(buffer.data(), pending->data() + at, size);
    at += size;
    return size;
  });
}

/// Opens a table for helpers while its rows are inserted, and waits for those.
Result<void> share_rows(Shared& shared, OpenTable& table) {
  {
    const std::lock_guard lock(shared.mutex);
    --shared.openers;
    if (table.stream.may_share())
      shared.open.push_back(&table);
    shared.changed.notify_all();
  }
  Result<void> done = insert_rows(shared, table);
  if (!done)
    shared.end.request_stop();
  std::unique_lock lock(shared.mutex);
  std::erase(shared.open, &table);
  shared.changed.wait(lock, [&table] { return table.helpers == 0; });
  return done;
}

/// The table, then its rows by all sessions that have nothing else to do, then its keys.
Result<void> import_table(Shared& shared, const Job& job) {
  const auto opened = [&]() -> Result<std::unique_ptr<OpenTable>> {
    BACKSTAY_ASSIGN(auto reader, open_stream(shared, job));
    auto table = std::unique_ptr<OpenTable>(new OpenTable{
        .job = job, .stream = {std::move(reader), [&shared, &job](std::size_t size) {
                                 shared.context.events.progress(shared.context.step.id,
                                                                shared.bytes += size,
                                                                job.each->target);
                               }}});
    BACKSTAY_ASSIGN(const std::string text, table->stream.table());
    BACKSTAY_TRY(feed(shared, job, from_text(kSettings + text)));
    return table;
  }();
  if (!opened) {
    const std::lock_guard lock(shared.mutex);
    --shared.openers;
    shared.changed.notify_all();
    return opened.error();
  }
  OpenTable& table = **opened;
  BACKSTAY_TRY(share_rows(shared, table));
  if (shared.end.stop_requested())
    return another_failed();
  const std::string keys = table.stream.complete(true);
  if (keys.empty() || feed(shared, job, from_text(kSettings + keys)))
    return {};
  // Where the server's own place for sorting has no room, there may still be some for the table
  return feed(shared, job, from_text(kSettings + table.stream.complete(false)));
}

void note_failure(Shared& shared, const Job& job, Error error) {
  shared.end.request_stop();
  const std::lock_guard lock(shared.mutex);
  shared.changed.notify_all();
  const bool first = !shared.failure || shared.failure->kind == ErrorKind::Interrupted;
  if (first)
    shared.failure = std::move(error).while_doing("importing database " + job.each->facts.name);
}

/// Lends this session to a large table; false: nobody will need it any more.
bool help(Shared& shared) {
  OpenTable* table = nullptr;
  {
    std::unique_lock lock(shared.mutex);
    shared.changed.wait(lock, [&shared] {
      return !shared.open.empty() || shared.openers == 0 || shared.end.stop_requested();
    });
    if (shared.open.empty() || shared.end.stop_requested())
      return false;
    table = shared.open.front();
    ++table->helpers;
  }
  Result<void> done = insert_rows(shared, *table);
  if (!done)
    note_failure(shared, table->job, std::move(done).error());
  const std::lock_guard lock(shared.mutex);
  std::erase(shared.open, table);  // it has no rows left
  --table->helpers;
  shared.changed.notify_all();
  return true;
}

Result<void> import_job(Shared& shared, const Job& job) {
  BACKSTAY_TRY(is_table(job.stream) ? import_table(shared, job) : import_stream(shared, job));
  BACKSTAY_FAILPOINT("restore-mariadb.stream");
  return {};
}

/// One stream after the other until nothing is left, or one failed.
void work(Shared& shared) {
  while (!shared.end.stop_requested()) {
    Job job;
    {
      const std::lock_guard lock(shared.mutex);
      if (!shared.jobs.empty()) {
        job = std::move(shared.jobs.front());
        shared.jobs.pop_front();
        shared.openers += is_table(job.stream) ? 1 : 0;
      }
    }
    if (job.each == nullptr) {
      if (!help(shared))
        return;
      continue;
    }
    Result<void> done = import_job(shared, job);
    if (!done)
      note_failure(shared, job, std::move(done).error());
  }
}

/// The largest components first; within one, its large tables first.
std::deque<Job> jobs_of(const std::vector<DatabaseRestore>& databases, StepContext& context) {
  std::vector<const DatabaseRestore*> order;
  for (const DatabaseRestore& each : databases)
    order.push_back(&each);
  const auto size = [&](const DatabaseRestore* each) {
    const ComponentInfo* info = context.snapshot->component(each->component);
    return info == nullptr ? std::uint64_t{0} : info->plain_bytes;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto* a, const auto* b) { return size(a) > size(b); });
  std::deque<Job> jobs;
  for (const DatabaseRestore* each : order) {
    std::vector<std::string> streams = rows_streams(each->facts);
    std::rotate(streams.begin(), streams.begin() + 1, streams.end());
    for (std::string& stream : streams)
      jobs.push_back({each, std::move(stream)});
  }
  return jobs;
}

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

Result<void> import_databases(const MariadbServer& server,
                              const std::vector<DatabaseRestore>& databases,
                              StepContext& context,
                              std::size_t& begun) {
  for (const DatabaseRestore& each : databases) {
    ++begun;
    BACKSTAY_TRY(server.query(fmt::format("CREATE DATABASE {} CHARACTER SET {} COLLATE {};",
                                          quote_name(each.scratch), each.facts.charset,
                                          each.facts.collation)));
  }
  Shared shared{.server = server,
                .context = context,
                .end = {},
                .mutex = {},
                .changed = {},
                .jobs = jobs_of(databases, context),
                .open = {},
                .failure = {}};
  {
    std::vector<std::jthread> sessions;
    const std::size_t count = most_sessions();
    for (std::size_t index = 0; index < count; ++index)
      sessions.emplace_back([&shared] { work(shared); });
  }
  if (shared.failure)
    return std::move(*shared.failure);
  for (const DatabaseRestore& each : databases)
    BACKSTAY_TRY(compare_with_manifest(server, each));
  return {};
}

Result<void> compare_with_manifest(const MariadbServer& server, const DatabaseRestore& each) {
  BACKSTAY_TRY(compare_tables(server, each));
  return compare_rows(server, each);
}

}  // namespace backstay::runtime
