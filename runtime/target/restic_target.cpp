#include "runtime/target/restic_target.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/parallel.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/target/copy_names.hpp"
#include "runtime/target/restic_removal.hpp"
#include "runtime/target/scratch_directory.hpp"
#include "runtime/target/watched_run.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kOurs = "backstay";
constexpr const char* kData = kResticData;
constexpr const char* kManifest = kResticManifest;
constexpr int kGroups = 30;  // each run reads a thirtieth of the repository
// Read back in pieces of this size, so that little room is needed here.
constexpr std::uint64_t kBatchBytes = std::uint64_t{256} << 20U;

// Restic's id, in the form of the stores' UUIDs.
std::string uuid_of(const std::string& id) {
  return id.substr(0, 8) + "-" + id.substr(8, 4) + "-" + id.substr(12, 4) + "-" + id.substr(16, 4) +
         "-" + id.substr(20, 12);
}

// What an artefact's `from` begins with; restic needs one directory for all of them.
Result<std::string> directory_of(const std::vector<Artefact>& artefacts) {
  std::string directory;
  for (const Artefact& one : artefacts) {
    const bool below = one.from.ends_with("/" + one.path);
    const std::string top = below ? one.from.substr(0, one.from.size() - one.path.size() - 1) : "";
    if (!below || (!directory.empty() && top != directory)) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = "`" + one.from + "` does not lie where the rest of the copy does"};
    }
    directory = top;
  }
  return directory;
}

class ResticTarget final : public TargetDriver {
 public:
  ResticTarget(World& world, plan::Target target, plan::Secret login, ResticPatience patience)
      : world_(world),
        target_(std::move(target)),
        restic_(world, target_, std::move(login), patience) {}

  [[nodiscard]] std::string describe() const override { return restic_.describe(); }

  Result<TargetIdentity> init(const std::stop_token& stop) override {
    auto found = identity(stop);
    if (found || found.error().kind != ErrorKind::NotFound)
      return found;
    BACKSTAY_TRY(restic_.make_repository(stop));
    return identity(stop);
  }

