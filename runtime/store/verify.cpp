#include "runtime/store/verify.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

#include "runtime/store/content_check.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/parallel.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/store/unsealing_filesystem.hpp"

namespace backstay::runtime {

namespace {

// What a tree holds, relative to it.
struct Found {
  std::set<std::string> files;
  std::set<std::string> others;  // links and the like: not of ours, though what they lead to may be
};

Result<void> collect(Filesystem& files,
                     const std::string& root,
                     const std::string& below,
                     Found& found) {
  BACKSTAY_ASSIGN(const auto names, files.list(below.empty() ? root : root + "/" + below));
  for (const std::string& name : names) {
    const std::string path = below.empty() ? name : below + "/" + name;
    BACKSTAY_ASSIGN(const FileStatus status, files.status(root + "/" + path));
    if (status.type == FileType::Directory) {
      BACKSTAY_TRY(collect(files, root, path, found));
    } else {
      (status.type == FileType::Regular ? found.files : found.others).insert(path);
    }
  }
  return {};
}

// `data/nova.etc/…` → `nova.etc`; empty for the papers.
std::string component_of(const std::string& path) {
  constexpr std::string_view kData = "data/";
  if (!path.starts_with(kData))
    return {};
  return path.substr(kData.size(), path.find('/', kData.size()) - kData.size());
}

class SnapshotVerification {
 public:
  SnapshotVerification(Filesystem& files,
                       const Store& store,
                       const VerifyRequest& request,
                       std::stop_token stop)
      : files_(files),
        store_(store),
        request_(request),
        path_(layout::snapshot(store.path, request.snapshot)),
        stop_(std::move(stop)) {}

  Result<VerifyReport> run() {
    BACKSTAY_ASSIGN(const bool there, is_there(files_, path_));
    if (!there) {
      return Error{
          .kind = ErrorKind::NotFound,
          .message = "there is no snapshot `" + request_.snapshot + "` in `" + store_.path + "`"};
    }
    if (!check_papers())
      return report_;
    check_chain();
    BACKSTAY_TRY(check_set());
    report_.level = std::min(request_.level, 1);
    // Why first: what is decoded is hashed on the way, and not read a second time for it.
    if (request_.level >= 2)
      BACKSTAY_TRY(check_inside());
    if (request_.level >= 1)
      BACKSTAY_TRY(check_stored());
    std::ranges::sort(report_.problems);
    return report_;
  }

 private:
  void problem(const std::string& component, const std::string& what) {
    const std::lock_guard guard(mutex_);
    report_.problems.push_back("snapshot `" + request_.snapshot + "`" +
                               (component.empty() ? "" : ", component `" + component + "`") + ": " +
                               what);
  }

  [[nodiscard]] bool in_scope(const std::string& path) const {
    const std::string component = component_of(path);
    return request_.components.empty() || component.empty() ||
           request_.components.contains(component);
  }

  // Manifest and sums can be read and agree; without them nothing else can be said.
  bool check_papers() {
    auto sums_text = read_file(files_, path_ + "/" + std::string(layout::kSums));
    auto sums = sums_text ? parse_sums(*sums_text) : Result<Sums>(sums_text.error());
    auto text = read_file(files_, path_ + "/" + std::string(layout::kManifest));
    auto manifest = text ? parse_manifest(*text, std::string(layout::kManifest))
                         : Result<Manifest>(text.error());
    if (!sums)
      problem({}, sums.error().message);
    if (!manifest)
      problem({}, manifest.error().message);
    if (!sums || !manifest)
      return false;
    sums_ = std::move(*sums);
    manifest_ = std::move(*manifest);
    const auto sum = sums_.find(std::string(layout::kManifest));
    if (sum == sums_.end() || sum->second != sha256(*text)) {
      problem({}, "`manifest.json` is not what was written");
    }
    if (manifest_.id != request_.snapshot)
      problem({}, "the manifest is of snapshot `" + manifest_.id + "`");
    if (const auto checked =
            check_snapshot_signature(files_, store_, path_, {*text, manifest_, sums_});
        !checked)
      problem({}, checked.error().message);
    return true;
  }

  // The predecessor's manifest has the hash that ours names. One that was removed leaves a gap,
  // which retention's tombstones explain.
  void check_chain() {
    if (manifest_.previous.empty() || !layout::is_plain_name(manifest_.previous))
      return;
    const auto text = read_file(files_, layout::snapshot(store_.path, manifest_.previous) + "/" +
                                            std::string(layout::kManifest));
    if (text && to_hex(sha256(*text)) != manifest_.previous_manifest) {
      problem({}, "the manifest of its predecessor `" + manifest_.previous + "` changed since");
    }
    if (!text)
      check_gap();
  }

