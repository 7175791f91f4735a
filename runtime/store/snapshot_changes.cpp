#include "runtime/store/snapshot_changes.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "runtime/archive/list_reader.hpp"
#include "runtime/archive/tree_order.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/unsealing_filesystem.hpp"

namespace backstay::runtime {

namespace {

struct ByPath {
  bool operator()(const std::string& a, const std::string& b) const { return path_before(a, b); }
};

using Entries = std::map<std::string, Entry, ByPath>;

std::string absolute(const std::string& path) {
  return path == "." ? "/" : "/" + path;
}

std::set<std::string> differences(const Entry& a, const Entry& b) {
  std::set<std::string> what;
  const auto note = [&](bool differs, const char* name) {
    if (differs)
      what.insert(name);
  };
  note(a.type != b.type, "type");
  note(a.sha256 != b.sha256 || a.size != b.size || a.link != b.link ||
           a.device_major != b.device_major || a.device_minor != b.device_minor,
       "content");
  note(a.mode != b.mode, "mode");
  note(a.uid != b.uid || a.gid != b.gid || a.user != b.user || a.group != b.group, "owner");
  note(a.mtime != b.mtime || a.mtime_ns != b.mtime_ns, "time");
  note(a.acl != b.acl || a.default_acl != b.default_acl, "acl");
  note(a.attributes != b.attributes, "attributes");
  note(a.bare != b.bare, "left out");
  return what;
}

// One component of one of the two snapshots.
struct Side {
  const ManifestComponent* component = nullptr;  // null: it does not have it
  std::string directory;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> list = {};  // inode → list part
};

class Comparing {
 public:
  Comparing(const SnapshotComparison& request, const SnapshotComparison::Visitor& visitor)
      : request_(request), visitor_(visitor) {}

  Result<void> run() {
    BACKSTAY_ASSIGN(const Manifest from, manifest(request_.from));
    BACKSTAY_ASSIGN(const Manifest to, manifest(request_.to));
    std::set<std::string> names;
    for (const Manifest* side : {&from, &to}) {
      for (const ManifestComponent& component : side->components)
        names.insert(component.name);
    }
    for (const std::string& name : names) {
      if (request_.component.empty() || request_.component == name) {
        BACKSTAY_TRY(
            compare(name, side_of(from, request_.from, name), side_of(to, request_.to, name)));
      }
    }
    return {};
  }

 private:
  Result<Manifest> manifest(const std::string& id) {
    BACKSTAY_TRY(layout::check_plain_name(id, "snapshot"));
    const std::string snapshot = layout::snapshot(request_.store.path, id);
    const std::string path = snapshot + "/" + std::string(layout::kManifest);
    BACKSTAY_ASSIGN(const std::string text, read_file(request_.files, path));
    BACKSTAY_ASSIGN(const Manifest manifest, parse_manifest(text, path));
    return whole_manifest(request_.files, snapshot, manifest);
  }

  Side side_of(const Manifest& manifest, const std::string& id, const std::string& name) {
    const auto found = std::ranges::find(manifest.components, name, &ManifestComponent::name);
    Side side{found == manifest.components.end() ? nullptr : &*found,
              layout::component(readable_path(layout::snapshot(request_.store.path, id), manifest),
                                name)};
    const auto parts = request_.files.list(side.directory + "/list");
    for (const std::string& part : parts ? *parts : std::vector<std::string>{}) {
      if (const auto status = request_.files.status(side.directory + "/list/" + part))
        side.list.emplace(std::pair(status->device, status->inode), part);
    }
    return side;
  }

  Result<void> tell(ChangeKind kind,
                    const std::string& component,
                    std::string path,
                    std::set<std::string> what = {}) {
    return visitor_({kind, component, std::move(path), std::move(what)});
  }

  Result<void> compare(const std::string& name, const Side& from, const Side& to) {
    BACKSTAY_TRY(compare_streams(name, from, to));
    BACKSTAY_ASSIGN(const Entries before, entries(from, to));
    BACKSTAY_ASSIGN(const Entries after, entries(to, from));
    auto old = before.begin();
    for (const auto& [path, entry] : after) {
      for (; old != before.end() && path_before(old->first, path); ++old)
        BACKSTAY_TRY(tell(ChangeKind::Removed, name, absolute(old->first)));
      if (old == before.end() || old->first != path) {
        BACKSTAY_TRY(tell(ChangeKind::Added, name, absolute(path)));
        continue;
      }
      auto what = differences(old->second, entry);
      ++old;
      if (!what.empty())
        BACKSTAY_TRY(tell(ChangeKind::Changed, name, absolute(path), std::move(what)));
    }
    for (; old != before.end(); ++old)
      BACKSTAY_TRY(tell(ChangeKind::Removed, name, absolute(old->first)));
    return {};
  }

  // Those in list parts that the other side does not have.
  Result<Entries> entries(const Side& side, const Side& other) {
    std::vector<std::string> names;
    for (const auto& [inode, name] : side.list) {
      if (!other.list.contains(inode))
        names.push_back(name);
    }
    Entries entries;
    BACKSTAY_TRY(
        read_list_parts(request_.files, side.directory, names, [&](Entry&& entry) -> Result<void> {
          std::string path = entry.path;
          entries.emplace(std::move(path), std::move(entry));
          return {};
        }));
    return entries;
  }

  Result<void> compare_streams(const std::string& name, const Side& from, const Side& to) {
    const auto streams = [](const Side& side) {
      std::map<std::string, Digest> found;
      if (side.component == nullptr)
        return found;
      for (const ManifestStream& stream : side.component->streams)
        found.emplace(stream.name, stream.sha256);
      return found;
    };
    const auto before = streams(from);
    const auto after = streams(to);
    for (const auto& [stream, digest] : after) {
      const auto old = before.find(stream);
      if (old == before.end()) {
        BACKSTAY_TRY(tell(ChangeKind::Added, name, stream));
      } else if (old->second != digest) {
        BACKSTAY_TRY(tell(ChangeKind::Changed, name, stream, {"content"}));
      }
    }
    for (const auto& [stream, digest] : before) {
      if (!after.contains(stream))
        BACKSTAY_TRY(tell(ChangeKind::Removed, name, stream));
    }
    return {};
  }

  const SnapshotComparison& request_;
  const SnapshotComparison::Visitor& visitor_;
};

}  // namespace

Result<void> SnapshotComparison::run(const Visitor& visitor) const {
  return Comparing(*this, visitor).run();
}

}  // namespace backstay::runtime
