// rsync to an account without Backstay: a shell, or `rrsync`. What is there has the layout of a
// store, so a machine that mounts it reads it as one.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/target/receive_protocol.hpp"
#include "runtime/target/receiver.hpp"
#include "runtime/target/rsync_run.hpp"
#include "runtime/target/rsync_target.hpp"
#include "runtime/target/scratch_directory.hpp"

namespace backstay::runtime {
namespace {

constexpr int kSomeNotMoved = 23;

const MoveProgress kSilent = [](std::uint64_t) {};

// The newest complete copy of a writer but this one.
std::string predecessor(const std::vector<std::string>& ids, const Upload& upload) {
  const std::string writer = "-" + upload.policy + "-" + upload.host + "-";
  std::string newest;
  for (const std::string& id : ids) {
    const bool better = newest.empty() || layout::sequence_of(id) > layout::sequence_of(newest);
    if (id.find(writer) != std::string::npos && id != upload.snapshot && better)
      newest = id;
  }
  return newest;
}

class PlainRsyncTarget final : public TargetDriver {
 public:
  PlainRsyncTarget(World& world, SshPeer peer) : world_(world), peer_(std::move(peer)) {}

  [[nodiscard]] std::string describe() const override {
    return peer_.destination + ":" + peer_.path;
  }

  Result<TargetIdentity> init(const std::stop_token& stop) override {
    auto there = identity(stop);
    if (there || there.error().kind != ErrorKind::NotFound)
      return there;
    // Why looked for: rsync would make the directory, below a mount point without its disk too.
    BACKSTAY_TRY(call({"--list-only"}, {}, {place("")}, "looking at " + describe(), stop));
    BACKSTAY_ASSIGN(const auto scratch, make_scratch());
    const std::string path = scratch.path() + "/store";
    const Directories nowhere{.config = scratch.path() + "/config", .state = {}, .locks = {}};
    BACKSTAY_ASSIGN(const Store made, init_store(world_.files, nowhere, path, "plain"));
    BACKSTAY_TRY(call({"--recursive", "--perms", "--ignore-existing"}, {}, {path + "/", place("")},
                      "making a store at " + describe(), stop));
    BACKSTAY_ASSIGN(const TargetIdentity now, identity(stop));
    if (now.uuid == made.uuid)
      return now;
    return Error{.kind = ErrorKind::Busy, .message = "somebody else made a store there just now"};
  }

  Result<TargetIdentity> identity(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const auto scratch, make_scratch());
    BACKSTAY_ASSIGN(const RsyncOutcome outcome,
                    run({}, {}, {place(std::string(layout::kFormat)), scratch.path() + "/"},
                        "reading " + describe(), kSilent, stop));
    if (outcome.exit.code == kSomeNotMoved && !outcome.exit.signalled) {
      return Error{.kind = ErrorKind::NotFound,
                   .message = "there is no store at " + describe(),
                   .hint = "make one with `backstay store init PLAN`"};
    }
    if (!outcome.exit.ok())
      return connection_error("reading " + describe(), peer_, outcome.exit);
    BACKSTAY_ASSIGN(const Store store,
                    open_store_for_reading(world_.files, scratch.path(), world_.directories));
    return TargetIdentity{.uuid = store.uuid, .deletable_by_us = true};
  }

  Result<std::vector<std::string>> list(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const std::string output,
                    call({"--recursive", "--list-only", "--include=/*/",
                          "--include=/*/manifest.json", "--exclude=*"},
                         {}, {place("snapshots/")}, "listing " + describe(), stop));
    std::vector<std::string> ids;
    for (const std::string& line : lines_of(output)) {
      const std::string ending = "/" + std::string(layout::kManifest);
      if (!line.ends_with(ending))
        continue;
      const std::size_t blank = line.rfind(' ');
      std::string id = line.substr(blank + 1, line.size() - ending.size() - blank - 1);
      if (layout::is_plain_name(id) && layout::sequence_of(id))
        ids.push_back(std::move(id));
    }
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  // What is there already is found by rsync itself, by checksums, when it moves the rest; what is
  // not here cannot be compared, so it is as good as missing.
  Result<std::set<std::string>> prepare(const Upload& upload,
                                        const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const auto ids, list(stop));
    if (std::find(ids.begin(), ids.end(), upload.snapshot) != ids.end())
      return std::set<std::string>();
    previous_ = predecessor(ids, upload);
    std::set<std::string> missing;
    for (const Artefact& one : upload.artefacts)
      missing.insert(one.path);
    return missing;
  }

