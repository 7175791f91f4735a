#include "runtime/target/rclone_target.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/target/content_hashes.hpp"
#include "runtime/target/copy_names.hpp"
#include "runtime/target/rclone_evidence.hpp"
#include "runtime/target/rclone_readme.hpp"
#include "runtime/target/rclone_removal.hpp"
#include "runtime/target/scratch_directory.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kFormat = "FORMAT";
constexpr std::string_view kFirstLine = "backstay-target 1\n";
constexpr std::string_view kProbe = ".backstay-probe";
// One call moves at most this much, so that progress is told and a stop is heard in between.
constexpr std::uint64_t kBatchBytes = std::uint64_t{256} << 20U;
constexpr std::size_t kBatchFiles = 1000;

std::string random_uuid() {
  std::string hex;
  for (int i = 0; i < 4; ++i)
    hex += random_hex8();
  hex[12] = '4';
  hex[16] = 'a';
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

class RcloneTarget final : public TargetDriver {
 public:
  RcloneTarget(World& world, plan::Target target, plan::Secret login, RclonePatience patience)
      : world_(world),
        target_(std::move(target)),
        rclone_(world, target_, std::move(login), patience) {}

  [[nodiscard]] std::string describe() const override { return rclone_.describe(); }

  Result<TargetIdentity> init(const std::stop_token& stop) override {
    auto found = identity(stop);
    if (found || found.error().kind != ErrorKind::NotFound)
      return found;
    BACKSTAY_ASSIGN(const auto names, rclone_.names("", stop));
    if (!names.empty()) {
      return Error{
          .kind = ErrorKind::Refused,
          .message = fmt::format("{} holds something else: `{}`", describe(), names.front()),
          .hint = "give the target a path of its own below it"};
    }
    BACKSTAY_TRY(put_text("README.txt", kRemoteReadme, stop));
    BACKSTAY_TRY(
        put_text(std::string(kFormat), std::string(kFirstLine) + random_uuid() + "\n", stop));
    return identity(stop);
  }

  Result<TargetIdentity> identity(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const std::string text, rclone_.read(std::string(kFormat), stop));
    if (text.empty()) {
      return Error{.kind = ErrorKind::NotFound,
                   .message = describe() + " holds no store",
                   .hint = "make it: `backstay store init PLAN --target " + target_.name + "`"};
    }
    constexpr std::size_t kUuid = 36;
    if (!text.starts_with(kFirstLine) || text.size() != kFirstLine.size() + kUuid + 1) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = "FORMAT at " + describe() + " is none that this version knows",
                   .hint = "a newer version of Backstay may know it"};
    }
    TargetIdentity identity{.uuid = text.substr(kFirstLine.size(), kUuid)};
    if (!target_.deletable_by.empty()) {
      BACKSTAY_ASSIGN(identity.deletable_by_us, can_delete(stop));
    }
    return identity;
  }

  Result<std::vector<std::string>> list(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const auto names, rclone_.names("", stop));
    writers_.clear();
    for (const std::string& name : names) {
      if (!name.ends_with('/') || name.find('@') == std::string::npos)
        continue;
      const std::string writer = name.substr(0, name.size() - 1);
      BACKSTAY_ASSIGN(const auto objects, rclone_.sizes(writer + "/snapshots", stop));
      for (const std::string& id : complete_copies(objects))
        writers_.emplace(id, writer);
    }
    std::vector<std::string> ids;
    for (const auto& [id, writer] : writers_)
      ids.push_back(id);
    return ids;
  }

  Result<std::set<std::string>> prepare(const Upload& upload,
                                        const std::stop_token& stop) override {
    BACKSTAY_TRY(check_own(upload));
    BACKSTAY_TRY(see(upload, stop));
    BACKSTAY_ASSIGN(const auto marked, marked_parts(rclone_, upload.writer(), stop));
    std::set<std::string> missing;
    std::vector<Artefact> papers;
    for (const Artefact& one : upload.artefacts) {
      const std::string key = key_of(upload.snapshot, one.path, one.sha256);
      const auto found = there_.find(key);
      const bool going = marked.contains(key) && !claimed_.contains(key);
      if (found == there_.end() || found->second != one.size || broken_.contains(key) || going)
        missing.insert(one.path);
      else if (!key.starts_with("parts/"))
        papers.push_back(one);
      if (going)
        claims_.insert(key);
    }
    // What has a name of its own may be there from an earlier try, with other bytes.
    BACKSTAY_ASSIGN(const CopyEvidence evidence, look(upload, papers, stop));
    for (const Artefact& one : papers) {
      const auto found = evidence.files.find(one.path);
      if (found == evidence.files.end() || found->second.sha256 != one.sha256)
        missing.insert(one.path);
    }
    return missing;
  }

  Result<std::uint64_t> put(const Upload& upload,
                            const std::vector<Artefact>& parts,
                            const MoveProgress& progress,
                            const std::stop_token& stop) override {
    BACKSTAY_TRY(claim(upload, stop));
    std::uint64_t moved = 0;
    for (std::size_t begin = 0; begin < parts.size();) {
      std::vector<Artefact> batch;
      for (std::uint64_t bytes = 0;
           begin < parts.size() && bytes < kBatchBytes && batch.size() < kBatchFiles; ++begin) {
        bytes += parts[begin].size;
        batch.push_back(parts[begin]);
      }
      BACKSTAY_FAILPOINT("target.put.file");
      BACKSTAY_ASSIGN(const std::uint64_t size, put_batch(upload, batch, stop));
      moved += size;
      progress(moved);
    }
    return moved;
  }

  Result<CopyEvidence> prove(const Upload& upload, const std::stop_token& stop) override {
    BACKSTAY_TRY(see(upload, stop));
    BACKSTAY_ASSIGN(CopyEvidence evidence, look(upload, upload.artefacts, stop));
    for (const Artefact& one : upload.artefacts) {
      const auto found = evidence.files.find(one.path);
      if (found != evidence.files.end() && found->second.sha256 != one.sha256)
        broken_.insert(key_of(upload.snapshot, one.path, one.sha256));
    }
    hashes_of(upload).keep(upload.artefacts);
    return evidence;
  }

  Result<void> commit(const Upload& upload, const std::stop_token& stop) override {
    BACKSTAY_TRY(put_paper(upload, upload.sums, PutMode::Replace, stop));
    BACKSTAY_FAILPOINT("target.commit.manifest");
    BACKSTAY_TRY(put_paper(upload, upload.manifest, PutMode::Immutable, stop));
    writers_.emplace(upload.snapshot, upload.writer());
    return release_claims(rclone_, upload.writer(), upload.snapshot, claims_, stop);
  }

  Result<void> get(const std::string& snapshot,
                   const std::vector<std::string>& paths,
                   const std::string& directory,
                   const std::stop_token& stop) override {
    std::vector<std::string> wanted = paths;
    if (wanted.empty())
      wanted = {std::string(layout::kSums), std::string(layout::kManifest)};
    BACKSTAY_TRY(check_wanted(snapshot, wanted));
    BACKSTAY_ASSIGN(const std::string writer, writer_of(snapshot, stop));
    BACKSTAY_ASSIGN(const auto keys, keys_of(snapshot, writer, wanted, stop));
    const std::string beside = directory + "/.fetched";
    auto fetched = fetch(snapshot, writer, keys, directory, beside, stop);
    (void)world_.files.remove_directory(beside);
    return fetched;
  }

  Result<void> manifests(const std::vector<std::string>& ids,
                         const std::string& directory,
                         const std::stop_token& stop) override {
    std::map<std::string, std::vector<std::string>> by_writer;
    const std::string name = "/" + std::string(layout::kManifest);
    for (const std::string& id : ids) {
      BACKSTAY_ASSIGN(const std::string writer, writer_of(id, stop));
      by_writer[writer].push_back(id + name);
    }
    for (const auto& [writer, names] : by_writer)
      BACKSTAY_TRY(rclone_.get(writer + "/snapshots", names, directory, stop));
    return {};
  }

  Result<std::vector<RemovedCopy>> removed(const CopyWriter& writer,
                                           const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const auto objects, rclone_.sizes(writer.name() + "/snapshots", stop));
    return removed_copies(objects);
  }

  Result<void> mark_removed(const Removal& removal, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const std::string writer, writer_of(removal.snapshot, stop));
    if (writer != removal.writer.name()) {
      return Error{.kind = ErrorKind::Refused,
                   .message = fmt::format("snapshot {} at {} is of {}", removal.snapshot,
                                          describe(), writer)};
    }
    writers_.erase(removal.snapshot);
    const std::string now = to_compact_utc(world_.clock.now());
    return put_text(writer + "/" + removal_mark(removal.snapshot, now), now + "\n", stop);
  }

  Result<void> bring_back(const CopyWriter& writer,
                          const std::string& snapshot,
                          const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const bool marked, take_marks_back(rclone_, writer.name(), snapshot, stop));
    return marked ? Result<void>() : not_removed(describe(), snapshot);
  }

  Result<std::vector<std::string>> sweep(const Sweep& sweep, const std::stop_token& stop) override {
    const std::string writer = sweep.writer.name();
    BACKSTAY_ASSIGN(
        const SweptWriter swept,
        sweep_writer(rclone_, writer, sweep.snapshots, to_compact_utc(sweep.marked_before), stop));
    if (!swept.unneeded.empty()) {
      const std::string mark = part_mark(to_compact_utc(world_.clock.now()));
      BACKSTAY_TRY(put_text(writer + "/" + mark, swept.unneeded, stop));
    }
    return swept.gone;
  }

 private:
  Result<ScratchDirectory> scratch() {
    return ScratchDirectory::make(world_.files, world_.directories.state + "/uploads");
  }

  Result<void> put_text(const std::string& name,
                        std::string_view text,
                        const std::stop_token& stop) {
    BACKSTAY_ASSIGN(auto directory, scratch());
    const std::string file = directory.path() + "/" + name;
    BACKSTAY_TRY(make_directories(world_.files, file.substr(0, file.rfind('/')), 0700));
    BACKSTAY_TRY(write_new_file(world_.files, file, text, 0600));
    return rclone_.put(directory.path(), {name}, "", PutMode::Replace, text.size(), stop);
  }

  // Where the policy promises that we cannot: tried, with an object that is nobody's.
  Result<bool> can_delete(const std::stop_token& stop) {
    BACKSTAY_TRY(put_text(std::string(kProbe), "may this host delete here?\n", stop));
    const auto removed = rclone_.remove("", {std::string(kProbe)}, stop);
    if (!removed && removed.error().kind != ErrorKind::Credentials)
      return removed.error();
    return removed.has_value();
  }

  // What lies there of the writer, as it is listed now.
  Result<void> see(const Upload& upload, const std::stop_token& stop) {
    const std::string writer = upload.writer() + "/";
    there_.clear();
    for (const std::string& below : {std::string("parts"), "snapshots/" + upload.snapshot}) {
      BACKSTAY_ASSIGN(const auto objects, rclone_.sizes(writer + below, stop));
      for (const auto& [name, size] : objects)
        there_.emplace(below + "/" + name, size);
    }
    return {};
  }

  Result<CopyEvidence> look(const Upload& upload,
                            const std::vector<Artefact>& artefacts,
                            const std::stop_token& stop) {
    return look_at(rclone_, hashes_of(upload), upload, artefacts, there_, stop);
  }

  Result<std::uint64_t> put_batch(const Upload& upload,
                                  const std::vector<Artefact>& batch,
                                  const std::stop_token& stop) {
    BACKSTAY_TRY(hashes_of(upload).learn(batch, stop));
    BACKSTAY_ASSIGN(auto farm, scratch());
    std::vector<std::string> fresh;
    std::vector<std::string> again;
    std::uint64_t moved = 0;
    std::set<std::string> linked;
    for (const Artefact& one : batch) {
      const std::string key = key_of(upload.snapshot, one.path, one.sha256);
      if (!linked.insert(key).second)
        continue;
      BACKSTAY_TRY(link(one.from, farm.path() + "/" + key));
      (there_.contains(key) ? again : fresh).push_back(key);
      moved += one.size;
    }
    BACKSTAY_TRY(rclone_.put(farm.path(), fresh, upload.writer(), PutMode::Immutable, moved, stop));
    BACKSTAY_TRY(rclone_.put(farm.path(), again, upload.writer(), PutMode::Replace, moved, stop));
    for (const std::string& key : linked)
      broken_.erase(key);
    return moved;
  }

  // rclone names objects as their files are named, so each gets a name that points to it.
  Result<void> link(const std::string& from, const std::string& to) {
    BACKSTAY_TRY(make_directories(world_.files, to.substr(0, to.rfind('/')), 0700));
    if (::symlink(from.c_str(), to.c_str()) != 0)
      return errno_error(errno, "cannot make `" + to + "`");
    return {};
  }

  Result<void> put_paper(const Upload& upload,
                         const Artefact& paper,
                         PutMode mode,
                         const std::stop_token& stop) {
    const std::string key = key_of(upload.snapshot, paper.path, paper.sha256);
    BACKSTAY_TRY(see(upload, stop));
    BACKSTAY_TRY(hashes_of(upload).learn({paper}, stop));
    const auto lies_there = [&]() -> Result<bool> {
      BACKSTAY_ASSIGN(const CopyEvidence evidence, look(upload, {paper}, stop));
      const auto found = evidence.files.find(paper.path);
      return found != evidence.files.end() && found->second.sha256 == paper.sha256;
    };
    if (there_.contains(key)) {
      BACKSTAY_ASSIGN(const bool same, lies_there());
      if (same)
        return {};
      if (mode == PutMode::Immutable) {
        return Error{
            .kind = ErrorKind::Refused,
            .message = fmt::format("{} holds another snapshot {}", describe(), upload.snapshot),
            .hint = "look at it there; Backstay replaces nothing"};
      }
    }
    BACKSTAY_ASSIGN(auto farm, scratch());
    BACKSTAY_TRY(link(paper.from, farm.path() + "/" + key));
    BACKSTAY_TRY(rclone_.put(farm.path(), {key}, upload.writer(), mode, paper.size, stop));
    there_[key] = paper.size;
    BACKSTAY_ASSIGN(const bool there, lies_there());
    if (there)
      return {};
    return Error{.kind = ErrorKind::Verification,
                 .message = fmt::format("{} took `{}` and does not hold it", describe(), key)};
  }

  // Parts that are about to be removed and are needed again: said before they go up anew.
  Result<void> claim(const Upload& upload, const std::stop_token& stop) {
    if (claims_.empty() || claims_ == claimed_)
      return {};
    std::string text;
    for (const std::string& key : claims_)
      text += key + "\n";
    claimed_ = claims_;
    const std::string now = to_compact_utc(world_.clock.now());
    return put_text(upload.writer() + "/" + claim_mark(upload.snapshot, now), text, stop);
  }

  Result<std::string> writer_of(const std::string& snapshot, const std::stop_token& stop) {
    if (!writers_.contains(snapshot)) {
      BACKSTAY_ASSIGN(const auto ids, list(stop));
    }
    const auto found = writers_.find(snapshot);
    if (found != writers_.end())
      return found->second;
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("{} holds no snapshot {}", describe(), snapshot)};
  }

  // path → key. Where the parts are stands in SHA256SUMS.
  Result<std::vector<std::pair<std::string, std::string>>> keys_of(
      const std::string& snapshot,
      const std::string& writer,
      const std::vector<std::string>& paths,
      const std::stop_token& stop) {
    if (sums_of_ != snapshot &&
        std::ranges::any_of(paths, [](const auto& path) { return path.starts_with("data/"); })) {
      BACKSTAY_ASSIGN(
          const std::string text,
          rclone_.read(writer + "/snapshots/" + snapshot + "/" + std::string(layout::kSums), stop));
      BACKSTAY_ASSIGN(sums_, parse_sums(text));
      sums_of_ = snapshot;
    }
    std::vector<std::pair<std::string, std::string>> keys;
    for (const std::string& path : paths) {
      Digest digest{};
      if (path.starts_with("data/")) {
        const auto found = sums_.find(path);
        if (found == sums_.end())
          return absent(path, snapshot);
        digest = found->second;
      }
      keys.emplace_back(path, key_of(snapshot, path, digest));
    }
    return keys;
  }

  Result<void> fetch(const std::string& snapshot,
                     const std::string& writer,
                     const std::vector<std::pair<std::string, std::string>>& keys,
                     const std::string& directory,
                     const std::string& beside,
                     const std::stop_token& stop) {
    BACKSTAY_ASSIGN(auto scratch, ScratchDirectory::make(world_.files, beside));
    std::set<std::string> objects;
    for (const auto& [path, key] : keys)
      objects.insert(key);
    BACKSTAY_TRY(rclone_.get(writer, {objects.begin(), objects.end()}, scratch.path(), stop));
    for (const auto& [path, key] : keys)
      BACKSTAY_TRY(place(scratch.path() + "/" + key, directory + "/" + path, path, snapshot));
    return {};
  }

  [[nodiscard]] Error absent(const std::string& path, const std::string& snapshot) const {
    return {.kind = ErrorKind::NotFound,
            .message = fmt::format("`{}` of snapshot {} is not at {}", path, snapshot, describe())};
  }

  // Why a link: one object may be several files.
  Result<void> place(const std::string& from,
                     const std::string& to,
                     const std::string& path,
                     const std::string& snapshot) {
    if (!exists(world_.files, from))
      return absent(path, snapshot);
    BACKSTAY_TRY(make_directories(world_.files, to.substr(0, to.rfind('/')), 0700));
    if (exists(world_.files, to))
      BACKSTAY_TRY(world_.files.unlink(to));
    BACKSTAY_ASSIGN(const LinkOutcome linked, world_.files.link(from, to));
    if (linked == LinkOutcome::Linked)
      return {};
    BACKSTAY_TRY(world_.files.rename_replace(from, to));
    return {};
  }

  ContentHashes& hashes_of(const Upload& upload) {
    if (!hashes_ || hashes_writer_ != upload.writer()) {
      hashes_writer_ = upload.writer();
      hashes_.emplace(world_.files, world_.directories.state + "/cache/md5-" + target_.name + "-" +
                                        hashes_writer_);
    }
    return *hashes_;
  }

  World& world_;
  plan::Target target_;
  Rclone rclone_;
  std::map<std::string, std::string> writers_;  // snapshot → writer, as last listed
  std::map<std::string, std::uint64_t> there_;  // key → size, of one writer, as last listed
  std::set<std::string> broken_;                // keys whose bytes there are others
  std::set<std::string> claims_;                // keys that are needed and marked for removal
  std::set<std::string> claimed_;               // those that were said
  std::optional<ContentHashes> hashes_;
  std::string hashes_writer_;
  std::string sums_of_;  // the snapshot of sums_
  Sums sums_;
};

}  // namespace

Result<std::unique_ptr<TargetDriver>> make_rclone_target(World& world,
                                                         const plan::Plan& plan,
                                                         const plan::Target& target,
                                                         RclonePatience patience) {
  const plan::Secret* login = plan.secret(target.login);
  if (login == nullptr) {
    return Error{.kind = ErrorKind::Credentials,
                 .message = "target " + target.name + " has no login",
                 .hint = "give it a `login`: a secret with the rclone.conf that knows the remote"};
  }
  return std::unique_ptr<TargetDriver>(
      std::make_unique<RcloneTarget>(world, target, *login, patience));
}

Result<std::unique_ptr<TargetDriver>> make_rclone_target(World& world,
                                                         const plan::Plan& plan,
                                                         const plan::Target& target) {
  RclonePatience patience;
#ifdef BACKSTAY_FAILPOINTS
  // Tests of stalled peers do not wait for minutes.
  if (const char* seconds = std::getenv("BACKSTAY_TEST_STALL"))
    patience = {.connect = std::chrono::seconds(2),
                .idle = std::chrono::seconds(std::atoi(seconds)),
                .low_level_tries = 1,
                .tries = 1};
#endif
  return make_rclone_target(world, plan, target, patience);
}

}  // namespace backstay::runtime
