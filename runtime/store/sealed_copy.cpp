// INVARIANT: as in commit.cpp, a directory below snapshots/ is whole and durable from the moment it
// has its name.
#include "runtime/store/sealed_copy.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/store/begin.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/parallel.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/publish.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/seal_file.hpp"
#include "runtime/store/sealed_papers.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/path_text.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kData = "data/";

class SealedCopy {
 public:
  SealedCopy(Filesystem& files,
             const Store& source,
             const Store& target,
             const CopyRequest& request,
             const std::function<void(std::uint64_t)>& progress,
             const std::stop_token& stop)
      : files_(files),
        source_(source),
        target_(target),
        request_(request),
        progress_(progress),
        stop_(stop),
        from_(layout::snapshot(source.path, request.snapshot)),
        staging_(layout::staging(target.path) + "/copy-" + request.snapshot),
        place_(layout::snapshot(target.path, request.snapshot)) {}

  Result<CopyReport> run() {
    BACKSTAY_TRY(read_source());
    BACKSTAY_TRY(recover_stagings(files_, target_));
    BACKSTAY_ASSIGN(lock_, make_staging(files_, staging_));
    BACKSTAY_TRY(find_held());
    BACKSTAY_TRY(take_all());
    BACKSTAY_TRY(write_papers());
    BACKSTAY_TRY(read_back());
    BACKSTAY_TRY(keep_record());
    BACKSTAY_TRY(seal_directories());
    BACKSTAY_TRY(publish());
    return report_;
  }

 private:
  Result<void> read_source() {
    BACKSTAY_ASSIGN(const std::string sums,
                    read_file(files_, from_ + "/" + std::string(layout::kSums)));
    BACKSTAY_ASSIGN(source_sums_, parse_sums(sums));
    BACKSTAY_ASSIGN(manifest_text_, read_paper(layout::kManifest));
    BACKSTAY_ASSIGN(manifest_, parse_manifest(manifest_text_, std::string(layout::kManifest)));
    for (const auto& [path, digest] : source_sums_) {
      if (path.starts_with(kData))
        taken_.push_back({.plain = path, .plain_digest = digest});
    }
    return {};
  }

  Result<std::string> read_paper(std::string_view name) {
    const std::string path = from_ + "/" + std::string(name);
    BACKSTAY_ASSIGN(std::string text, read_file(files_, path));
    const auto sum = source_sums_.find(std::string(name));
    if (sum == source_sums_.end() || sum->second != sha256(text))
      return damaged(path);
    return text;
  }

  // What the newest complete copy holds that was sealed to the same recipients.
  Result<void> find_held() {
    if (!target_.links)
      return {};
    BACKSTAY_ASSIGN(
        const auto there,
        list_snapshots(files_, target_,
                       {.policy = request_.policy, .backup = {}, .host = request_.host}));
    const auto newest = std::ranges::find_if(there, [&](const SnapshotSummary& summary) {
      return summary.problem.empty() && !summary.partial &&
             summary.seal.recipients == request_.sealer->key().recipients;
    });
    if (newest == there.end())
      return {};
    const std::string path = layout::snapshot(target_.path, newest->id);
    const auto text = read_file(files_, path + "/" + std::string(layout::kSums));
    const auto sums = text ? parse_sums(*text) : Result<Sums>(text.error());
    if (!sums)
      return {};
    for (const auto& [name, digest] : *sums)
      held_.emplace(digest, path + "/" + name);
    const auto records = read_records(files_, source_, newest->id, "copy");
    for (const std::string& record : records ? *records : std::vector<std::string>{}) {
      for (const auto& [plain, sealed] :
           parse_sealed_parts(record, target_.uuid, request_.sealer->key()))
        known_.insert_or_assign(plain, sealed);
    }
    return {};
  }

  Result<void> take_all() {
    for (const SealedFile& one : taken_)
      BACKSTAY_TRY(make_parents(parent_of(staging_ + "/" + one.plain)));
    std::atomic<std::uint64_t> done = 0;
    return for_each_parallel(
        taken_.size(),
        [&](std::size_t i) -> Result<void> {
          BACKSTAY_FAILPOINT("copy-snapshot.file");
          BACKSTAY_TRY(take(taken_[i]));
          progress_(done += taken_[i].size);
          return {};
        },
        stop_);
  }

  Result<void> make_parents(const std::string& directory) {
    if (directory.size() <= staging_.size() || directories_.contains(directory))
      return {};
    BACKSTAY_TRY(make_parents(parent_of(directory)));
    directories_.insert(directory);
    return files_.make_directory(directory, 0700);
  }

  Result<void> take(SealedFile& one) {
    BACKSTAY_ASSIGN(const bool linked, link_held(one));
    return linked ? Result<void>() : seal(one);
  }

