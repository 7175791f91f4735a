#include "runtime/store/restore_sheet.hpp"

#include <algorithm>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/list_reader.hpp"
#include "runtime/archive/list_writer.hpp"
#include "runtime/store/layout.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kHead = R"(
# To restore by hand, as root, in this directory:
#
#   ROOT=/restored sh RESTORE.txt
#
# puts the files below ROOT (0700 while it works; `ROOT=/` overwrites the machine's own). Databases are
# written to ROOT as files; the commands that import them stand here as comments. Or follow the commands
# one by one. Needed: sha256sum, tar, zstd, dd (and mariadb for databases).

set -eu
: "${ROOT:?says where to restore to}"
umask 077
mkdir -p "$ROOT"

# Every byte is what was written:
sha256sum --quiet --strict -c SHA256SUMS

extract() {  # extract PACK: keeps owners by name, modes, times, ACLs and attributes
    if [ -e "${1%.tar.zst}.live.zst" ]; then  # not all of it belongs to this snapshot
        zstd -dcq "${1%.tar.zst}.live.zst" |
            tar -C "$ROOT" --zstd -xp --same-owner --acls --xattrs --xattrs-include='*' \
                --delay-directory-restore --no-unquote --null -T - -f "$1"
    else
        tar -C "$ROOT" --zstd -xp --same-owner --acls --xattrs --xattrs-include='*' \
            --delay-directory-restore -f "$1"
    fi
}

join() {  # join PARTS: the content that a list of segments stands for
    while read -r segment; do zstd -dcq "$segment"; done < "$1"
}
)";

std::string pax_decimal(const Entry& entry) {
  // GNU touch reads `@-1.5` as one and a half seconds before 1970, as pax writes it.
  std::int64_t seconds = entry.mtime;
  std::uint32_t ns = entry.mtime_ns;
  const bool negative = seconds < 0;
  if (negative && ns > 0) {
    ++seconds;
    ns = 1'000'000'000U - ns;
  }
  const std::string digits = std::to_string(ns);
  return (negative ? "-" : "") + std::to_string(negative ? -seconds : seconds) + "." +
         std::string(9 - digits.size(), '0') + digits;
}

std::string large_file(const Entry& entry) {
  const std::string place = "\"$ROOT\"/" + shell_quoted(entry.path);
  std::string text = "join " + entry.part + " | dd of=" + place +
                     " bs=1M iflag=fullblock conv=notrunc,sparse status=none\n" + "truncate -s " +
                     std::to_string(entry.size) + " " + place + "\n";
  for (const ExtendedAttribute& attribute : entry.attributes) {
    // Writing to a file takes its capabilities away.
    if (attribute.name != "security.capability")
      continue;
    text +=
        "setfattr -n security.capability -v 0s" + to_base64(attribute.value) + " " + place + "\n";
  }
  return text + "touch -m -d @" + pax_decimal(entry) + " " + place + "\n";
}

Result<std::string> files_commands(Filesystem& files, const std::string& directory) {
  std::string text;
  bool packs = false;
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  for (const std::string& name : names) {
    packs = packs || (name.size() > 64 && name.ends_with(".tar.zst") && name != kLargeArchive);
  }
  if (packs)
    text += "for pack in [0-9a-f]*.tar.zst; do extract \"$pack\"; done\n";
  BACKSTAY_ASSIGN(const bool large, is_there(files, directory + "/" + kLargeArchive));
  if (large) {
    text += "extract " + std::string(kLargeArchive) + "\n";
    BACKSTAY_TRY(read_list(files, directory, [&](Entry&& entry) -> Result<void> {
      if (entry.large)
        text += large_file(entry);
      return {};
    }));
  }
  BACKSTAY_ASSIGN(const bool meta, is_there(files, directory + "/" + kMetaArchive));
  if (meta)
    text += "extract " + std::string(kMetaArchive) + "\n";
  return text;
}

// Routines and triggers come after the rows that they would fire on.
std::vector<ManifestStream> in_import_order(std::vector<ManifestStream> streams) {
  std::ranges::stable_sort(
      streams, {}, [](const ManifestStream& stream) { return stream.name.starts_with("code."); });
  return streams;
}

std::string stream_commands(const ManifestComponent& component, const std::string& source) {
  std::string text = "mkdir -p \"$ROOT\"/backstay-streams\n";
  for (const ManifestStream& stream : in_import_order(component.streams)) {
    const std::string place = "\"$ROOT\"/backstay-streams/" + component.name + "." + stream.name;
    text += "join " + stream.name + ".parts > " + place + "\n";
    text += "echo \"" + to_hex(stream.sha256) + "  $ROOT/backstay-streams/" + component.name + "." +
            stream.name + "\" | sha256sum --quiet --strict -c -\n";
    if (component.kind.starts_with("mariadb")) {
      text += "# then: mariadb --binary-mode --comments < " + place + "\n";
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

// By the order of the restore; what that does not name follows by name.
std::vector<const ManifestComponent*> ordered(const Manifest& manifest,
                                              const std::vector<std::string>& order) {
  std::vector<const ManifestComponent*> components;
  for (const ManifestComponent& component : manifest.components)
    components.push_back(&component);
  std::ranges::stable_sort(components, {}, [&](const ManifestComponent* component) {
    return std::ranges::find(order, component->name) - order.begin();
  });
  return components;
}

// A line of a comment must stay one.
std::string in_comment(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, '?');
  return text;
}

}  // namespace

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

Result<std::string> restore_sheet(Filesystem& files,
                                  const std::string& path,
                                  const Manifest& manifest,
                                  const std::vector<std::string>& order) {
  std::string text = "# " + manifest.id + ": policy " + manifest.policy + " on " + manifest.host +
                     ", " + manifest.started + ", " + (manifest.partial ? "PARTIAL" : "complete") +
                     "\n";
  for (const std::string& name : manifest.failed)
    text += "# NOT in it, because it failed: " + name + "\n";
  text += kHead;
  for (const ManifestComponent* component : ordered(manifest, order)) {
    const std::string directory = layout::component(path, component->name);
    BACKSTAY_ASSIGN(const std::string described,
                    read_file(files, directory + "/" + std::string(layout::kComponentFile)));
    BACKSTAY_ASSIGN(const std::string source, parse_component_json(described));
    text += "\n# " + component->name + " (" + component->kind + "): " + in_comment(source) + "\n";
    text += "cd data/" + component->name + "\n";
    BACKSTAY_ASSIGN(const std::string commands, files_commands(files, directory));
    text += commands;
    if (!component->streams.empty())
      text += stream_commands(*component, source);
    text += "cd ../..\n";
  }
  return text;
}

}  // namespace backstay::runtime