  Result<std::uint64_t> put(const Upload& upload,
                            const std::vector<Artefact>& parts,
                            const MoveProgress& progress,
                            const std::stop_token& stop) override {
    BACKSTAY_FAILPOINT("target.put.file");
    BACKSTAY_ASSIGN(const auto directories, by_directory(parts));
    std::uint64_t moved = 0;
    for (const auto& [directory, paths] : directories) {
      auto options = move_options();
      if (!previous_.empty())
        options.push_back("--link-dest=../" + previous_);
      BACKSTAY_ASSIGN(
          const RsyncOutcome outcome,
          run(
              options, paths, {directory, snapshot_place(upload)}, "copying to " + describe(),
              [&](std::uint64_t bytes) { progress(moved + bytes); }, stop));
      if (!outcome.exit.ok())
        return connection_error("copying to " + describe(), peer_, outcome.exit);
      moved += bytes_sent(outcome.output);
    }
    return moved;
  }

  // rsync compares checksums of both sides and names what differs; what lies here is compared with
  // its recorded hash, so what is equal there is proven, too.
  Result<CopyEvidence> prove(const Upload& upload, const std::stop_token& stop) override {
    CopyEvidence evidence{.files = {}, .how = "compared by checksums of rsync"};
    std::vector<Artefact> here;
    std::vector<Artefact> away;
    for (const Artefact& one : upload.artefacts)
      (one.from.empty() ? away : here).push_back(one);
    BACKSTAY_ASSIGN(const auto directories, by_directory(here));
    for (const auto& [directory, paths] : directories) {
      BACKSTAY_ASSIGN(
          const std::string output,
          call({"--relative", "--no-implied-dirs", "--dry-run", "--checksum", "--out-format=%i %n"},
               paths, {directory, snapshot_place(upload)}, "proving " + describe(), stop));
      std::set<std::string> differing;
      for (const std::string& line : lines_of(output)) {
        const std::size_t blank = line.find(' ');
        if (line.starts_with("<f") && blank != std::string::npos)
          differing.insert(line.substr(blank + 1));
      }
      for (const std::string& path : paths) {
        if (differing.contains(path))
          continue;
        BACKSTAY_ASSIGN(const StoredDigest stored, hash_stored(world_.files, directory + path));
        evidence.files[path] = {.sha256 = stored.sha256, .size = stored.size};
      }
    }
    BACKSTAY_TRY(read_back(upload, away, evidence, stop));
    return evidence;
  }

  Result<void> commit(const Upload& upload, const std::stop_token& stop) override {
    for (const Artefact& paper : {upload.sums, upload.manifest}) {
      BACKSTAY_FAILPOINT("target.put.paper");
      BACKSTAY_ASSIGN(const auto directories, by_directory({paper}));
      const auto& [directory, paths] = *directories.begin();
      BACKSTAY_TRY(call(move_options(), paths, {directory, snapshot_place(upload)},
                        "closing the copy at " + describe(), stop));
    }
    return {};
  }

  Result<void> get(const std::string& snapshot,
                   const std::vector<std::string>& paths,
                   const std::string& directory,
                   const std::stop_token& stop) override {
    BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
    std::vector<std::string> wanted = paths;
    if (wanted.empty())
      wanted = {std::string(layout::kSums), std::string(layout::kManifest)};
    for (const std::string& path : wanted) {
      if (!is_copy_path(path))
        return Error{.kind = ErrorKind::Refused,
                     .message = "`" + path + "` is no file of a snapshot"};
    }
    BACKSTAY_ASSIGN(const RsyncOutcome outcome,
                    run({"--relative", "--no-implied-dirs", "--checksum"}, wanted,
                        {place("snapshots/" + snapshot + "/"), directory + "/"},
                        "fetching from " + describe(), kSilent, stop));
    if (outcome.exit.code == kSomeNotMoved && !outcome.exit.signalled) {
      return Error{.kind = ErrorKind::NotFound,
                   .message = fmt::format("not all of snapshot {} is at {}", snapshot, describe())};
    }
    if (!outcome.exit.ok())
      return connection_error("fetching from " + describe(), peer_, outcome.exit);
    return {};
  }

