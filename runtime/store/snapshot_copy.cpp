// INVARIANT: as in commit.cpp, a directory below snapshots/ is whole and durable from the moment it
// has its name.
#include "runtime/store/snapshot_copy.hpp"

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "runtime/store/begin.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/publish.hpp"
#include "runtime/store/sealed_copy.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/path_text.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20U;

class SnapshotCopy {
 public:
  SnapshotCopy(Filesystem& files,
               const Store& source,
               const Store& target,
               const CopyRequest& request,
               const std::function<void(std::uint64_t)>& progress,
               const std::stop_token& stop)
      : files_(files),
        target_(target),
        request_(request),
        progress_(progress),
        stop_(stop),
        from_(layout::snapshot(source.path, request.snapshot)),
        staging_(layout::staging(target.path) + "/copy-" + request.snapshot),
        place_(layout::snapshot(target.path, request.snapshot)) {}

  Result<CopyReport> run() {
    BACKSTAY_ASSIGN(report_.was_there, is_there(files_, place_));
    if (report_.was_there) {
      // Whoever renamed it may have died before it was durable.
      BACKSTAY_TRY(make_names_durable(files_, target_));
      return report_;
    }
    BACKSTAY_ASSIGN(const std::string sums_text,
                    read_file(files_, from_ + "/" + std::string(layout::kSums)));
    BACKSTAY_ASSIGN(const Sums sums, parse_sums(sums_text));
    BACKSTAY_TRY(recover_stagings(files_, target_));
    BACKSTAY_ASSIGN(lock_, make_staging(files_, staging_));
    BACKSTAY_TRY(find_held());
    for (const auto& [path, digest] : sums) {
      BACKSTAY_TRY(take(path, digest));
    }
    BACKSTAY_TRY(
        write_new_file(files_, staging_ + "/" + std::string(layout::kSums), sums_text, 0400));
    BACKSTAY_TRY(read_back());
    BACKSTAY_TRY(seal());
    BACKSTAY_TRY(publish());
    return report_;
  }

 private:
  struct Written {
    std::string path;
    Digest digest;
    std::string linked_for;  // the source's file, where one that was there is linked in its place
  };

  // What the newest complete copy of the same policy and host holds, by hash.
  Result<void> find_held() {
    if (!target_.links) {
      return {};
    }
    BACKSTAY_ASSIGN(
        const auto there,
        list_snapshots(files_, target_,
                       {.policy = request_.policy, .backup = {}, .host = request_.host}));
    for (const SnapshotSummary& summary : there) {
      if (!summary.problem.empty() || summary.partial) {
        continue;
      }
      const std::string path = layout::snapshot(target_.path, summary.id);
      const auto text = read_file(files_, path + "/" + std::string(layout::kSums));
      if (!text) {
        continue;
      }
      if (const auto sums = parse_sums(*text)) {
        for (const auto& [name, digest] : *sums) {
          held_.emplace(digest, path + "/" + name);
        }
        return {};
      }
    }
    return {};
  }

  Result<void> take(const std::string& path, const Digest& digest) {
    if (stop_.stop_requested()) {
      return Error{.kind = ErrorKind::Interrupted, .message = "the copy was interrupted"};
    }
    const std::string to = staging_ + "/" + path;
    BACKSTAY_TRY(make_parents(parent_of(to)));
    BACKSTAY_FAILPOINT("copy-snapshot.file");
    if (const auto held = held_.find(digest); held != held_.end() && path.starts_with("data/")) {
      BACKSTAY_ASSIGN(const LinkOutcome linked, files_.link(held->second, to));
      if (linked == LinkOutcome::Linked) {
        BACKSTAY_ASSIGN(const FileStatus status, files_.status(to));
        report_.linked_bytes += status.size;
        written_.push_back({to, digest, from_ + "/" + path});
        return {};
      }
    }
    BACKSTAY_TRY(copy(from_ + "/" + path, to, digest));
    written_.push_back({to, digest, {}});
    progress_(report_.copied_bytes + report_.linked_bytes);
    return {};
  }

  // Every directory between the staging and a file, once.
  Result<void> make_parents(const std::string& directory) {
    if (directory.size() <= staging_.size() || directories_.contains(directory)) {
      return {};
    }
    BACKSTAY_TRY(make_parents(parent_of(directory)));
    directories_.insert(directory);
    return files_.make_directory(directory, 0700);
  }

