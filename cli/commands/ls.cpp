// backstay ls: what is in a snapshot.
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands/commands.hpp"
#include "cli/render/json_text.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/suggest.hpp"
#include "runtime/archive/list_reader.hpp"

namespace backstay::cli {
namespace {

using runtime::Entry;
using runtime::EntryType;

struct LsOptions {
  SourceOptions source;
  std::string snapshot = "latest";
  std::string component;
  std::string format = "text";
  bool details = false;
};

std::string_view type_word(EntryType type) {
  switch (type) {
    case EntryType::File:
      return "file";
    case EntryType::HardLink:
      return "hard-link";
    case EntryType::Directory:
      return "directory";
    case EntryType::Symlink:
      return "symlink";
    case EntryType::Fifo:
      return "fifo";
    case EntryType::CharacterDevice:
      return "character-device";
    case EntryType::BlockDevice:
      return "block-device";
  }
  return "";
}

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

std::chrono::sys_seconds modified(const Entry& entry) {
  return std::chrono::sys_seconds(std::chrono::seconds(entry.mtime));
}

std::string line_of(const std::string& component, const Entry& entry, bool details) {
  std::string name = (entry.path == "." ? "/" : "/" + one_line(entry.path));
  name += entry.type == EntryType::Directory && entry.path != "." ? "/" : "";
  name += entry.bare ? "  (left out: an empty directory)" : "";
  if (!details) {
    return fmt::format("{}  {}", component, name);
  }
  if (entry.type == EntryType::Symlink) {
    name += " -> " + one_line(entry.link);
  } else if (entry.type == EntryType::HardLink) {
    name += " = /" + one_line(entry.link);
  }
  return fmt::format("{}  {}{:04o} {}:{} {:>12} {:%Y-%m-%dT%H:%M:%SZ}  {}", component,
                     letter_of(entry.type), entry.mode,
                     entry.user.empty() ? std::to_string(entry.uid) : entry.user,
                     entry.group.empty() ? std::to_string(entry.gid) : entry.group, entry.size,
                     modified(entry), name);
}

// Names need not be UTF-8; what is not is replaced.
std::string to_line(const nlohmann::ordered_json& json) {
  return json_line(json);
}

std::string json_of(const std::string& component, const Entry& entry) {
  return to_line({{"component", component},
                  {"path", entry.path == "." ? "/" : "/" + entry.path},
                  {"type", type_word(entry.type)},
                  {"mode", fmt::format("{:04o}", entry.mode)},
                  {"uid", entry.uid},
                  {"gid", entry.gid},
                  {"user", entry.user},
                  {"group", entry.group},
                  {"size", entry.size},
                  {"modified", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", modified(entry))},
                  {"link", entry.link},
                  {"left_out", entry.bare}});
}

std::string json_of(const runtime::ComponentInfo& component) {
  return to_line({{"component", component.name},
                  {"kind", component.kind},
                  {"source", component.source},
                  {"size", component.plain_bytes}});
}

/// Prints entries: lines of text, or the elements of a JSON list.
class Printer {
 public:
  Printer(Session& session, const LsOptions& options) : session_(session), options_(options) {}

  void begin(const std::string& snapshot) {
    if (json()) {
      out_ = fmt::format("{{\"schema_version\": 1, \"snapshot\": \"{}\", \"entries\": [", snapshot);
    }
  }

  void add(const runtime::ComponentInfo& component) {
    line(json() ? json_of(component)
                : fmt::format("{}  {} ({}, {} bytes)", component.name, one_line(component.source),
                              component.kind, component.plain_bytes));
  }

  void add(const std::string& component, const Entry& entry) {
    line(json() ? json_of(component, entry) : line_of(component, entry, options_.details));
  }

  void end() {
    session_.print(out_ + (json() ? "\n]}\n" : ""));
    out_.clear();
  }

 private:
  static constexpr std::size_t kChunk = std::size_t{1} << 20U;  // lists may be long

  [[nodiscard]] bool json() const { return options_.format == "json"; }

  void line(const std::string& text) {
    out_ += json() ? (first_ ? "\n" : ",\n") + text : text + "\n";
    first_ = false;
    if (out_.size() > kChunk) {
      session_.print(out_);
      out_.clear();
    }
  }

  Session& session_;
  const LsOptions& options_;
  std::string out_;
  bool first_ = true;
};

Result<void> list_component(Printer& printer,
                            runtime::Filesystem& files,
                            const runtime::SnapshotReader& snapshot,
                            const runtime::ComponentInfo& component) {
  if (component.kind != "files") {
    printer.add(component);
    return {};
  }
  return runtime::read_list(files, snapshot.component_directory(component.name),
                            [&](Entry&& entry) -> Result<void> {
                              printer.add(component.name, entry);
                              return {};
                            });
}

Result<void> list(Session& session, const LsOptions& options) {
  runtime::RealFilesystem files;
  BACKSTAY_ASSIGN(const auto source, open_source(files, options.source));
  runtime::RealCommandRunner commands;
  runtime::Filesystem& there = source.files(files);
  BACKSTAY_ASSIGN(const auto opened, open_sealed_files(there, commands, source.identity));
  BACKSTAY_ASSIGN(const auto summary,
                  runtime::find_snapshot(there, source.store, source.filter, options.snapshot));
  BACKSTAY_ASSIGN(const auto reader, runtime::open_snapshot(*opened, source.store, summary.id));
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
  Printer printer(session, options);
  printer.begin(summary.id);
  for (const auto& component : reader->components()) {
    if (options.component.empty() || component.name == options.component) {
      BACKSTAY_TRY(list_component(printer, *opened, *reader, component));
    }
  }
  printer.end();
  return {};
}

}  // namespace

void add_ls(CLI::App& app, Session& session) {
  const auto options = std::make_shared<LsOptions>();
  CLI::App* verb = app.add_subcommand("ls", "List what is in a snapshot");
  add_source_options(*verb, options->source);
  add_from_option(*verb, options->source);
  add_identity_option(*verb, options->source);
  verb->add_option("SNAPSHOT", options->snapshot,
                   "Id, unique prefix, latest, latest~N or @DATE (default: latest)");
  verb->add_option("--component", options->component, "Only this component");
  verb->add_flag("-l,--long", options->details, "Type, mode, owner, size and time as well");
  verb->add_option("-f,--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
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
