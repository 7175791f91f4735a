// INVARIANT: write_receipt() is reached only past compare() of every artefact and past the
// comparison of both closing papers as the far side gives them back.
#include "runtime/target/copy_to_target.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/target/scratch_directory.hpp"
#include "runtime/target/upload_source.hpp"
#include "runtime/target/write_receipt.hpp"

namespace backstay::runtime {
namespace {

// The two that close a copy, as the far side gives them back.
struct Papers {
  std::string sums;
  std::string manifest;
};

class TargetCopy {
 public:
  TargetCopy(World& world,
             const Store& source,
             TargetDriver& driver,
             const TargetIdentity& identity,
             const TargetCopyRequest& request,
             const MoveProgress& progress,
             const std::stop_token& stop)
      : world_(world),
        source_(source),
        driver_(driver),
        identity_(identity),
        request_(request),
        progress_(progress),
        stop_(stop) {}

  Result<TargetCopyReport> run() {
    BACKSTAY_ASSIGN(auto scratch,
                    ScratchDirectory::make(world_.files, world_.directories.state + "/uploads"));
    BACKSTAY_TRY(check_source());
    BACKSTAY_ASSIGN(seals_, seals_on_the_way(world_.files, source_, request_));
    BACKSTAY_ASSIGN(report_.was_there, is_listed());
    if (report_.was_there) {
      BACKSTAY_TRY(take_what_is_there(scratch.path()));
    } else {
      BACKSTAY_TRY(send(scratch.path()));
    }
    BACKSTAY_TRY(give_receipt());
    return report_;
  }

 private:
  // Nobody writes in another's name: parts are shared within one writer only.
  Result<void> check_source() {
    const std::string path =
        layout::snapshot(source_.path, request_.snapshot) + "/" + std::string(layout::kManifest);
    BACKSTAY_ASSIGN(const std::string text, read_file(world_.files, path));
    BACKSTAY_ASSIGN(const Manifest manifest, parse_manifest(text, path));
    if (manifest.policy == request_.policy && manifest.host == request_.host)
      return {};
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("snapshot {} is not of policy {} on {}", request_.snapshot,
                                        request_.policy, request_.host)};
  }

  Result<bool> is_listed() {
    BACKSTAY_ASSIGN(const auto ids, driver_.list(stop_));
    return std::find(ids.begin(), ids.end(), request_.snapshot) != ids.end();
  }

  // Somebody made it complete and died before the receipt, or the far side says so: it is proven
  // like any other.
  Result<void> take_what_is_there(const std::string& scratch) {
    BACKSTAY_ASSIGN(const Papers papers, fetch_papers(scratch));
    BACKSTAY_ASSIGN(const Sums sums, parse_sums(papers.sums));
    BACKSTAY_TRY(check_manifest(papers, sums));
    upload_ = Upload{.snapshot = request_.snapshot,
                     .policy = request_.policy,
                     .host = request_.host,
                     .artefacts = {},
                     .sums = {.path = std::string(layout::kSums), .size = papers.sums.size()},
                     .manifest = {.path = std::string(layout::kManifest),
                                  .sha256 = sha256(papers.manifest),
                                  .size = papers.manifest.size()}};
    for (const auto& [path, digest] : sums) {
      if (path != layout::kManifest)
        upload_.artefacts.push_back({.path = path, .sha256 = digest});
    }
    BACKSTAY_ASSIGN(evidence_, driver_.prove(upload_, stop_));
    for (Artefact& one : upload_.artefacts) {
      const auto found = evidence_.files.find(one.path);
      one.size = found == evidence_.files.end() ? 0 : found->second.size;
    }
    if (const auto broken = compare())
      return not_proven(*broken);
    return {};
  }

  Result<void> check_manifest(const Papers& papers, const Sums& sums) {
    const auto sum = sums.find(std::string(layout::kManifest));
    const bool listed = sum != sums.end() && sum->second == sha256(papers.manifest);
    const auto manifest = parse_manifest(papers.manifest, std::string(layout::kManifest));
    bool ours = listed && manifest && manifest->id == request_.snapshot &&
                manifest->policy == request_.policy && manifest->host == request_.host;
    if (ours && !seals_) {
      BACKSTAY_ASSIGN(const std::string here,
                      read_file(world_.files, layout::snapshot(source_.path, request_.snapshot) +
                                                  "/" + std::string(layout::kSums)));
      ours = here == papers.sums;
    } else if (ours) {
      ours =
          manifest->sealed_copy && manifest->seal.recipients == request_.sealer->key().recipients;
    }
    if (ours)
      return {};
    return Error{.kind = ErrorKind::Verification,
                 .message = fmt::format("{} holds a snapshot {} that is another one",
                                        driver_.describe(), request_.snapshot),
                 .hint = "look at it there; Backstay replaces nothing"};
  }

