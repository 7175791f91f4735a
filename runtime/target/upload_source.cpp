#include "runtime/target/upload_source.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/seal_file.hpp"
#include "runtime/store/sealed_papers.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kRecord = "sealed-copy";

Error damaged(const std::string& path) {
  return {.kind = ErrorKind::Verification,
          .message = "`" + path + "` is not what SHA256SUMS says",
          .hint = "look at the disk it lies on: `backstay verify` names all that is damaged"};
}

Upload empty_upload(const TargetCopyRequest& request) {
  return {.snapshot = request.snapshot,
          .policy = request.policy,
          .host = request.host,
          .artefacts = {},
          .sums = {.path = std::string(layout::kSums)},
          .manifest = {.path = std::string(layout::kManifest)}};
}

// What was sealed before: hash of a file of the source → name, hash and size of the sealed one.
using Sealed = std::map<Digest, StoredFile>;

void add_record(const std::string& text,
                const std::string& store,
                const SealKey& key,
                Sealed& sealed) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("parts") || !json["parts"].is_object() ||
      json.value("to-store", nlohmann::json()) != store ||
      json.value("recipients", nlohmann::json()) != key.recipients)
    return;
  for (const auto& [plain, one] : json["parts"].items()) {
    const bool fits =
        one.is_array() && one.size() == 2 && one[0].is_string() && one[1].is_number_unsigned();
    const auto from = parse_digest(plain);
    const auto to = fits ? parse_digest(one[0].get<std::string>())
                         : Result<Digest>(Error{.message = "no hash"});
    if (from && to)
      sealed.insert_or_assign(*from,
                              StoredFile{.sha256 = *to, .size = one[1].get<std::uint64_t>()});
  }
}

std::string record_of(const std::vector<SealedFile>& files,
                      const std::string& store,
                      const SealKey& key) {
  nlohmann::json list = nlohmann::json::object();
  for (const SealedFile& one : files)
    list[to_hex(one.plain_digest)] = {to_hex(one.digest), one.size};
  const nlohmann::json json = {
      {"parts", std::move(list)}, {"recipients", key.recipients}, {"to-store", store}};
  return json.dump();
}

class SealedUpload {
 public:
  SealedUpload(World& world,
               const Store& source,
               TargetDriver& driver,
               const TargetIdentity& identity,
               const TargetCopyRequest& request,
               std::string directory,
               const std::stop_token& stop)
      : world_(world),
        source_(source),
        driver_(driver),
        identity_(identity),
        request_(request),
        directory_(std::move(directory)),
        stop_(stop),
        from_(layout::snapshot(source.path, request.snapshot)),
        upload_(empty_upload(request)) {}

  Result<Upload> run() {
    BACKSTAY_TRY(read_source());
    BACKSTAY_TRY(find_sealed());
    BACKSTAY_TRY(seal_missing());
    BACKSTAY_TRY(write_record(world_.files, source_, request_.snapshot, std::string(kRecord),
                              record_of(files_, identity_.uuid, request_.sealer->key())));
    BACKSTAY_TRY(make_papers());
    std::ranges::sort(upload_.artefacts, {}, &Artefact::path);
    return upload_;
  }

 private:
  Result<void> read_source() {
    BACKSTAY_ASSIGN(const std::string text,
                    read_file(world_.files, from_ + "/" + std::string(layout::kSums)));
    BACKSTAY_ASSIGN(sums_, parse_sums(text));
    BACKSTAY_ASSIGN(papers_.manifest_text, read_paper(layout::kManifest));
    BACKSTAY_ASSIGN(papers_.manifest,
                    parse_manifest(papers_.manifest_text, std::string(layout::kManifest)));
    BACKSTAY_ASSIGN(papers_.sheet, read_paper(layout::kSheet));
    BACKSTAY_ASSIGN(papers_.plan, read_paper(layout::kPlan));
    for (const auto& [path, digest] : sums_) {
      if (path.starts_with("data/"))
        files_.push_back({.plain = path, .plain_digest = digest});
    }
    return {};
  }

  Result<std::string> read_paper(std::string_view name) {
    const std::string path = from_ + "/" + std::string(name);
    BACKSTAY_ASSIGN(std::string text, read_file(world_.files, path));
    const auto sum = sums_.find(std::string(name));
    if (sum == sums_.end() || sum->second != sha256(text))
      return damaged(path);
    return text;
  }

  // What earlier copies of this writer sealed, of those that the far side still has, and what an
  // upload of this snapshot that was cut short did; then the far side says what of it is there.
  Result<void> find_sealed() {
    BACKSTAY_ASSIGN(const auto there, driver_.list(stop_));
    std::vector<std::string> ids;
    for (const std::string& id : there) {
      if (id.find("-" + request_.policy + "-" + request_.host + "-") != std::string::npos)
        ids.push_back(id);
    }
    // An upload of another snapshot that was cut short left parts there, too.
    ids.push_back(papers_.manifest.previous);
    ids.push_back(request_.snapshot);
    Sealed sealed;
    for (const std::string& id : ids) {
      const auto records = id.empty()
                               ? Result<std::vector<std::string>>(std::vector<std::string>())
                               : read_records(world_.files, source_, id, std::string(kRecord));
      for (const std::string& record : records ? *records : std::vector<std::string>())
        add_record(record, identity_.uuid, request_.sealer->key(), sealed);
    }
    Upload known = empty_upload(request_);
    for (SealedFile& one : files_) {
      const auto found = sealed.find(one.plain_digest);
      if (found == sealed.end())
        continue;
      one.digest = found->second.sha256;
      one.size = found->second.size;
      one.stored = sealed_name(one.plain, one.digest);
      known.artefacts.push_back({.path = one.stored, .sha256 = one.digest, .size = one.size});
    }
    BACKSTAY_ASSIGN(const auto missing, driver_.prepare(known, stop_));
    for (SealedFile& one : files_)
      one.linked = !one.stored.empty() && !missing.contains(one.stored);
    return {};
  }

