#include "runtime/store/snapshot_changes.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "runtime/archive/list_json.hpp"
#include "runtime/archive/list_parts.hpp"
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
  std::set<std::pair<std::uint64_t, std::uint64_t>> list = {};  // the list parts, by inode
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
        side.list.emplace(status->device, status->inode);
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
    Entries before;
    Entries after;
    BACKSTAY_TRY(read_differing(from, to, before, after));
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

  // The entries whose lines are not the same on both sides. Lines come in one order, so that equal
  // ones meet; where they do not, they are entries that differ in nothing.
  Result<void> read_differing(const Side& from, const Side& to, Entries& before, Entries& after) {
    if (from.list == to.list)
      return {};
    BACKSTAY_ASSIGN(ListLines old, lines_of(from));
    BACKSTAY_ASSIGN(ListLines now, lines_of(to));
    BACKSTAY_ASSIGN(bool more_old, old.next());
    BACKSTAY_ASSIGN(bool more_now, now.next());
    while (more_old || more_now) {
      const bool same = more_old && more_now && old.line() == now.line();
      bool take_old = more_old;
      bool take_now = more_now;
      if (!same && more_old && more_now) {
        BACKSTAY_ASSIGN(const std::string path_old, path_of_line(old.line()));
        BACKSTAY_ASSIGN(const std::string path_now, path_of_line(now.line()));
        take_old = !path_before(list_key(path_now), list_key(path_old));
        take_now = !path_before(list_key(path_old), list_key(path_now));
      }
      if (!same && take_old)
        BACKSTAY_TRY(note(old.line(), before));
      if (!same && take_now)
        BACKSTAY_TRY(note(now.line(), after));
      if (take_old) {
        BACKSTAY_ASSIGN(more_old, old.next());
      }
      if (take_now) {
        BACKSTAY_ASSIGN(more_now, now.next());
      }
    }
    return {};
  }

  Result<ListLines> lines_of(const Side& side) {
    BACKSTAY_ASSIGN(auto stretches, list_stretches(request_.files, side.directory));
    return ListLines(request_.files, side.directory, std::move(stretches));
  }

  static Result<void> note(std::string_view line, Entries& entries) {
    BACKSTAY_ASSIGN(Entry entry, parse_list_line(line));
    std::string path = entry.path;
    entries.emplace(std::move(path), std::move(entry));
    return {};
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