  Result<void> copy(const std::string& from, const std::string& to, const Digest& digest) {
    BACKSTAY_ASSIGN(const auto reader, files_.open_read(from));
    BACKSTAY_ASSIGN(const auto writer, files_.create(to, 0600));
    std::vector<std::byte> buffer(kBuffer);
    Sha256 hash;
    while (true) {
      BACKSTAY_ASSIGN(const std::size_t size, reader->read(buffer));
      if (size == 0) {
        break;
      }
      const auto piece = std::span(buffer).first(size);
      hash.update(std::span<const std::byte>(piece));
      BACKSTAY_TRY(writer->write(piece));
      report_.copied_bytes += size;
    }
    if (hash.finish() != digest) {
      return damaged(from);
    }
    BACKSTAY_TRY(writer->sync());
    BACKSTAY_TRY(writer->close());
    return files_.change_mode(to, 0400);
  }

  static Error damaged(const std::string& path) {
    return {.kind = ErrorKind::Verification,
            .message = "`" + path + "` is not what SHA256SUMS says",
            .hint = "look at the disk it lies on: `backstay verify` names all that is damaged"};
  }

  // From the device, not from the memory that was just written; linked parts too.
  Result<void> read_back() {
    for (const Written& one : written_) {
      if (stop_.stop_requested()) {
        return Error{.kind = ErrorKind::Interrupted, .message = "the copy was interrupted"};
      }
      BACKSTAY_ASSIGN(bool intact, is_intact(one));
      if (!intact && !one.linked_for.empty()) {
        BACKSTAY_TRY(renew(one));
        BACKSTAY_ASSIGN(intact, is_intact(one));
      }
      if (!intact) {
        return damaged(one.path);
      }
    }
    return {};
  }

  Result<bool> is_intact(const Written& one) {
    std::vector<std::byte> buffer(kBuffer);
    BACKSTAY_ASSIGN(const auto file, files_.open_read(one.path));
    file->drop_cache();
    Sha256 hash;
    while (true) {
      BACKSTAY_ASSIGN(const std::size_t size, file->read(buffer));
      if (size == 0) {
        break;
      }
      hash.update(std::span<const std::byte>(buffer).first(size));
    }
    return hash.finish() == one.digest;
  }

  // What an earlier copy holds is rotten: it keeps its own, this copy gets the source's.
  Result<void> renew(const Written& one) {
    BACKSTAY_TRY(files_.unlink(one.path));
    BACKSTAY_TRY(copy(one.linked_for, one.path, one.digest));
    BACKSTAY_TRY(files_.sync_directory(parent_of(one.path)));
    report_.renewed.push_back(one.path.substr(staging_.size() + 1));
    return {};
  }

  // The longest paths first: a directory is sealed after what it holds.
  Result<void> seal() {
    for (auto directory = directories_.rbegin(); directory != directories_.rend(); ++directory) {
      BACKSTAY_TRY(files_.change_mode(*directory, 0500));
      BACKSTAY_TRY(files_.sync_directory(*directory));
    }
    return files_.sync_directory(staging_);
  }

  Result<void> publish() {
    BACKSTAY_FAILPOINT("copy-snapshot.rename");
    BACKSTAY_ASSIGN(Publication publication,
                    publish_staging(files_, target_, staging_, request_.snapshot));
    BACKSTAY_TRY(std::move(publication.outcome));
    // Why errors are ignored: as in commit.cpp.
    (void)files_.change_mode(place_, 0500);
    return {};
  }

  Filesystem& files_;
  const Store& target_;
  const CopyRequest& request_;
  const std::function<void(std::uint64_t)>& progress_;
  const std::stop_token& stop_;
  std::string from_;
  std::string staging_;
  std::string place_;
  std::unique_ptr<File> lock_;          // of the staging: no recovery takes it away
  std::map<Digest, std::string> held_;  // in the target already: hash → path
  std::set<std::string> directories_;

  std::vector<Written> written_;
  CopyReport report_;
};

}  // namespace

Result<CopyReport> copy_snapshot(Filesystem& files,
                                 const Store& source,
                                 const Store& target,
                                 const CopyRequest& request,
                                 const std::function<void(std::uint64_t)>& progress,
                                 const std::stop_token& stop) {
  const bool there = exists(files, layout::snapshot(target.path, request.snapshot));
  if (request.sealer && !there) {
    const std::string path =
        layout::snapshot(source.path, request.snapshot) + "/" + std::string(layout::kManifest);
    BACKSTAY_ASSIGN(const std::string text, read_file(files, path));
    BACKSTAY_ASSIGN(const Manifest manifest, parse_manifest(text, path));
    if (!manifest.seal.seals())
      return copy_sealed(files, source, target, request, progress, stop);
  }
  return SnapshotCopy(files, source, target, request, progress, stop).run();
}

}  // namespace backstay::runtime
