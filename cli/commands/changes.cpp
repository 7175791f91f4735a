// backstay changes: which files changed between two snapshots.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/render/json_text.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/suggest.hpp"
#include "runtime/store/snapshot_changes.hpp"

namespace backstay::cli {
namespace {

struct ChangesOptions {
  SourceOptions source;
  std::string from = "latest~1";
  std::string to = "latest";
  std::string component;
  std::string format = "text";
};

using Json = nlohmann::ordered_json;

char letter_of(runtime::ChangeKind kind) {
  switch (kind) {
    case runtime::ChangeKind::Added:
      return '+';
    case runtime::ChangeKind::Removed:
      return '-';
    case runtime::ChangeKind::Changed:
      return '~';
  }
  return '?';
}

std::string_view word_of(runtime::ChangeKind kind) {
  switch (kind) {
    case runtime::ChangeKind::Added:
      return "added";
    case runtime::ChangeKind::Removed:
      return "removed";
    case runtime::ChangeKind::Changed:
      return "changed";
  }
  return "";
}

Json json_of(const runtime::SnapshotChange& change) {
  return {{"kind", word_of(change.kind)},
          {"component", change.component},
          {"path", change.path},
          {"what", change.what}};
}

std::string line_of(const runtime::SnapshotChange& change) {
  std::string what;
  for (const std::string& one : change.what) {
    what += (what.empty() ? "  (" : ", ") + one;
  }
  return fmt::format("{} {}  {}{}{}\n", letter_of(change.kind), change.component,
                     lang::printable(change.path, true), what, what.empty() ? "" : ")");
}

/// A component that neither holds has not "no changes": its name is wrong.
Result<void> check_component(runtime::Filesystem& files,
                             const runtime::Store& store,
                             const std::vector<std::string>& snapshots,
                             const std::string& wanted) {
  std::vector<std::string> names;
  for (const std::string& id : snapshots) {
    BACKSTAY_ASSIGN(const auto reader, runtime::open_snapshot(files, store, id));
    for (const auto& component : reader->components()) {
      names.push_back(component.name);
    }
  }
  if (std::find(names.begin(), names.end(), wanted) != names.end()) {
    return {};
  }
  return Error{.kind = ErrorKind::Usage,
               .message = fmt::format("neither snapshot holds a component `{}`", wanted),
               .hint = did_you_mean(wanted, names)};
}

Result<void> compare(Session& session, const ChangesOptions& options) {
  runtime::RealFilesystem files;
  BACKSTAY_ASSIGN(const auto source, open_source(files, options.source));
  runtime::RealCommandRunner commands;
  runtime::Filesystem& there = source.files(files);
  BACKSTAY_ASSIGN(const auto opened, open_sealed_files(there, commands, source.identity));
  BACKSTAY_ASSIGN(const auto from,
                  runtime::find_snapshot(there, source.store, source.filter, options.from));
  BACKSTAY_ASSIGN(const auto to,
                  runtime::find_snapshot(there, source.store, source.filter, options.to));
  if (!options.component.empty())
    BACKSTAY_TRY(check_component(*opened, source.store, {from.id, to.id}, options.component));
  const bool json = options.format == "json";
  std::size_t count = 0;
  std::string lines;
  const runtime::SnapshotComparison comparison{*opened, source.store, from.id, to.id,
                                               options.component};
  BACKSTAY_TRY(comparison.run([&](const runtime::SnapshotChange& change) -> Result<void> {
    const char* const before = count++ == 0 ? "\n    " : ",\n    ";
    lines += json ? before + json_line(json_of(change)) : line_of(change);
    return {};
  }));
  if (json) {
    // Why by hand: there may be millions, and a line each can be looked through.
    session.print(fmt::format(
        "{{\n  \"schema_version\": 1,\n  \"from\": {},\n  \"to\": {},\n  \"changes\": [{}{}]\n}}\n",
        json_line(from.id), json_line(to.id), lines, count == 0 ? "" : "\n  "));
    return {};
  }
  session.print(lines);
  session.say(fmt::format("{} changes from {} to {}", count, from.id, to.id));
  return {};
}

}  // namespace

void add_changes(CLI::App& app, Session& session) {
  const auto options = std::make_shared<ChangesOptions>();
  CLI::App* verb = app.add_subcommand("changes", "List what changed between two snapshots");
  add_source_options(*verb, options->source);
  add_from_option(*verb, options->source);
  add_identity_option(*verb, options->source);
  verb->add_option("FROM", options->from,
                   "Id, unique prefix, latest, latest~N or @DATE (default: latest~1)");
  verb->add_option("TO", options->to, "Likewise (default: latest)");
  verb->add_option("--component", options->component, "Only this component");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
  verb->footer(
      "`+` is new, `-` is gone, `~` is another. `diff` compares plans.\n\n"
      "Examples:\n  backstay changes controller.plan.yaml\n"
      "  backstay changes /mnt/backups/backstay 12 15 --component nova.etc");
  verb->callback([options, &session] {
    if (const auto done = compare(session, *options); !done) {
      session.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
