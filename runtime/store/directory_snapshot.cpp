// A committed snapshot in a directory store.
#include <algorithm>
#include <utility>

#include "compiler/plan/plan_yaml.hpp"
#include "runtime/archive/part_file.hpp"
#include "runtime/archive/segment_reader.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/store/unsealing_filesystem.hpp"

namespace backstay::runtime {

Result<void> SnapshotReader::each_entry(const std::string& /*component*/,
                                        const EntryVisitor& /*visitor*/) {
  return {};
}

Result<void> SnapshotReader::each_entry_near(const std::string& component,
                                             const std::string& /*top*/,
                                             const EntryVisitor& visitor) {
  return each_entry(component, visitor);
}

Result<void> SnapshotReader::each_entry_where(const std::string& component,
                                              const LineFilter& /*wanted*/,
                                              const EntryVisitor& visitor) {
  return each_entry(component, visitor);
}

std::string SnapshotReader::component_directory(const std::string& /*component*/) const {
  return {};
}

std::string SnapshotReader::store_path() const {
  return {};
}

namespace {

class DirectorySnapshot final : public SnapshotReader {
 public:
  DirectorySnapshot(Filesystem& files, std::string store, Manifest manifest)
      : files_(files),
        store_(std::move(store)),
        path_(readable_path(layout::snapshot(store_, manifest.id), manifest)),
        manifest_(std::move(manifest)) {}

  // Takes what the list of components needs from their directories.
  Result<void> load() {
    for (const ManifestComponent& component : manifest_.components) {
      BACKSTAY_TRY(layout::check_plain_name(component.name, "component"));
      BACKSTAY_ASSIGN(const std::string text,
                      read_file(files_, component_directory(component.name) + "/" +
                                            std::string(layout::kComponentFile)));
      BACKSTAY_ASSIGN(std::string source, parse_component_json(text));
      components_.push_back({component.name,
                             component.kind,
                             std::move(source),
                             {component.facts},
                             component.plain_bytes,
                             component.stored_bytes,
                             component.entries});
    }
    return {};
  }

  [[nodiscard]] const std::string& id() const override { return manifest_.id; }

  [[nodiscard]] bool partial() const override { return manifest_.partial; }

  [[nodiscard]] SealKey seal() const override { return manifest_.seal; }

  [[nodiscard]] const std::vector<ComponentInfo>& components() const override {
    return components_;
  }

  [[nodiscard]] std::vector<RecordedUnit> units() const override { return manifest_.units; }

  [[nodiscard]] const ComponentInfo* component(const std::string& name) const override {
    const auto found = std::ranges::find(components_, name, &ComponentInfo::name);
    return found == components_.end() ? nullptr : &*found;
  }

  [[nodiscard]] bool has_stream(const std::string& component,
                                const std::string& name) const override {
    return find_stream(component, name) != nullptr;
  }

  Result<std::unique_ptr<StreamReader>> open_stream(const std::string& component,
                                                    const std::string& name) override {
    const ManifestStream* stream = find_stream(component, name);
    if (stream == nullptr) {
      return Error{
          .kind = ErrorKind::NotFound,
          .message = "snapshot `" + id() + "` has no `" + name + "` in `" + component + "`"};
    }
    const std::string directory = component_directory(component);
    BACKSTAY_ASSIGN(auto segments, read_parts(files_, directory + "/" + name + kPartsSuffix));
    return std::unique_ptr<StreamReader>(std::make_unique<SegmentReader>(
        files_, directory, std::move(segments), StreamExpectation{stream->size, stream->sha256},
        id() + ": " + component + "/" + name));
  }

  Result<std::string> plan_bytes() override {
    return read_file(files_, path_ + "/" + std::string(layout::kPlan), plan::kLargestPlan);
  }

  Result<void> each_entry(const std::string& component, const EntryVisitor& visitor) override {
    return named(component, read_list(files_, component_directory(component), visitor));
  }

  Result<void> each_entry_near(const std::string& component,
                               const std::string& top,
                               const EntryVisitor& visitor) override {
    return named(component, read_list_near(files_, component_directory(component), top, visitor));
  }

  Result<void> each_entry_where(const std::string& component,
                                const LineFilter& wanted,
                                const EntryVisitor& visitor) override {
    return named(component,
                 read_list_where(files_, component_directory(component), wanted, visitor));
  }

  [[nodiscard]] std::string store_path() const override { return store_; }

  [[nodiscard]] std::string component_directory(const std::string& component) const override {
    return layout::component(path_, component);
  }

 private:
  [[nodiscard]] Result<void> named(const std::string& component, Result<void> read) const {
    if (read)
      return {};
    return std::move(read).error().while_doing("reading `" + component + "` of snapshot `" + id() +
                                               "`");
  }

  [[nodiscard]] const ManifestStream* find_stream(const std::string& component,
                                                  const std::string& name) const {
    const auto owner = std::ranges::find(manifest_.components, component, &ManifestComponent::name);
    if (owner == manifest_.components.end())
      return nullptr;
    const auto stream = std::ranges::find(owner->streams, name, &ManifestStream::name);
    return stream == owner->streams.end() ? nullptr : &*stream;
  }

  Filesystem& files_;
  std::string store_;
  std::string path_;  // where its content is read
  Manifest manifest_;
  std::vector<ComponentInfo> components_;
};

Error not_what_was_written(const std::string& id, const std::string& file) {
  return Error{.kind = ErrorKind::Verification,
               .message = "snapshot `" + id + "`: `" + file + "` is not what was written",
               .hint = "use another snapshot or copy"};
}

}  // namespace

Result<std::unique_ptr<SnapshotReader>> open_snapshot(Filesystem& files,
                                                      const Store& store,
                                                      const std::string& id) {
  BACKSTAY_TRY(layout::check_plain_name(id, "snapshot"));
  const std::string path = layout::snapshot(store.path, id);
  BACKSTAY_ASSIGN(const bool there, is_there(files, path));
  if (!there) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = "there is no snapshot `" + id + "` in `" + store.path + "`",
                 .hint = "`backstay list` shows what is there"};
  }
  BACKSTAY_ASSIGN(const std::string sums_text,
                  read_file(files, path + "/" + std::string(layout::kSums)));
  BACKSTAY_ASSIGN(const Sums sums, parse_sums(sums_text));
  const std::string manifest_path = path + "/" + std::string(layout::kManifest);
  BACKSTAY_ASSIGN(const std::string text, read_file(files, manifest_path));
  const auto sum = sums.find(std::string(layout::kManifest));
  if (sum == sums.end() || sum->second != sha256(text)) {
    return not_what_was_written(id, std::string(layout::kManifest));
  }
  BACKSTAY_ASSIGN(Manifest manifest, parse_manifest(text, manifest_path));
  if (manifest.id != id)
    return not_what_was_written(id, "its name");
  BACKSTAY_TRY(check_snapshot_signature(files, store, path, {text, manifest, sums}));
  BACKSTAY_ASSIGN(manifest, whole_manifest(files, path, manifest));
  auto snapshot = std::make_unique<DirectorySnapshot>(files, store.path, std::move(manifest));
  BACKSTAY_TRY(snapshot->load());
  return std::unique_ptr<SnapshotReader>(std::move(snapshot));
}

}  // namespace backstay::runtime
