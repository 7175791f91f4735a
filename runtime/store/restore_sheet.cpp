#include "runtime/store/restore_sheet.hpp"

#include <algorithm>
#include <utility>

#include "runtime/archive/list_reader.hpp"
#include "runtime/archive/list_writer.hpp"
#include "runtime/archive/shell_commands.hpp"
#include "runtime/store/import_sheet.hpp"
#include "runtime/store/layout.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kHead = R"(
# To restore by hand, as root, in this directory:
#
#   ROOT=/restored sh RESTORE.txt
#
# puts the files below ROOT (0700 while it works; `ROOT=/` overwrites the machine's own). Databases are
# written to ROOT as files. Those of MariaDB are imported too where a variable says how their server is
# reached (see the end); other imports stand here as comments, behind `then`. Or follow the commands one by
# one. Needed: sha256sum, tar, zstd, dd (and mariadb for databases).

set -eu
: "${ROOT:?says where to restore to}"
case $ROOT in /*) ;; *) ROOT=$PWD/$ROOT ;; esac
umask 077
mkdir -p "$ROOT"

# Every byte is what was written:
sha256sum --quiet --strict -c SHA256SUMS

extract() {  # extract PACK: keeps owners by name, modes, times, ACLs and attributes
    if [ -e "${1%.tar.zst}.dead.zst" ]; then  # some of it does not belong to this snapshot
        zstd -dcq "${1%.tar.zst}.dead.zst" |
            LC_ALL=C tar -C "$ROOT" --zstd -xp --same-owner --acls --xattrs --xattrs-include='*' \
                --delay-directory-restore --anchored --wildcards --no-recursion -X - -f "$1"
    else
        tar -C "$ROOT" --zstd -xp --same-owner --acls --xattrs --xattrs-include='*' \
            --delay-directory-restore -f "$1"
    fi
}

packs() {  # the packs of the component that one is in
    for pack in [0-9a-f]*.tar.zst; do extract "$pack"; done
}

join() {  # join PARTS: the content that a list of segments stands for
    while read -r segment; do zstd -dcq "$segment"; done < "$1"
}

)";

// Behind it a sheet names what its snapshot holds.
constexpr std::string_view kCommandsMark = "# What it holds, in the order of a restore:\n";

std::string files_commands(const SheetComponent& component) {
  std::string text;
  if (component.packs)
    text += "packs\n";
  if (component.large_archive)
    text += "extract " + std::string(kLargeArchive) + "\n" + component.large_commands;
  if (component.meta_archive)
    text += "extract " + std::string(kMetaArchive) + "\n";
  return text;
}

// What a component that can be read holds.
Result<SheetComponent> look_at(Filesystem& files,
                               const std::string& directory,
                               const ManifestComponent& manifest) {
  SheetComponent component{.manifest = &manifest};
  BACKSTAY_ASSIGN(const std::string described,
                  read_file(files, directory + "/" + std::string(layout::kComponentFile)));
  BACKSTAY_ASSIGN(component.source, parse_component_json(described));
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  for (const std::string& name : names)
    component.note(name);
  if (component.large_archive) {
    BACKSTAY_TRY(read_list(files, directory, [&](Entry&& entry) -> Result<void> {
      if (entry.large)
        component.large_commands += large_file_commands(entry);
      return {};
    }));
  }
  return component;
}

std::string stream_commands(const ManifestComponent& component, const std::string& source) {
  std::string text = "mkdir -p \"$ROOT\"/backstay-streams\n";
  for (const ManifestStream& stream : component.streams) {
    const std::string place = "\"$ROOT\"/backstay-streams/" + component.name + "." + stream.name;
    text += "join " + stream.name + ".parts > " + place + "\n";
    text += "echo \"" + to_hex(stream.sha256) + "  $ROOT/backstay-streams/" + component.name + "." +
            stream.name + "\" | sha256sum --quiet --strict -c -\n";
    if (component.kind == "mariadb-physical") {
      text += physical_commands(place);
    } else if (component.kind == "postgresql-globals") {
      text += "# then: psql --dbname=postgres < " + place + "\n";
    } else if (component.kind == "postgresql-database") {
      text += "# then: pg_restore --create --exit-on-error --dbname=postgres " + place + "\n";
    } else if (component.kind == "sqlite") {
      text +=
          "# then, with its users stopped: install " + place + " " + shell_quoted(source) + "\n";
    }
  }
  return text;
}

// A line of a comment must stay one.
std::string in_comment(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return text;
}

}  // namespace

void SheetComponent::note(const std::string& part) {
  large_archive = large_archive || part == kLargeArchive;
  meta_archive = meta_archive || part == kMetaArchive;
  packs = packs || (part.size() > 64 && part.ends_with(kPackSuffix));
}

std::string restore_commands(std::vector<SheetComponent> components,
                             const std::vector<std::string>& order) {
  std::ranges::stable_sort(components, {}, [&](const SheetComponent& component) {
    return std::ranges::find(order, component.manifest->name) - order.begin();
  });
  std::string text;
  for (const SheetComponent& component : components) {
    const ManifestComponent& manifest = *component.manifest;
    text += "\n# " + manifest.name + " (" + manifest.kind + "): " + in_comment(component.source) +
            "\ncd data/" + manifest.name + "\n" + files_commands(component);
    if (!manifest.streams.empty())
      text += stream_commands(manifest, component.source);
    text += "cd ../..\n";
  }
  return text + import_commands(components);
}

std::string sheet_title(const Manifest& manifest) {
  std::string text = "# " + manifest.id + ": policy " + manifest.policy + " on " + manifest.host +
                     ", " + manifest.started + ", " + (manifest.partial ? "PARTIAL" : "complete") +
                     "\n";
  for (const std::string& name : manifest.failed)
    text += "# NOT in it, because it failed: " + name + "\n";
  return text;
}

std::string commands_of_sheet(const std::string& sheet) {
  const std::size_t mark = sheet.find(kCommandsMark);
  return mark == std::string::npos ? std::string() : sheet.substr(mark + kCommandsMark.size());
}

Result<std::string> restore_sheet(Filesystem& files,
                                  const std::string& path,
                                  const Manifest& manifest,
                                  const std::vector<std::string>& order) {
  std::vector<SheetComponent> components;
  for (const ManifestComponent& component : manifest.components) {
    BACKSTAY_ASSIGN(SheetComponent found,
                    look_at(files, layout::component(path, component.name), component));
    components.push_back(std::move(found));
  }
  return sheet_title(manifest) + std::string(kHead) + std::string(kCommandsMark) +
         restore_commands(std::move(components), order);
}

}  // namespace backstay::runtime
