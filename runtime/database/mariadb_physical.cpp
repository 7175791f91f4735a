// mariadb-backup and mbstream: see the header.
#include "runtime/database/mariadb_physical.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/database/mariadb_catalog.hpp"
#include "runtime/database/mariadb_errors.hpp"
#include "runtime/database/mbstream_check.hpp"
#include "runtime/store/staging.hpp"
#include "runtime/store/stream_ahead.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;  // sorts its keys

constexpr std::string_view kCompleted = "completed OK!";
constexpr const char* kTool = "mariadb-backup";

/// Its log is long; what went wrong is in the lines that say so, or in the last one.
std::string shown_log(std::string_view said) {
  std::string errors;
  std::string last;
  while (!said.empty()) {
    const std::size_t end = std::min(said.find('\n'), said.size());
    const std::string line(said.substr(0, end));
    said.remove_prefix(std::min(end + 1, said.size()));
    if (!line.empty())
      last = line;
    for (const char* word : {"rror", "FATAL", "privilege"}) {
      if (line.find(word) == std::string::npos)
        continue;
      errors += (errors.empty() ? "" : "; ") + line;
      break;
    }
  }
  return errors.empty() ? last : errors;
}

Error tool_failed(const Exit& exit, const std::string& program) {
  const bool privilege = exit.errors.find("ccess denied") != std::string::npos ||
                         exit.errors.find("missing required privilege") != std::string::npos;
  return {.kind = privilege ? ErrorKind::Credentials : ErrorKind::ToolFailed,
          .message =
              fmt::format("{} ended with {}: {}", program, describe(exit), shown_log(exit.errors)),
          .hint = privilege ? "the account needs RELOAD, PROCESS, LOCK TABLES and BINLOG MONITOR"
                              " on *.*"
                            : ""};
}

Result<void> require_completed(const Exit& exit, const std::string& program) {
  if (!exit.ok())
    return tool_failed(exit, program);
  if (completed(exit.errors))
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = fmt::format("{} ended with exit status 0 but did not say `{}`: {}",
                                      program, kCompleted, shown_log(exit.errors)),
               .hint = "what it copied is not accepted"};
}

/// What stands in quotes after `key` in the line about the binary log.
std::string quoted_after(std::string_view text, std::string_view key) {
  const std::size_t at = text.rfind(key);
  if (at == std::string_view::npos)
    return {};
  const std::string_view rest = text.substr(at + key.size());
  return std::string(rest.substr(0, std::min(rest.find('\''), rest.size())));
}

void read_coordinates(std::string_view said, PhysicalFacts& facts) {
  const std::size_t line = said.rfind("binlog position: filename '");
  if (line == std::string_view::npos)
    return;
  const std::string_view text = said.substr(line, said.find('\n', line) - line);
  facts.log_file = quoted_after(text, "filename '");
  const std::string position = quoted_after(text, "position '");
  std::from_chars(position.data(), position.data() + position.size(), facts.log_position);
  facts.gtid = quoted_after(text, "last change '");
}

/// For mariadb-backup and mbstream: that many files at once.
std::string parallel() {
  return fmt::format("--parallel={}", std::clamp(std::thread::hardware_concurrency(), 1U, 4U));
}

Result<void> make_empty(const std::string& directory) {
  std::error_code failed;
  if (!std::filesystem::create_directory(directory, failed)) {
    return Error{.kind = failed ? ErrorKind::Io : ErrorKind::Refused,
                 .message = "cannot make `" + directory + "`: " +
                            (failed ? failed.message() : std::string("it is there already"))};
  }
  std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failed);
  return {};
}

Result<void> unpack(StreamReader& stream, const std::string& directory, const PrepareCall& call) {
  MbstreamCheck check;
  std::uint64_t bytes = 0;
  Command command;
  StreamAhead ahead(stream);
  BACKSTAY_ASSIGN(command.program, find_program("mbstream"));
  command.arguments = {"--extract", "--directory=" + directory, parallel()};
  command.deadline = call.deadline;
  command.standard_input = [&](std::span<std::byte> buffer) -> Result<std::size_t> {
    BACKSTAY_ASSIGN(const std::size_t size, ahead.read(buffer));
    BACKSTAY_TRY(check.feed(buffer.first(size)));
    call.progress(bytes += size);
    return size;
  };
  BACKSTAY_ASSIGN(const Exit exit, call.runner.run(command, call.stop));
  if (!exit.ok() || !exit.took_all_input)
    return tool_failed(exit, "mbstream");
  return check.finish();
}

}  // namespace

