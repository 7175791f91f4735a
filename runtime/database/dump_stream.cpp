// From a process through the splitter into the store: see the header.
#include "runtime/database/dump_stream.hpp"

#include <algorithm>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/database/mariadb_errors.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text.data(), text.size()));
}

Result<void> expect_databases(const DumpedPart& dumped) {
  std::vector<std::string> found;
  for (const DumpedDatabase& database : dumped.summary.databases)
    found.push_back(database.name);
  std::vector<std::string> expected;
  for (const DumpSection& section : dumped.part.sections)
    expected.push_back(section.database);
  std::sort(found.begin(), found.end());
  std::sort(expected.begin(), expected.end());
  if (found == expected)
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = fmt::format("the dump holds the databases {} but {} were asked for",
                                      fmt::join(found, ", "), fmt::join(expected, ", ")),
               .hint = "is mariadb-dump what it claims to be?"};
}

/// One process on its way.
class Stream {
 public:
  Stream(const MariadbServer& server,
         const DumpPart& part,
         Staging& staging,
         const DumpHooks& hooks)
      : server_(server), staging_(staging), hooks_(hooks) {
    dumped_.part = part;
  }

  Result<DumpedPart> run(bool log_position, std::stop_token stop) {
    DumpSplitter splitter(
        {.open = [this](const std::string& database) { return open(database); },
         .write = [this](const std::string& database,
                         std::string_view bytes) { return write(database, bytes); }});
    const auto output = [&](std::span<const std::byte> bytes) -> Result<void> {
      hooks_.progress(bytes.size(), current_);
      return splitter.feed({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    };
    BACKSTAY_ASSIGN(const Exit exit,
                    server_.dump(dump_arguments(dumped_.part, log_position), output, stop));
    if (!exit.ok())
      return server_error(server_.facts(), exit, "mariadb-dump");
    if (!unknown_lines(exit.errors).empty()) {
      return Error{.kind = ErrorKind::ToolFailed,
                   .message = "mariadb-dump ended well but complained: " + shown_errors(exit),
                   .hint = "nothing that it complains about may be in a backup; repair the cause"};
    }
    BACKSTAY_ASSIGN(dumped_.summary, splitter.finish());
    BACKSTAY_TRY(expect_databases(dumped_));
    return std::move(dumped_);
  }

 private:
  Result<void> open(const std::string& database) {
    if (current_.empty())
      BACKSTAY_TRY(hooks_.in_snapshot());
    current_ = database;
    BACKSTAY_FAILPOINT("dump-mariadb.database");
    const auto& sections = dumped_.part.sections;
    const auto section =
        std::find_if(sections.begin(), sections.end(),
                     [&](const DumpSection& candidate) { return candidate.database == database; });
    if (section == sections.end())
      return {};  // expect_databases() refuses it
    BACKSTAY_ASSIGN(dumped_.writers[database],
                    staging_.open_stream(hooks_.components.at(database), section->stream));
    return {};
  }

  Result<void> write(const std::string& database, std::string_view bytes) {
    const auto writer = dumped_.writers.find(database);
    return writer == dumped_.writers.end() ? Result<void>()
                                           : writer->second->write(bytes_of(bytes));
  }

  const MariadbServer& server_;
  Staging& staging_;
  const DumpHooks& hooks_;
  DumpedPart dumped_;
  std::string current_;
};

}  // namespace

Result<DumpedPart> dump_part(const MariadbServer& server,
                             const DumpPart& part,
                             bool log_position,
                             Staging& staging,
                             const DumpHooks& hooks,
                             std::stop_token stop) {
  return Stream(server, part, staging, hooks).run(log_position, std::move(stop));
}

}  // namespace backstay::runtime
