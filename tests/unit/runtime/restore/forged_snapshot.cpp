#include "tests/unit/runtime/restore/forged_snapshot.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/pax.hpp"
#include "runtime/archive/zstd_frames.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/sums.hpp"

namespace backstay::runtime::testing {

namespace fs = std::filesystem;

namespace {

std::string compressed(const std::string& bytes) {
  FrameCompressor compressor;
  const auto frame = compressor.compress(std::as_bytes(std::span(bytes)));
  return {reinterpret_cast<const char*>(frame.data()), frame.size()};
}

void write_file(const fs::path& path, const std::string& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

// Writes the files of a snapshot and remembers their sums.
class Writer {
 public:
  explicit Writer(std::string path) : path_(std::move(path)) {}

  void add(const std::string& name, const std::string& bytes) {
    write_file(fs::path(path_) / name, bytes);
    sums_[name] = sha256(bytes);
  }

  void finish() { write_file(fs::path(path_) / layout::kSums, to_text(sums_)); }

 private:
  std::string path_;
  Sums sums_;
};

std::string stored_pack(const Forgery& forgery, TarDialect dialect) {
  std::string tar;
  for (const ForgedMember& member : forgery.members) {
    if (!member.content.empty())
      tar += tar_member(dialect, member.entry, member.content);
  }
  if (forgery.bend_tar)
    forgery.bend_tar(tar);
  std::string stored = compressed(tar) + compressed(std::string(kTarEnd, '\0'));
  if (forgery.bend_stored)
    forgery.bend_stored(stored);
  return stored;
}

}  // namespace

std::string forge_snapshot(const Store& store, Forgery forgery, TarDialect dialect) {
  const std::string id = "00000001-20260101T000000Z-policy-host1-" + random_hex8();
  const std::string directory = "data/" + std::string(kForgedComponent) + "/";
  Writer writer(layout::snapshot(store.path, id));
  ManifestComponent component;
  component.name = kForgedComponent;
  component.kind = "files";
  for (ForgedMember& member : forgery.members) {
    Entry& entry = member.entry;
    if (entry.type != EntryType::File)
      continue;
    if (entry.size == 0)
      entry.size = member.content.size();
    if (entry.sha256 == Digest{})
      entry.sha256 = sha256(member.content);
    ++component.files;
  }
  const std::string pack = stored_pack(forgery, dialect);
  const std::string pack_name = to_hex(sha256(pack)) + ".tar.zst";
  writer.add(directory + pack_name, pack);
  std::string list;
  for (ForgedMember& member : forgery.members) {
    if (member.entry.type == EntryType::File && member.entry.size > 0 && !member.entry.large)
      member.entry.part = pack_name;
    list += to_list_line(member.entry);
    ++component.entries;
  }
  if (forgery.bend_list)
    forgery.bend_list(list);
  writer.add(directory + "list/000001.jsonl.zst", compressed(list));
  writer.add(directory + std::string(layout::kComponentFile), component_json("/forged"));
  writer.add(std::string(layout::kPlan), "plan\n");
  Manifest manifest;
  manifest.id = id;
  manifest.sequence = 1;
  manifest.policy = "policy";
  manifest.backup = "nightly";
  manifest.host = "host1";
  manifest.store = store.uuid;
  manifest.run = "run";
  manifest.started = "2026-01-01T00:00:00Z";
  manifest.finished = manifest.started;
  manifest.plan_digest = std::string(64, '0');
  manifest.components = {component};
  writer.add(std::string(layout::kManifest), to_json(manifest));
  writer.finish();
  return id;
}

std::string whole_archive(const Forgery& forgery, TarDialect dialect) {
  std::string tar;
  for (const ForgedMember& member : forgery.members) {
    Entry entry = member.entry;
    entry.size = member.content.size();
    tar += tar_member(dialect, entry, member.content);
  }
  if (forgery.bend_tar)
    forgery.bend_tar(tar);
  return tar + std::string(kTarEnd, '\0');
}

}  // namespace backstay::runtime::testing
