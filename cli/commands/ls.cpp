// backstay ls: what is in a snapshot.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/suggest.hpp"
#include "runtime/archive/list_reader.hpp"
#include "runtime/store/layout.hpp"

namespace backstay::cli {
namespace {

using runtime::Entry;
using runtime::EntryType;

struct Options {
  SourceOptions source;
  std::string snapshot = "latest";
  std::string component;
  bool details = false;
};

char letter_of(EntryType type) {
  switch (type) {
    case EntryType::File:
    case EntryType::HardLink:
      return '-';
    case EntryType::Directory:
      return 'd';
    case EntryType::Symlink:
      return 'l';
    case EntryType::Fifo:
      return 'p';
    case EntryType::CharacterDevice:
      return 'c';
    case EntryType::BlockDevice:
      return 'b';
  }
  return '?';
}

// Names may hold anything: a newline must not look like a second entry.
std::string one_line(std::string_view name) {
  return lang::printable(name, true);
}

std::string line_of(const std::string& component, const Entry& entry, bool details) {
  std::string name = (entry.path == "." ? "/" : "/" + one_line(entry.path));
  name += entry.type == EntryType::Directory && entry.path != "." ? "/" : "";
  name += entry.bare ? "  (left out: an empty directory)" : "";
  if (!details) {
    return fmt::format("{}  {}\n", component, name);
  }
  if (entry.type == EntryType::Symlink) {
    name += " -> " + one_line(entry.link);
  } else if (entry.type == EntryType::HardLink) {
    name += " = /" + one_line(entry.link);
  }
  const auto when = std::chrono::sys_seconds(std::chrono::seconds(entry.mtime));
  return fmt::format(
      "{}  {}{:04o} {}:{} {:>12} {:%Y-%m-%dT%H:%M:%SZ}  {}\n", component, letter_of(entry.type),
      entry.mode, entry.user.empty() ? std::to_string(entry.uid) : entry.user,
      entry.group.empty() ? std::to_string(entry.gid) : entry.group, entry.size, when, name);
}

Result<void> list_component(Session& session,
                            runtime::Filesystem& files,
                            const std::string& snapshot,
                            const runtime::ComponentInfo& component,
                            bool details) {
  if (component.kind != "files") {
    session.print(fmt::format("{}  {} ({}, {} bytes)\n", component.name, one_line(component.source),
                              component.kind, component.plain_bytes));
    return {};
  }
  std::string lines;
  BACKSTAY_TRY(runtime::read_list(files, runtime::layout::component(snapshot, component.name),
                                  [&](Entry&& entry) -> Result<void> {
                                    lines += line_of(component.name, entry, details);
                                    return {};
                                  }));
  session.print(lines);
  return {};
}

Result<void> list(Session& session, const Options& options) {
  runtime::RealFilesystem files;
  BACKSTAY_ASSIGN(const auto source, open_source(files, options.source));
  BACKSTAY_ASSIGN(const auto summary,
                  runtime::find_snapshot(files, source.store, source.filter, options.snapshot));
  BACKSTAY_ASSIGN(const auto reader, runtime::open_snapshot(files, source.store, summary.id));
  if (!options.component.empty() && reader->component(options.component) == nullptr) {
    std::vector<std::string> names;
    for (const auto& component : reader->components()) {
      names.push_back(component.name);
    }
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("snapshot {} holds no component `{}`", summary.id,
                                        options.component),
                 .hint = did_you_mean(options.component, names)};
  }
  const std::string path = runtime::layout::snapshot(source.store.path, summary.id);
  for (const auto& component : reader->components()) {
    if (options.component.empty() || component.name == options.component) {
      BACKSTAY_TRY(list_component(session, files, path, component, options.details));
    }
  }
  return {};
}

}  // namespace

void add_ls(CLI::App& app, Session& session) {
  const auto options = std::make_shared<Options>();
  CLI::App* verb = app.add_subcommand("ls", "List what is in a snapshot");
  add_source_options(*verb, options->source);
  verb->add_option("SNAPSHOT", options->snapshot, "Id, unique prefix, latest or latest~N");
  verb->add_option("--component", options->component, "Only this component");
  verb->add_flag("-l,--long", options->details, "Type, mode, owner, size and time as well");
  verb->footer(
      "Examples:\n  backstay ls controller.plan.yaml latest --component nova.etc -l\n"
      "  backstay ls /mnt/backups/backstay latest~1");
  verb->callback([options, &session] {
    if (const auto done = list(session, *options); !done) {
      session.fail(done.error());
    }
  });
}

}  // namespace backstay::cli
