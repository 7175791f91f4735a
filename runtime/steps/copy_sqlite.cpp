// A SQLite file by its online backup, proven by integrity_check.
#include <span>
#include <vector>

#include <fmt/format.h>

#include "lang/base/units.hpp"
#include "runtime/database/sqlite.hpp"
#include "runtime/database/sqlite_facts.hpp"
#include "runtime/steps/steps.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

/// A file of ours for as long as it is needed, also when a step fails in between.
class TemporaryFile {
 public:
  TemporaryFile(StepContext& context, std::string path)
      : context_(&context), path_(std::move(path)) {}

  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  ~TemporaryFile() {
    Result<void> removed = context_->world.files.unlink(path_);
    if (!removed && removed.error().kind != ErrorKind::NotFound) {
      context_->events.warning(context_->step.id, to_string(removed.error()));
    }
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  StepContext* context_;
  std::string path_;
};

Result<std::string> scratch_path(const plan::CopySqlite& action, StepContext& context) {
  std::string directory = context.staging->scratch_directory();
  if (directory.empty())
    directory = context.world.directories.state + "/tmp";
  BACKSTAY_TRY(make_directories(context.world.files, directory, 0700));
  return directory + "/." + action.component + "-" + context.run_id + ".sqlite";
}

Result<void> store(const std::string& path, const plan::CopySqlite& action, StepContext& context) {
  BACKSTAY_ASSIGN(const auto file, context.world.files.open_read(path));
  BACKSTAY_ASSIGN(const auto writer,
                  context.staging->open_stream(action.component, "database.sqlite"));
  std::vector<std::byte> buffer(1U << 18U);
  std::uint64_t bytes = 0;
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t size, file->read(buffer));
    if (size == 0)
      break;
    BACKSTAY_TRY(writer->write(std::span(buffer).first(size)));
    bytes += size;
    context.events.progress(context.step.id, bytes, action.path);
  }
  BACKSTAY_TRY(writer->finish());
  return {};
}

Result<void> copy(const plan::CopySqlite& action, StepContext& context) {
  BACKSTAY_ASSIGN(SqliteFacts facts, read_owner(action.path));
  BACKSTAY_ASSIGN(const std::string path, scratch_path(action, context));
  const TemporaryFile temporary(context, path);
  BACKSTAY_ASSIGN(const auto empty, context.world.files.create(path, 0600));
  BACKSTAY_TRY(empty->close());
  BACKSTAY_ASSIGN(facts.copy, copy_sqlite(action.path, path));
  BACKSTAY_TRY(check_sqlite_integrity(path));
  BACKSTAY_ASSIGN(facts.tables, count_sqlite_rows(path));
  BACKSTAY_FAILPOINT("copy-sqlite.copied");
  BACKSTAY_TRY(store(path, action, context));
  return context.staging->complete(action.component, "sqlite", action.path, to_json(facts));
}

}  // namespace

Result<void> execute(const plan::CopySqlite& action, StepContext& context) {
  Result<void> done = copy(action, context);
  if (!done)
    context.staging->fail(action.component, to_string(done.error()));
  return done;
}

Preview preview(const plan::CopySqlite& action, StepContext& /*context*/) {
  const Result<SqliteCopy> found = look_at_sqlite(action.path);
  if (!found)
    return {{.problem = true, .text = to_string(found.error())}};
  return {{.text = fmt::format("{}: SQLite file {}, {}, journal mode {}, by its online backup",
                               action.component, action.path,
                               to_human(ByteSize{found->pages * found->page_size}),
                               found->journal_mode)}};
}

}  // namespace backstay::runtime