  Result<void> send(const std::string& scratch) {
    if (seals_) {
      BACKSTAY_ASSIGN(upload_,
                      sealed_upload(world_, source_, driver_, identity_, request_, scratch, stop_));
    } else {
      BACKSTAY_ASSIGN(upload_, plain_upload(world_.files, source_, request_));
    }
    BACKSTAY_TRY(move_and_prove());
    BACKSTAY_FAILPOINT("target.commit");
    BACKSTAY_TRY(driver_.commit(upload_, stop_));
    BACKSTAY_FAILPOINT("target.committed");
    BACKSTAY_ASSIGN(const bool listed, is_listed());
    if (!listed)
      return lost("does not list it afterwards");
    BACKSTAY_ASSIGN(const Papers papers, fetch_papers(scratch));
    if (sha256(papers.manifest) != upload_.manifest.sha256 ||
        sha256(papers.sums) != upload_.sums.sha256)
      return lost("gives back other papers than it was given");
    return is_still_the_same();
  }

  // Why it is asked again: where a disk or a bucket vanishes amid a copy, what carries the files
  // may make its place anew, and a copy in a place that is no store is none.
  Result<void> is_still_the_same() {
    const auto now = driver_.identity(stop_);
    if (!now && now.error().kind != ErrorKind::NotFound)
      return now.error();
    if (!now || now->uuid != identity_.uuid)
      return lost("is not the store any more that it was when the copy began");
    return {};
  }

  Error lost(const std::string& what) const {
    return {.kind = ErrorKind::Verification,
            .message = fmt::format("{} took snapshot {} and {}", driver_.describe(),
                                   request_.snapshot, what)};
  }

  // What is broken there is moved once more: a line may damage a file, a disk that does it twice
  // is to be told.
  Result<void> move_and_prove() {
    constexpr int kTries = 2;
    std::optional<std::string> broken;
    for (int round = 0; round < kTries; ++round) {
      BACKSTAY_ASSIGN(const auto missing, driver_.prepare(upload_, stop_));
      std::vector<Artefact> parts;
      for (const Artefact& one : upload_.artefacts) {
        if (!missing.contains(one.path))
          continue;
        if (one.from.empty()) {
          return Error{.kind = ErrorKind::Verification,
                       .message = fmt::format("{} no longer holds `{}` of an earlier copy",
                                              driver_.describe(), one.path),
                       .hint = "the next run seals and copies it anew"};
        }
        parts.push_back(one);
      }
      if (!parts.empty()) {
        BACKSTAY_ASSIGN(const std::uint64_t moved, driver_.put(upload_, parts, progress_, stop_));
        report_.moved_bytes += moved;
      }
      BACKSTAY_FAILPOINT("target.prove");
      BACKSTAY_ASSIGN(evidence_, driver_.prove(upload_, stop_));
      broken = compare();
      if (!broken)
        return {};
    }
    return not_proven(*broken);
  }

  // The first artefact that is not proven.
  [[nodiscard]] std::optional<std::string> compare() const {
    for (const Artefact& one : upload_.artefacts) {
      const auto found = evidence_.files.find(one.path);
      if (found == evidence_.files.end())
        return "`" + one.path + "` is not there";
      if (found->second != StoredFile{.sha256 = one.sha256, .size = one.size})
        return "`" + one.path + "` is not what was sent";
    }
    return std::nullopt;
  }

  Error not_proven(const std::string& why) const {
    return {.kind = ErrorKind::Verification,
            .message = fmt::format("the copy of {} at {} is not proven: {}", request_.snapshot,
                                   driver_.describe(), why),
            .hint = "no receipt was written: it does not count as a copy"};
  }

  Result<Papers> fetch_papers(const std::string& scratch) {
    const std::string directory = scratch + "/papers";
    BACKSTAY_TRY(make_directories(world_.files, directory, 0700));
    BACKSTAY_TRY(driver_.get(request_.snapshot, {}, directory, stop_));
    Papers papers;
    BACKSTAY_ASSIGN(papers.sums,
                    read_file(world_.files, directory + "/" + std::string(layout::kSums)));
    BACKSTAY_ASSIGN(papers.manifest,
                    read_file(world_.files, directory + "/" + std::string(layout::kManifest)));
    return papers;
  }

  Result<void> give_receipt() {
    report_.files = upload_.artefacts.size() + 2;
    report_.total_bytes = upload_.sums.size + upload_.manifest.size;
    for (const Artefact& one : upload_.artefacts)
      report_.total_bytes += one.size;
    return write_receipt(world_.files, source_, request_,
                         {.at = to_rfc3339(world_.clock.now()),
                          .target = request_.target,
                          .store = identity_.uuid,
                          .how = evidence_.how,
                          .files = report_.files,
                          .total_bytes = report_.total_bytes,
                          .moved_bytes = report_.moved_bytes,
                          .manifest = to_hex(upload_.manifest.sha256)});
  }

  World& world_;
  const Store& source_;
  TargetDriver& driver_;
  const TargetIdentity& identity_;
  const TargetCopyRequest& request_;
  const MoveProgress& progress_;
  const std::stop_token& stop_;
  bool seals_ = false;
  Upload upload_;
  CopyEvidence evidence_;
  TargetCopyReport report_;
};

}  // namespace

Result<TargetCopyReport> copy_to_target(World& world,
                                        const Store& source,
                                        TargetDriver& driver,
                                        const TargetIdentity& identity,
                                        const TargetCopyRequest& request,
                                        const MoveProgress& progress,
                                        const std::stop_token& stop) {
  return TargetCopy(world, source, driver, identity, request, progress, stop).run();
}

}  // namespace backstay::runtime
