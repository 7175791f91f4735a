// backstay changes: which files changed between two snapshots.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/printable.hpp"
#include "runtime/store/snapshot_changes.hpp"

namespace backstay::cli {
namespace {

struct Options {
  SourceOptions source;
  std::string from = "latest~1";
  std::string to = "latest";
  std::string component;
};

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

std::string line_of(const runtime::SnapshotChange& change) {
  std::string what;
  for (const std::string& one : change.what) {
    what += (what.empty() ? "  (" : ", ") + one;
  }
  return fmt::format("{} {}  {}{}{}\n", letter_of(change.kind), change.component,
                     lang::printable(change.path, true), what, what.empty() ? "" : ")");
}

Result<void> compare(Session& session, const Options& options) {
  runtime::RealFilesystem files;
  BACKSTAY_ASSIGN(const auto source, open_source(files, options.source));
  BACKSTAY_ASSIGN(const auto from,
                  runtime::find_snapshot(files, source.store, source.filter, options.from));
  BACKSTAY_ASSIGN(const auto to,
                  runtime::find_snapshot(files, source.store, source.filter, options.to));
  std::size_t changes = 0;
  std::string lines;
  const runtime::SnapshotComparison comparison{files, source.store, from.id, to.id,
                                               options.component};
  BACKSTAY_TRY(comparison.run([&](const runtime::SnapshotChange& change) -> Result<void> {
    ++changes;
    lines += line_of(change);
    return {};
  }));
  session.print(lines);
  session.say(fmt::format("{} changes from {} to {}", changes, from.id, to.id));
  return {};
}

}  // namespace

void add_changes(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("changes", "List what changed between two snapshots");
  add_source_options(*verb, options->source);
  verb->add_option("FROM", options->from, "Id, unique prefix, latest~N (default: latest~1)");
  verb->add_option("TO", options->to, "Likewise (default: latest)");
  verb->add_option("--component", options->component, "Only this component");
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