ComponentFacts to_json(const PhysicalFacts& facts) {
  const Json json = {{"files", facts.files},
                     {"gtid", facts.gtid},
                     {"instant", facts.instant},
                     {"log-file", facts.log_file},
                     {"log-position", facts.log_position},
                     {"server", facts.server},
                     {"server-version", facts.server_version},
                     {"started", facts.started},
                     {"tool-version", facts.tool_version}};
  return {json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Result<PhysicalFacts> read_physical_facts(const ComponentFacts& facts) {
  try {
    const Json json = Json::parse(facts.json);
    PhysicalFacts read;
    json.at("files").get_to(read.files);
    json.at("gtid").get_to(read.gtid);
    json.at("instant").get_to(read.instant);
    json.at("log-file").get_to(read.log_file);
    json.at("log-position").get_to(read.log_position);
    json.at("server").get_to(read.server);
    json.at("server-version").get_to(read.server_version);
    json.at("started").get_to(read.started);
    json.at("tool-version").get_to(read.tool_version);
    return read;
  } catch (const Json::exception& error) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = std::string("the manifest's facts of data files cannot be read: ") +
                            error.what()};
  }
}

std::vector<std::string> physical_arguments(const plan::Server& server,
                                            const std::string& scratch) {
  std::vector<std::string> arguments = {"--backup", "--stream=mbstream", "--target-dir=" + scratch,
                                        parallel()};
  if (!server.datadir.empty())
    arguments.push_back("--datadir=" + server.datadir);
  return arguments;
}

Result<std::string> physical_tool_version(CommandRunner& runner) {
  constexpr std::string_view kKey = "MariaDB server ";
  Command command{.arguments = {"--no-defaults", "--version"}};
  BACKSTAY_ASSIGN(command.program, find_program(kTool));
  command.deadline = std::chrono::seconds(30);
  BACKSTAY_ASSIGN(const Exit exit, runner.run(command, {}));
  const std::string said = exit.output + exit.errors;
  const std::size_t at = said.find(kKey);
  if (at != std::string::npos) {
    const std::size_t from = at + kKey.size();
    return said.substr(from, said.find_first_of(" \n", from) - from);
  }
  return Error{.kind = ErrorKind::ToolMissing,
               .message = command.program + " does not tell its version",
               .hint = "install the package mariadb-backup"};
}

Result<void> require_same_release(const std::string& tool, const std::string& version) {
  if (release_of(tool) == release_of(version))
    return {};
  const auto [major, minor] = release_of(version);
  return Error{
      .kind = ErrorKind::ToolMissing,
      .message = fmt::format("mariadb-backup is {}, the data files are of {}", tool, version),
      .hint = fmt::format("install mariadb-backup {}.{}: another release may neither copy "
                          "nor prepare them",
                          major, minor)};
}

bool completed(std::string_view said) {
  const std::size_t end = said.find_last_not_of(" \n");
  return end != std::string_view::npos && said.substr(0, end + 1).ends_with(kCompleted);
}

Result<PhysicalFacts> copy_server(const MariadbServer& server,
                                  const std::string& server_version,
                                  const std::string& component,
                                  StepContext& context) {
  PhysicalFacts facts;
  facts.server = server.facts().name;
  facts.server_version = server_version;
  BACKSTAY_ASSIGN(facts.tool_version, physical_tool_version(context.world.commands));
  BACKSTAY_TRY(require_same_release(facts.tool_version, server_version));
  const std::string scratch = context.staging->scratch_directory() + "/mariadb-backup";
  BACKSTAY_TRY(make_empty(scratch));
  facts.started = to_rfc3339(context.world.clock.now());
  BACKSTAY_ASSIGN(const auto writer, context.staging->open_stream(component, kPhysicalStream));
  MbstreamCheck check;
  std::uint64_t bytes = 0;
  Result<Exit> exit =
      server.copy_files(physical_arguments(server.facts(), scratch),
                        [&](std::span<const std::byte> part) -> Result<void> {
                          bytes += part.size();
                          context.events.progress(context.step.id, bytes, component);
                          BACKSTAY_TRY(check.feed(part));
                          return writer->write(part);
                        });
  std::error_code ignored;
  std::filesystem::remove_all(scratch, ignored);
  if (!exit)
    return std::move(exit).error();
  Result<void> accepted = require_completed(*exit, kTool);
  if (!accepted) {
    Error error = std::move(accepted).error();
    error.message = server.without_secrets(std::move(error.message));
    return error;
  }
  BACKSTAY_TRY(check.finish());
  BACKSTAY_FAILPOINT("dump-mariadb.copied");
  BACKSTAY_TRY(writer->finish());
  facts.instant = to_rfc3339(context.world.clock.now());
  facts.files = check.files();
  read_coordinates(exit->errors, facts);
  return facts;
}

Result<void> prepare_physical(StreamReader& stream,
                              const std::string& directory,
                              const PrepareCall& call) {
  BACKSTAY_TRY(make_empty(directory));
  BACKSTAY_TRY(unpack(stream, directory, call));
  Command command{.arguments = {"--no-defaults", "--prepare", "--target-dir=" + directory}};
  BACKSTAY_ASSIGN(command.program, find_program(kTool));
  command.deadline = call.deadline;
  BACKSTAY_ASSIGN(const Exit exit, call.runner.run(command, call.stop));
  return require_completed(exit, "mariadb-backup --prepare");
}

}  // namespace backstay::runtime