  Result<void> manifests(const std::vector<std::string>& ids,
                         const std::string& directory,
                         const std::stop_token& stop) override {
    std::vector<std::string> paths;
    for (const std::string& id : ids)
      paths.push_back(id + "/" + std::string(layout::kManifest));
    if (paths.empty())
      return {};
    BACKSTAY_TRY(call({"--relative", "--no-implied-dirs", "--checksum", "--ignore-missing-args"},
                      paths, {place("snapshots/"), directory + "/"}, "reading " + describe(),
                      stop));
    return {};
  }

 private:
  [[nodiscard]] std::string place(const std::string& below) const {
    return peer_.destination + ":" + peer_.path + "/" + below;
  }

  [[nodiscard]] std::string snapshot_place(const Upload& upload) const {
    return place("snapshots/" + upload.snapshot + "/");
  }

  static std::vector<std::string> move_options() {
    return {"--relative",
            "--no-implied-dirs",
            "--perms",
            "--chmod=D0700,F0400",
            "--checksum",
            "--partial-dir=.backstay-partial",
            "--stats",
            "--info=progress2",
            "--no-human-readable"};
  }

  Result<ScratchDirectory> make_scratch() {
    return ScratchDirectory::make(world_.files, world_.directories.state + "/uploads");
  }

  Result<RsyncOutcome> run(std::vector<std::string> options,
                           const std::vector<std::string>& paths,
                           const std::vector<std::string>& places,
                           const std::string& what,
                           const MoveProgress& progress,
                           const std::stop_token& stop) {
    // Checksums of large files take a while in which nothing is said.
    options.push_back(fmt::format("--timeout={}", 4 * peer_.stall.count()));
    SshPeer patient = peer_;
    patient.stall *= 5;
    return run_rsync(
        world_.commands, patient,
        {.options = std::move(options), .paths = paths, .places = places, .what = what}, progress,
        stop);
  }

  Result<std::string> call(std::vector<std::string> options,
                           const std::vector<std::string>& paths,
                           const std::vector<std::string>& places,
                           const std::string& what,
                           const std::stop_token& stop) {
    BACKSTAY_ASSIGN(RsyncOutcome outcome,
                    run(std::move(options), paths, places, what, kSilent, stop));
    if (!outcome.exit.ok())
      return connection_error(what, peer_, outcome.exit);
    return std::move(outcome.output);
  }

  // Of a copy whose files are not here: fetched and hashed.
  Result<void> read_back(const Upload& upload,
                         const std::vector<Artefact>& away,
                         CopyEvidence& evidence,
                         const std::stop_token& stop) {
    if (away.empty())
      return {};
    BACKSTAY_ASSIGN(const auto scratch, make_scratch());
    std::vector<std::string> paths;
    for (const Artefact& one : away)
      paths.push_back(one.path);
    BACKSTAY_TRY(get(upload.snapshot, paths, scratch.path(), stop));
    for (const std::string& path : paths) {
      BACKSTAY_ASSIGN(const StoredDigest stored,
                      hash_stored(world_.files, scratch.path() + "/" + path));
      evidence.files[path] = {.sha256 = stored.sha256, .size = stored.size};
    }
    evidence.how = "read back";
    return {};
  }

  World& world_;
  SshPeer peer_;
  std::string previous_;  // the copy that is linked from
};

}  // namespace

std::unique_ptr<TargetDriver> make_plain_rsync_target(World& world, SshPeer peer) {
  return std::make_unique<PlainRsyncTarget>(world, std::move(peer));
}

}  // namespace backstay::runtime
