// One line for each step kind.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/plan_text.hpp"
#include "compiler/plan/text_page.hpp"
#include "lang/base/overloaded.hpp"

namespace backstay::plan {
namespace {

// `sh -c "a b"` and `sh -c a b` are two commands.
std::string quoted(const std::string& word) {
  if (!word.empty() && word.find_first_of(" \t\n\"'\\") == std::string::npos) {
    return word;
  }
  std::string text = "\"";
  for (const char one : word) {
    text += one == '"' || one == '\\' ? "\\" : "";
    text += one;
  }
  return text + "\"";
}

template <typename Databases>
std::string databases(std::string_view verb, const Databases& step) {
  std::string text = step.databases.empty() ? "" : plural(step.databases.size(), "database");
  if (!step.all_component.empty()) {
    text += text.empty() ? "all databases" : " and all others";
  }
  return fmt::format("{} {}{}the accounts of {}", verb, text, text.empty() ? "" : " and ",
                     step.server);
}

std::string of_check(const CheckSources& step) {
  return fmt::format("look at {} and target {}",
                     plural(step.paths.size() + step.optional_paths.size() + step.sqlite.size() +
                                step.servers.size(),
                            "source"),
                     step.target);
}

std::string of_start(const StartUnits& step) {
  const std::string units = fmt::format("{}", fmt::join(step.units, ", "));
  return step.restart ? fmt::format("restart {} with its restored configuration", units)
                      : fmt::format("start {} if it was active", units);
}

std::string of_feed(const FeedCommand& step) {
  return step.command.empty() ? fmt::format("{} is read back by hand", step.component)
                              : "feed " + step.component + " to " + command_text(step.command);
}

std::string of_sandbox(const PrepareSandbox& step) {
  return step.servers.empty() ? "make an empty sandbox"
                              : fmt::format("make an empty sandbox with a scratch server for {}",
                                            fmt::join(step.servers, ", "));
}

}  // namespace

std::string command_text(const std::vector<std::string>& command) {
  std::string text;
  for (const std::string& word : command) {
    text += (text.empty() ? "" : " ") + quoted(word);
  }
  return text;
}

std::string describe(const Action& action) {
  return std::visit(
      Overloaded{
          [](const CheckSources& step) { return of_check(step); },
          [](const RunCommand& step) { return "run " + command_text(step.command); },
          [](const StopUnits& step) { return fmt::format("stop {}", fmt::join(step.units, ", ")); },
          [](const StartUnits& step) { return of_start(step); },
          [](const DumpMariadb& step) { return databases("dump", step); },
          [](const DumpMariadbPhysical& step) {
            return "copy the data files of " + step.server + " as it runs";
          },
          [](const DumpPostgresql& step) { return databases("dump", step); },
          [](const CopySqlite& step) { return "copy SQLite file " + step.path; },
          [](const CaptureOutput& step) {
            return "keep what " + command_text(step.command) + " prints";
          },
          [](const ArchiveFiles& step) { return "archive " + step.path; },
          [](const CommitSnapshot& step) { return "read back and commit to " + step.target; },
          [](const VerifySnapshot& step) {
            return fmt::format("verify at level {} in {}", step.level, step.target);
          },
          [](const CopySnapshot& step) {
            return fmt::format("copy the newest snapshot from {} to {}", step.source, step.target);
          },
          [](const MirrorTree& step) {
            return fmt::format("mirror {} to {}", step.path, step.target);
          },
          [](const ReplicateFiles& step) {
            return fmt::format("put a copy of {} on {} of {}", step.path,
                               plural(step.hosts.size(), "host"), step.group);
          },
          [](const PruneTarget& step) {
            return fmt::format("remove from {} what {} does not keep", step.target, step.retention);
          },
          [](const CheckSnapshot& step) { return "check every byte in " + step.target; },
          [](const KeepCurrent&) { return std::string("keep what is about to be overwritten"); },
          [](const RestoreFiles& step) { return "restore " + step.path; },
          [](const RestoreSqlite& step) { return "restore SQLite file " + step.path; },
          [](const RestoreMariadb& step) { return databases("restore", step); },
          [](const RestoreMariadbPhysical& step) {
            return "restore the data files of " + step.server;
          },
          [](const RestorePostgresql& step) { return databases("restore", step); },
          [](const FeedCommand& step) { return of_feed(step); },
          [](const CheckService& step) {
            return fmt::format("probe {} with {}", step.service,
                               plural(step.checks.size(), "command"));
          },
          [](const FinishRestore&) { return std::string("report what is left to do"); },
          [](const PrepareSandbox& step) { return of_sandbox(step); },
          [](const ExpectRows& step) {
            return fmt::format("expect at least {} rows in {}.{}", step.at_least, step.database,
                               step.table);
          },
          [](const ExpectFile& step) { return "expect the file " + step.path; },
          [](const ExpectRun& step) {
            return "expect " + command_text(step.command) + " to be accepted";
          },
          [](const FinishDrill&) { return std::string("end the sandbox and leave the evidence"); },
      },
      action);
}

}  // namespace backstay::plan