  // Whether we could delete is known to who gives the login only: restic has no question for it.
  Result<TargetIdentity> identity(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const std::string id, restic_.repository_id(stop));
    return TargetIdentity{.uuid = uuid_of(id)};
  }

  Result<std::vector<std::string>> list(const std::stop_token& stop) override {
    BACKSTAY_TRY(see(stop));
    std::vector<std::string> ids;
    for (const auto& [id, papers] : papers_) {
      if (data_.contains(id) && layout::is_plain_name(id) && layout::sequence_of(id))
        ids.push_back(id);
    }
    return ids;
  }

  Result<std::set<std::string>> prepare(const Upload& upload,
                                        const std::stop_token& stop) override {
    BACKSTAY_TRY(check_own(upload));
    BACKSTAY_TRY(restic_.unlock(stop));
    BACKSTAY_TRY(see(stop));
    std::map<std::string, std::uint64_t> there;
    const auto data = data_.find(upload.snapshot);
    if (data != data_.end() && !broken_.contains(data->second.id)) {
      BACKSTAY_ASSIGN(there, restic_.files(data->second.id, stop));
    }
    // A snapshot of restic's is one whole: where anything is missing, all of it is made anew, and
    // restic moves what it does not hold.
    bool all = true;
    std::set<std::string> missing;
    for (const Artefact& one : upload.artefacts) {
      const auto found = there.find(one.path);
      all = all && found != there.end() && found->second == one.size;
      missing.insert(one.path);
    }
    return all ? std::set<std::string>() : missing;
  }

  Result<std::uint64_t> put(const Upload& upload,
                            const std::vector<Artefact>& parts,
                            const MoveProgress& progress,
                            const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const Sums before, parent_sums(upload, stop));
    std::vector<Artefact> fresh;
    std::ranges::copy_if(parts, std::back_inserter(fresh), [&](const Artefact& one) {
      const auto found = before.find(one.path);
      return found == before.end() || found->second != one.sha256;
    });
    BACKSTAY_TRY(check_sources(fresh, stop));
    BACKSTAY_ASSIGN(const std::string directory, directory_of(parts));
    BACKSTAY_FAILPOINT("target.put.file");
    Restic::Backup backup{.directory = directory,
                          .paths = {},
                          .tags = tags_of(upload, kData),
                          .host = upload.host,
                          .parent = parent_of(upload)};
    for (const Artefact& one : parts) {
      backup.paths.push_back(one.path);
      backup.bytes += one.size;
    }
    return restic_.backup(backup, progress, stop);
  }

  Result<CopyEvidence> prove(const Upload& upload, const std::stop_token& stop) override {
    BACKSTAY_TRY(see(stop));
    CopyEvidence evidence{.files = {}, .how = "restic check, and read back what is new"};
    const auto data = data_.find(upload.snapshot);
    if (data == data_.end())
      return evidence;
    const std::string id = data->second.id;
    BACKSTAY_TRY(restic_.check(group_of_today(), kGroups, stop));
    BACKSTAY_ASSIGN(const auto there, restic_.files(id, stop));
    BACKSTAY_ASSIGN(const auto held, held_by_parent(upload, id, stop));
    std::vector<Artefact> back;
    for (const Artefact& one : upload.artefacts) {
      const auto found = there.find(one.path);
      if (found == there.end())
        continue;
      const auto before = held.find(one.path);
      if (before != held.end() && before->second == one.sha256)
        evidence.files[one.path] = {.sha256 = one.sha256, .size = found->second};
      else
        back.push_back({.path = one.path, .sha256 = one.sha256, .size = found->second});
    }
    BACKSTAY_TRY(read_back(id, back, evidence, stop));
    for (const Artefact& one : upload.artefacts) {
      const auto found = evidence.files.find(one.path);
      if (found == evidence.files.end() || found->second.sha256 != one.sha256)
        broken_.insert(id);
    }
    return evidence;
  }

  Result<void> commit(const Upload& upload, const std::stop_token& stop) override {
    const std::vector<Artefact> papers = {upload.sums, upload.manifest};
    BACKSTAY_TRY(check_sources(papers, stop));
    BACKSTAY_ASSIGN(const std::string directory, directory_of(papers));
    BACKSTAY_TRY(see(stop));
    if (papers_.contains(upload.snapshot)) {
      return Error{
          .kind = ErrorKind::Refused,
          .message = fmt::format("{} holds a snapshot {} already", describe(), upload.snapshot)};
    }
    BACKSTAY_FAILPOINT("target.commit.manifest");
    const auto added = restic_.backup(
        {.directory = directory,
         .paths = {upload.sums.path, upload.manifest.path},
         .tags = tags_of(upload, kManifest),
         .host = upload.host,
         .bytes = upload.sums.size + upload.manifest.size},
        [](std::uint64_t) {}, stop);
    if (!added)
      return added.error();
    return see(stop);
  }

  Result<void> get(const std::string& snapshot,
                   const std::vector<std::string>& paths,
                   const std::string& directory,
                   const std::stop_token& stop) override {
    BACKSTAY_TRY(check_wanted(snapshot, paths));
    if (!papers_.contains(snapshot) || !data_.contains(snapshot))
      BACKSTAY_TRY(see(stop));
    const auto papers = papers_.find(snapshot);
    const auto data = data_.find(snapshot);
    if (papers == papers_.end() || data == data_.end()) {
      return Error{.kind = ErrorKind::NotFound,
                   .message = fmt::format("{} holds no snapshot {}", describe(), snapshot)};
    }
    const std::string sums(layout::kSums);
    const std::string manifest(layout::kManifest);
    std::vector<std::string> closing;
    std::vector<std::string> rest;
    for (const std::string& path : paths.empty() ? std::vector{sums, manifest} : paths)
      (path == sums || path == manifest ? closing : rest).push_back(path);
    BACKSTAY_TRY(fetch(papers->second.id, closing, directory, stop));
    return fetch(data->second.id, rest, directory, stop);
  }

  // Why a cache: each call of restic costs most of a second, and a snapshot of restic's never
  // changes.
  Result<void> manifests(const std::vector<std::string>& ids,
                         const std::string& directory,
                         const std::stop_token& stop) override {
    const std::string name(layout::kManifest);
    const std::string cache = world_.directories.state + "/cache/manifests-" + target_.name;
    BACKSTAY_TRY(make_directories(world_.files, cache, 0700));
    for (const std::string& id : ids) {
      const std::string place = directory + "/" + id;
      BACKSTAY_TRY(make_directories(world_.files, place, 0700));
      const auto papers = papers_.find(id);
      const std::string kept = cache + "/" + (papers == papers_.end() ? id : papers->second.id);
      if (const auto text = read_file(world_.files, kept)) {
        BACKSTAY_TRY(write_new_file(world_.files, place + "/" + name, *text, 0600));
        continue;
      }
      const auto got = get(id, {name}, place, stop);
      if (!got && got.error().kind != ErrorKind::NotFound)
        return got.error();
      const auto text = read_file(world_.files, place + "/" + name);
      if (got && text)
        (void)replace_file(world_.files, kept, *text, 0600);
    }
    return {};
  }

  Result<std::vector<RemovedCopy>> removed(const CopyWriter& writer,
                                           const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const auto all, restic_.snapshots(kOurs, stop));
    return removed_copies(all, writer);
  }

  // One call tags one snapshot of restic's after the other: whichever is first hides the copy.
  Result<void> mark_removed(const Removal& removal, const std::stop_token& stop) override {
    BACKSTAY_TRY(restic_.unlock(stop));
    BACKSTAY_TRY(see(stop));
    std::vector<std::string> ids;
    for (const auto* side : {&papers_, &data_}) {
      const auto found = side->find(removal.snapshot);
      if (found != side->end() && is_of(found->second, removal.writer))
        ids.push_back(found->second.id);
    }
    if (ids.empty()) {
      return Error{.kind = ErrorKind::NotFound,
                   .message = fmt::format("{} holds no snapshot {}", describe(), removal.snapshot)};
    }
    const std::string now = to_compact_utc(world_.clock.now());
    return restic_.add_tag(ids, std::string(kRemovedTag) + "=" + now, stop);
  }

  Result<void> bring_back(const CopyWriter& writer,
                          const std::string& snapshot,
                          const std::stop_token& stop) override {
    BACKSTAY_TRY(restic_.unlock(stop));
    BACKSTAY_ASSIGN(const auto all, restic_.snapshots(kOurs, stop));
    bool found = false;
    for (const ResticSnapshot& one : all) {
      const std::string mark = one.tag(kRemovedTag);
      if (one.tag("snapshot") != snapshot || !is_of(one, writer) || mark.empty())
        continue;
      found = true;
      BACKSTAY_TRY(restic_.remove_tag({one.id}, std::string(kRemovedTag) + "=" + mark, stop));
    }
    return found ? Result<void>() : not_removed(describe(), snapshot);
  }

  Result<std::vector<std::string>> sweep(const Sweep& sweep, const std::stop_token& stop) override {
    BACKSTAY_TRY(restic_.unlock(stop));
    BACKSTAY_ASSIGN(const auto all, restic_.snapshots(kOurs, stop));
    const DueSnapshots due = due_snapshots(all, sweep);
    BACKSTAY_FAILPOINT("target.sweep.copies");
    BACKSTAY_TRY(restic_.forget(due.ids, stop));
    return due.copies;
  }

 private:
  static std::vector<std::string> tags_of(const Upload& upload, const char* part) {
    return {kOurs, "policy=" + upload.policy, "host=" + upload.host, "snapshot=" + upload.snapshot,
            std::string("part=") + part};
  }

  // What is there now, by our id; of several the newest.
  Result<void> see(const std::stop_token& stop) {
    BACKSTAY_ASSIGN(const auto all, restic_.snapshots(kOurs, stop));
    const auto marks = removal_marks(all);
    data_.clear();
    papers_.clear();
    for (const ResticSnapshot& one : all) {
      if (marks.contains(one.tag("snapshot")))
        continue;
      const std::string part = one.tag("part");
      if (part == kData)
        data_.insert_or_assign(one.tag("snapshot"), one);
      if (part == kManifest)
        papers_.insert_or_assign(one.tag("snapshot"), one);
    }
    return {};
  }

  // The newest complete copy of the same writer, but not of the same snapshot: by its number.
  [[nodiscard]] const ResticSnapshot* previous(const Upload& upload) const {
    const ResticSnapshot* newest = nullptr;
    std::uint64_t best = 0;
    for (const auto& [id, papers] : papers_) {
      const auto data = data_.find(id);
      const bool same = papers.tag("policy") == upload.policy && papers.tag("host") == upload.host;
      const auto sequence = layout::sequence_of(id);
      if (data == data_.end() || !same || id == upload.snapshot || !sequence)
        continue;
      if (newest == nullptr || *sequence > best) {
        newest = &data->second;
        best = *sequence;
      }
    }
    return newest;
  }

  [[nodiscard]] std::string parent_of(const Upload& upload) const {
    const ResticSnapshot* parent = previous(upload);
    return parent == nullptr ? std::string() : parent->id;
  }

  // Each run another group, so that all of the repository is read in thirty days.
  int group_of_today() {
    const auto hours = std::chrono::floor<std::chrono::hours>(world_.clock.now());
    return static_cast<int>(hours.time_since_epoch().count() / 24 % kGroups) + 1;
  }

  // Restic ends with 0 where it could not read a source, and believes what it reads.
  Result<void> check_sources(const std::vector<Artefact>& artefacts, const std::stop_token& stop) {
    const auto check_one = [&](std::size_t index) -> Result<void> {
      const Artefact& one = artefacts[index];
      BACKSTAY_ASSIGN(const StoredDigest found, hash_stored(world_.files, one.from));
      if (found.sha256 == one.sha256)
        return {};
      return Error{.kind = ErrorKind::Verification,
                   .message = "`" + one.from + "` is not what SHA256SUMS says: it is not sent",
                   .hint =
                       "look at the disk it lies on: `backstay verify` names all that is "
                       "damaged"};
    };
    return for_each_parallel(artefacts.size(), check_one, stop);
  }

  // SHA256SUMS of the copy before; empty without one.
  Result<Sums> parent_sums(const Upload& upload, const std::stop_token& stop) {
    const ResticSnapshot* parent = previous(upload);
    if (parent == nullptr)
      return Sums();
    if (sums_of_ != parent->id) {
      const std::string id = parent->id;
      BACKSTAY_ASSIGN(auto scratch, this->scratch());
      BACKSTAY_TRY(
          get(parent->tag("snapshot"), {std::string(layout::kSums)}, scratch.path(), stop));
      BACKSTAY_ASSIGN(const std::string text,
                      read_file(world_.files, scratch.path() + "/" + std::string(layout::kSums)));
      BACKSTAY_ASSIGN(sums_, parse_sums(text));
      sums_of_ = id;
    }
    return sums_;
  }

  // What of this copy has the same content as in the one before, which was read back when it was
  // made, and which hash that has: restic names content by its hash, and check() saw all of it.
  Result<Sums> held_by_parent(const Upload& upload,
                              const std::string& data,
                              const std::stop_token& stop) {
    const std::string parent = parent_of(upload);
    if (parent.empty())
      return Sums();
    BACKSTAY_ASSIGN(Sums held, parent_sums(upload, stop));
    BACKSTAY_ASSIGN(const auto changed, restic_.changed(parent, data, stop));
    for (const std::string& path : changed)
      held.erase(path);
    return held;
  }

  Result<void> read_back(const std::string& data,
                         const std::vector<Artefact>& artefacts,
                         CopyEvidence& evidence,
                         const std::stop_token& stop) {
    for (std::size_t begin = 0; begin < artefacts.size();) {
      BACKSTAY_ASSIGN(auto scratch, this->scratch());
      std::vector<std::string> paths;
      std::uint64_t bytes = 0;
      for (; begin < artefacts.size() && bytes < kBatchBytes; ++begin) {
        bytes += artefacts[begin].size;
        paths.push_back(artefacts[begin].path);
      }
      BACKSTAY_TRY(restic_.restore(data, paths, scratch.path(), bytes, stop));
      for (const std::string& path : paths) {
        if (const auto found = hash_stored(world_.files, scratch.path() + "/" + path))
          evidence.files[path] = {.sha256 = found->sha256, .size = found->size};
      }
    }
    return {};
  }

  Result<void> fetch(const std::string& id,
                     const std::vector<std::string>& paths,
                     const std::string& directory,
                     const std::stop_token& stop) {
    if (paths.empty())
      return {};
    const std::string beside = directory + "/.fetched";
    auto fetched = fetch_beside(id, paths, directory, beside, stop);
    (void)world_.files.remove_directory(beside);
    return fetched;
  }

  Result<void> fetch_beside(const std::string& id,
                            const std::vector<std::string>& paths,
                            const std::string& directory,
                            const std::string& beside,
                            const std::stop_token& stop) {
    BACKSTAY_ASSIGN(auto scratch, ScratchDirectory::make(world_.files, beside));
    constexpr std::uint64_t kTypical = std::uint64_t{256} << 20U;
    BACKSTAY_TRY(restic_.restore(id, paths, scratch.path(), paths.size() * kTypical, stop));
    for (const std::string& path : paths)
      BACKSTAY_TRY(place(scratch.path() + "/" + path, directory + "/" + path));
    return {};
  }

  Result<void> place(const std::string& from, const std::string& to) {
    if (!exists(world_.files, from))
      return Error{.kind = ErrorKind::NotFound,
                   .message = fmt::format("`{}` is not at {}", to, describe())};
    BACKSTAY_TRY(make_directories(world_.files, to.substr(0, to.rfind('/')), 0700));
    return world_.files.rename_replace(from, to);
  }

  Result<ScratchDirectory> scratch() {
    return ScratchDirectory::make(world_.files, world_.directories.state + "/uploads");
  }

  World& world_;
  plan::Target target_;
  Restic restic_;
  std::map<std::string, ResticSnapshot> data_;    // by our id
  std::map<std::string, ResticSnapshot> papers_;  // by our id
  std::set<std::string> broken_;                  // ids of restic's
  std::string sums_of_;                           // id of restic's, of the copy of sums_
  Sums sums_;
};

}  // namespace

Result<std::unique_ptr<TargetDriver>> make_restic_target(World& world,
                                                         const plan::Plan& plan,
                                                         const plan::Target& target,
                                                         ResticPatience patience) {
  const plan::Secret* login = plan.secret(target.login);
  if (login == nullptr) {
    return Error{.kind = ErrorKind::Credentials,
                 .message = "target " + target.name + " has no login",
                 .hint = "give it a `login`: a secret with the password of the repository"};
  }
  return std::unique_ptr<TargetDriver>(
      std::make_unique<ResticTarget>(world, target, *login, patience));
}

Result<std::unique_ptr<TargetDriver>> make_restic_target(World& world,
                                                         const plan::Plan& plan,
                                                         const plan::Target& target) {
  return make_restic_target(world, plan, target, {.stall = stall_time()});
}

}  // namespace backstay::runtime