  Result<void> seal_missing() {
    for (SealedFile& one : files_) {
      if (stop_.stop_requested())
        return Error{.kind = ErrorKind::Interrupted, .message = "the copy was interrupted"};
      Artefact artefact;
      if (!one.linked) {
        BACKSTAY_FAILPOINT("target.seal.file");
        BACKSTAY_TRY(seal(one));
        artefact.from = directory_ + "/" + one.stored;
      }
      artefact.path = one.stored;
      artefact.sha256 = one.digest;
      artefact.size = one.size;
      upload_.artefacts.push_back(std::move(artefact));
    }
    return {};
  }

  Result<void> seal(SealedFile& one) {
    const std::string to = directory_ + "/" + one.plain;
    BACKSTAY_TRY(make_directories(world_.files, to.substr(0, to.rfind('/')), 0700));
    return seal_file(world_.files, *request_.sealer, from_, directory_, Keep::Passing, one);
  }

  Result<void> make_papers() {
    papers_.signing = source_.signing;
    BACKSTAY_TRY(fetch_previous());
    papers_.signing = source_.signing;
    BACKSTAY_ASSIGN(const auto made, seal_papers(*request_.sealer, papers_, files_));
    Sums sums;
    for (const SealedFile& one : files_)
      sums[one.stored] = one.digest;
    for (const auto& [name, text] : made) {
      sums[name] = sha256(text);
      Artefact paper{
          .path = name, .sha256 = sums[name], .size = text.size(), .from = directory_ + "/" + name};
      BACKSTAY_TRY(write_new_file(world_.files, paper.from, text, 0400));
      if (name == layout::kManifest)
        upload_.manifest = std::move(paper);
      else
        upload_.artefacts.push_back(std::move(paper));
    }
    const std::string text = to_text(sums);
    upload_.sums = {.path = std::string(layout::kSums),
                    .sha256 = sha256(text),
                    .size = text.size(),
                    .from = directory_ + "/" + std::string(layout::kSums)};
    return write_new_file(world_.files, upload_.sums.from, text, 0400);
  }

  // The chain of the copies. Without the predecessor's copy this one begins a chain.
  Result<void> fetch_previous() {
    if (papers_.manifest.previous.empty())
      return {};
    const std::string directory = directory_ + "/previous";
    BACKSTAY_TRY(make_directories(world_.files, directory, 0700));
    const auto got = driver_.get(papers_.manifest.previous, {}, directory, stop_);
    if (!got && got.error().kind != ErrorKind::NotFound)
      return got.error();
    if (got) {
      BACKSTAY_ASSIGN(papers_.previous_manifest,
                      read_file(world_.files, directory + "/" + std::string(layout::kManifest)));
    }
    return {};
  }

  World& world_;
  const Store& source_;
  TargetDriver& driver_;
  const TargetIdentity& identity_;
  const TargetCopyRequest& request_;
  std::string directory_;
  const std::stop_token& stop_;
  std::string from_;
  Upload upload_;
  Sums sums_;
  CopyPapers papers_;
  std::vector<SealedFile> files_;
};

}  // namespace

Result<bool> seals_on_the_way(Filesystem& files,
                              const Store& source,
                              const TargetCopyRequest& request) {
  if (!request.sealer)
    return false;
  const std::string path =
      layout::snapshot(source.path, request.snapshot) + "/" + std::string(layout::kManifest);
  BACKSTAY_ASSIGN(const std::string text, read_file(files, path));
  BACKSTAY_ASSIGN(const Manifest manifest, parse_manifest(text, path));
  return !manifest.seal.seals();
}

Result<Upload> plain_upload(Filesystem& files,
                            const Store& source,
                            const TargetCopyRequest& request) {
  const std::string from = layout::snapshot(source.path, request.snapshot);
  Upload upload = empty_upload(request);
  upload.sums.from = from + "/" + std::string(layout::kSums);
  BACKSTAY_ASSIGN(const std::string text, read_file(files, upload.sums.from));
  BACKSTAY_ASSIGN(const Sums sums, parse_sums(text));
  upload.sums.sha256 = sha256(text);
  upload.sums.size = text.size();
  for (const auto& [path, digest] : sums) {
    BACKSTAY_ASSIGN(const FileStatus status, files.status(from + "/" + path));
    Artefact one{.path = path, .sha256 = digest, .size = status.size, .from = from + "/" + path};
    if (path == layout::kManifest)
      upload.manifest = std::move(one);
    else
      upload.artefacts.push_back(std::move(one));
  }
  return upload;
}

Result<Upload> sealed_upload(World& world,
                             const Store& source,
                             TargetDriver& driver,
                             const TargetIdentity& identity,
                             const TargetCopyRequest& request,
                             const std::string& directory,
                             const std::stop_token& stop) {
  return SealedUpload(world, source, driver, identity, request, directory, stop).run();
}

}  // namespace backstay::runtime