  // Where records are signed, a predecessor that is gone without one was taken away by a stranger.
  // A copy has the chain of its source, and not all of its points.
  void check_gap() {
    if (store_.signing == nullptr || !store_.signing->believes() ||
        manifest_.store != store_.uuid ||
        exists(files_, layout::snapshot(store_.path, manifest_.previous)))
      return;
    const auto stones = read_records(files_, store_, manifest_.previous, "tombstone");
    if (stones && stones->empty()) {
      problem({}, "its predecessor `" + manifest_.previous +
                      "` is gone, and no signed record says that it was pruned");
    }
  }

  // Exactly the files of SHA256SUMS, no more, no fewer; the sizes that the manifest names.
  Result<void> check_set() {
    Found found;
    BACKSTAY_TRY(collect(files_, path_, {}, found));
    for (const std::string& path : found.others)
      problem(component_of(path), "`" + path + "` is no regular file");
    found.files.erase(std::string(layout::kSums));
    for (const auto& [path, digest] : sums_) {
      if (!found.files.contains(path))
        problem(component_of(path), "`" + path + "` is missing");
    }
    for (const std::string& path : found.files) {
      if (!sums_.contains(path))
        problem(component_of(path), "`" + path + "` does not belong to it");
    }
    for (const ManifestComponent& component : manifest_.components) {
      BACKSTAY_TRY(check_size(component));
    }
    return {};
  }

  Result<void> check_size(const ManifestComponent& component) {
    const std::string prefix = "data/" + component.name + "/";
    std::uint64_t stored = 0;
    for (auto at = sums_.lower_bound(prefix); at != sums_.end() && at->first.starts_with(prefix);
         ++at) {
      if (at->first.starts_with(prefix + std::string(layout::kComponentFile)))
        continue;
      const auto status = files_.status(path_ + "/" + at->first);
      stored += status ? status->size : 0;
    }
    if (stored != component.stored_bytes) {
      problem(component.name, "it has " + std::to_string(stored) + " stored bytes instead of " +
                                  std::to_string(component.stored_bytes));
    }
    return {};
  }

  Result<void> check_stored() {
    std::vector<std::pair<std::string, Digest>> wanted;
    for (const auto& [path, digest] : sums_) {
      if (in_scope(path) && !request_.proven.contains(path))
        wanted.emplace_back(path, digest);
    }
    std::atomic<std::uint64_t> bytes = 0;
    BACKSTAY_TRY(for_each_parallel(
        wanted.size(),
        [&](std::size_t i) -> Result<void> {
          const auto& [path, digest] = wanted[i];
          const auto stored = hashes_.of(files_, path_ + "/" + path);
          if (!stored) {
            problem(component_of(path), stored.error().message);
          } else if (stored->sha256 != digest) {
            problem(component_of(path), "`" + path + "` is damaged: its SHA-256 differs");
            const std::lock_guard guard(mutex_);
            report_.damaged.push_back(path);
          }
          if (stored)
            bytes += stored->size;
          return {};
        },
        stop_));
    report_.stored_bytes = bytes;
    return {};
  }

  // Level 2, where what is inside can be read.
  Result<void> check_inside() {
    if (manifest_.seal.seals() && !request_.has_identity) {
      report_.not_proven = "what is inside: " + needs_identity("it", manifest_.seal).message;
      return {};
    }
    auto whole = whole_manifest(files_, path_, manifest_);
    if (!whole && whole.error().kind != ErrorKind::Verification &&
        whole.error().kind != ErrorKind::BadInput)
      return std::move(whole).error();
    report_.level = 2;
    if (!whole) {
      problem({}, whole.error().message);
      return {};
    }
    manifest_ = std::move(*whole);
    return check_content();
  }

  Result<void> check_content() {
    const std::string inside = readable_path(path_, manifest_);
    for (const ManifestComponent& component : manifest_.components) {
      if (!request_.components.empty() && !request_.components.contains(component.name))
        continue;
      const ContentCheck check{.files = files_,
                               .directory = layout::component(inside, component.name),
                               .component = component,
                               // Of a sealed one other bytes are read here than are stored.
                               .hashes = manifest_.seal.seals() ? nullptr : &hashes_,
                               .stop = stop_};
      BACKSTAY_ASSIGN(const ContentReport content, check.run());
      for (const std::string& what : content.problems)
        problem(component.name, what);
      report_.files += content.files;
    }
    return {};
  }

  Filesystem& files_;
  const Store& store_;
  const VerifyRequest& request_;
  std::string path_;
  std::stop_token stop_;
  Sums sums_;
  Manifest manifest_;
  StoredHashes own_hashes_;
  StoredHashes& hashes_ = request_.hashes != nullptr ? *request_.hashes : own_hashes_;
  std::mutex mutex_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify_snapshot(Filesystem& files,
                                     const Store& store,
                                     const VerifyRequest& request,
                                     std::stop_token stop) {
  BACKSTAY_TRY(layout::check_plain_name(request.snapshot, "snapshot"));
  return SnapshotVerification(files, store, request, std::move(stop)).run();
}

}  // namespace backstay::runtime