  Result<bool> link_held(SealedFile& one) {
    const auto known = known_.find(one.plain_digest);
    const auto held = known == known_.end() ? held_.end() : held_.find(known->second);
    if (held == held_.end())
      return false;
    one.digest = known->second;
    one.stored = sealed_name(one.plain, one.digest);
    const std::string to = staging_ + "/" + one.stored;
    BACKSTAY_ASSIGN(const LinkOutcome outcome, files_.link(held->second, to));
    if (outcome != LinkOutcome::Linked)
      return false;
    BACKSTAY_ASSIGN(const FileStatus status, files_.status(to));
    one.size = status.size;
    one.linked = true;
    return true;
  }

  Result<void> seal(SealedFile& one) {
    return seal_file(files_, *request_.sealer, from_, staging_, Keep::Durable, one);
  }

  static Error damaged(const std::string& path) {
    return {.kind = ErrorKind::Verification,
            .message = "`" + path + "` is not what SHA256SUMS says",
            .hint = "look at the disk it lies on: `backstay verify` names all that is damaged"};
  }

  Result<void> write_papers() {
    for (const SealedFile& one : taken_) {
      sums_[one.stored] = one.digest;
      (one.linked ? report_.linked_bytes : report_.copied_bytes) += one.size;
      parts_.insert_or_assign(one.plain_digest, one.digest);
    }
    CopyPapers papers{
        .manifest = manifest_, .manifest_text = manifest_text_, .sheet = {}, .plan = {}};
    BACKSTAY_ASSIGN(papers.sheet, read_paper(layout::kSheet));
    BACKSTAY_ASSIGN(papers.plan, read_paper(layout::kPlan));
    if (auto before = read_file(files_, layout::snapshot(target_.path, manifest_.previous) + "/" +
                                            std::string(layout::kManifest)))
      papers.previous_manifest = *std::move(before);
    papers.signing = target_.signing;
    BACKSTAY_ASSIGN(const auto made, seal_papers(*request_.sealer, papers, taken_));
    for (const auto& [name, text] : made) {
      sums_[name] = sha256(text);
      BACKSTAY_TRY(write_new_file(files_, staging_ + "/" + name, text, 0400));
    }
    return write_new_file(files_, staging_ + "/" + std::string(layout::kSums), to_text(sums_),
                          0400);
  }

  // From the device, not from the memory that was just written; linked parts too.
  Result<void> read_back() {
    std::vector<std::pair<std::string, Digest>> all(sums_.begin(), sums_.end());
    return for_each_parallel(
        all.size(),
        [&](std::size_t i) -> Result<void> {
          const std::string path = staging_ + "/" + all[i].first;
          BACKSTAY_ASSIGN(const StoredDigest stored, hash_stored(files_, path, ReadFrom::Device));
          return stored.sha256 == all[i].second ? Result<void>() : damaged(path);
        },
        stop_);
  }

  Result<void> keep_record() {
    BACKSTAY_TRY(write_record(files_, source_, request_.snapshot, "copy",
                              to_json(parts_, target_.uuid, request_.sealer->key())));
    return {};
  }

  // The longest paths first: a directory is sealed after what it holds.
  Result<void> seal_directories() {
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
  const Store& source_;
  const Store& target_;
  const CopyRequest& request_;
  const std::function<void(std::uint64_t)>& progress_;
  const std::stop_token& stop_;
  std::string from_;
  std::string staging_;
  std::string place_;
  Sums source_sums_;
  std::string manifest_text_;
  Manifest manifest_;
  std::vector<SealedFile> taken_;
  std::map<Digest, std::string> held_;  // in the target already: hash → path
  SealedParts known_;                   // of earlier copies
  SealedParts parts_;                   // of this one
  std::set<std::string> directories_;
  std::unique_ptr<File> lock_;  // of the staging: no recovery takes it away
  Sums sums_;
  CopyReport report_;
};

}  // namespace

std::string to_json(const SealedParts& parts, const std::string& store, const SealKey& key) {
  nlohmann::json list = nlohmann::json::object();
  for (const auto& [plain, sealed] : parts)
    list[to_hex(plain)] = to_hex(sealed);
  const nlohmann::json json = {
      {"parts", std::move(list)}, {"recipients", key.recipients}, {"to-store", store}};
  return json.dump();
}

SealedParts parse_sealed_parts(const std::string& text,
                               const std::string& store,
                               const SealKey& key) {
  SealedParts parts;
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("parts") || !json["parts"].is_object() ||
      json.value("to-store", nlohmann::json()) != store ||
      json.value("recipients", nlohmann::json()) != key.recipients)
    return parts;
  for (const auto& [plain, sealed] : json["parts"].items()) {
    const auto from = parse_digest(plain);
    const auto to = sealed.is_string() ? parse_digest(sealed.get<std::string>())
                                       : Result<Digest>(Error{.message = "no hash"});
    if (from && to)
      parts.emplace(*from, *to);
  }
  return parts;
}

Result<CopyReport> copy_sealed(Filesystem& files,
                               const Store& source,
                               const Store& target,
                               const CopyRequest& request,
                               const std::function<void(std::uint64_t)>& progress,
                               const std::stop_token& stop) {
  return SealedCopy(files, source, target, request, progress, stop).run();
}

}  // namespace backstay::runtime
