#include "runtime/store/snapshot_signature.hpp"

#include <utility>

#include "runtime/store/layout.hpp"

namespace backstay::runtime {
namespace {

Error not_signed(const std::string& id, const std::string& why) {
  return {.kind = ErrorKind::Refused,
          .message = "snapshot `" + id + "` is not believed: " + why,
          .hint = "use one that `backstay list` shows as signed, and find out who wrote this one"};
}

bool asks(const Store& store) {
  return store.signing != nullptr && store.signing->believes();
}

}  // namespace

std::string contents_of(const Sums& sums) {
  Sums covered = sums;
  covered.erase(std::string(layout::kManifest));
  covered.erase(std::string(kManifestSignature));
  return to_hex(sha256(to_text(covered)));
}

Result<void> check_snapshot_signature(Filesystem& files,
                                      const Store& store,
                                      const std::string& path,
                                      const ReadPapers& papers) {
  if (!asks(store))
    return {};
  const Manifest& manifest = papers.manifest;
  const std::string signature_path = path + "/" + std::string(kManifestSignature);
  BACKSTAY_ASSIGN(const bool there, is_there(files, signature_path));
  if (!there)
    return not_signed(manifest.id, "it is not signed");
  BACKSTAY_ASSIGN(const std::string signature, read_file(files, signature_path));
  const auto signer =
      store.signing->check({kSnapshotNamespace, papers.manifest_text, signature}, manifest.host);
  if (!signer && signer.error().kind == ErrorKind::Refused)
    return not_signed(manifest.id, signer.error().message);
  if (!signer)
    return signer.error();
  if (manifest.contents != contents_of(papers.sums))
    return not_signed(manifest.id, "SHA256SUMS is not the one that was signed");
  return {};
}

Result<void> check_snapshot_signature(Filesystem& files,
                                      const Store& store,
                                      const std::string& id) {
  if (!asks(store))
    return {};
  BACKSTAY_TRY(layout::check_plain_name(id, "snapshot"));
  const std::string path = layout::snapshot(store.path, id);
  BACKSTAY_ASSIGN(const std::string text,
                  read_file(files, path + "/" + std::string(layout::kManifest)));
  BACKSTAY_ASSIGN(const Manifest manifest, parse_manifest(text, std::string(layout::kManifest)));
  BACKSTAY_ASSIGN(const std::string sums_text,
                  read_file(files, path + "/" + std::string(layout::kSums)));
  BACKSTAY_ASSIGN(const Sums sums, parse_sums(sums_text));
  if (manifest.id != id)
    return not_signed(id, "its manifest is of `" + manifest.id + "`");
  return check_snapshot_signature(files, store, path, {text, manifest, sums});
}

void flag_unsigned(Filesystem& files, const Store& store, std::vector<SnapshotSummary>& snapshots) {
  if (!asks(store))
    return;
  for (SnapshotSummary& one : snapshots) {
    if (!one.problem.empty())
      continue;
    const auto checked = check_snapshot_signature(files, store, one.id);
    if (!checked)
      one.problem = checked.error().message;
    else if (!one.partial)
      return;
  }
}

Result<void> check_can_sign(const Store& store, const std::string& host) {
  if (store.signing == nullptr)
    return {};
  const std::string probe = "a probe\n";
  BACKSTAY_ASSIGN(const std::string signature, store.signing->sign(kSnapshotNamespace, probe));
  if (!store.signing->believes())
    return {};
  const auto signer = store.signing->check({kSnapshotNamespace, probe, signature}, host);
  if (signer)
    return {};
  Error error = signer.error();
  error.message =
      "what host `" + host + "` signs would not be believed by itself: " + error.message;
  error.hint = "add the public half of snapshot_key to snapshot_signers, with `" + host +
               "` as its principal";
  return error;
}

}  // namespace backstay::runtime
