#include "runtime/store/sealed_papers.hpp"

#include "runtime/archive/part_record.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/restore_sheet.hpp"
#include "runtime/store/sealed_sheet.hpp"
#include "runtime/store/snapshot_signature.hpp"
#include "runtime/store/unsealing_filesystem.hpp"

namespace backstay::runtime {
namespace {

Manifest clear_manifest(const SealKey& key,
                        const CopyPapers& papers,
                        const std::vector<SealedFile>& files) {
  Manifest clear = without_details(papers.manifest);
  clear.seal = key;
  clear.sealed_copy = true;
  for (ManifestComponent& component : clear.components) {
    component.stored_bytes = component.linked_bytes = 0;
    const std::string prefix = "data/" + component.name + "/";
    for (const SealedFile& one : files) {
      const bool part = one.plain.starts_with(prefix) &&
                        one.plain != prefix + std::string(layout::kComponentFile);
      component.stored_bytes += part ? one.size : 0;
      component.linked_bytes += part && one.linked ? one.size : 0;
    }
  }
  // The chain is that of the copies: the manifest of the predecessor's copy is another one.
  if (clear.previous.empty() || !papers.previous_manifest) {
    clear.previous.clear();
    clear.previous_manifest.clear();
  } else {
    clear.previous_manifest = to_hex(sha256(*papers.previous_manifest));
  }
  return clear;
}

Sums sums_of(const std::vector<SealedFile>& files,
             const std::vector<std::pair<std::string, std::string>>& papers) {
  Sums sums;
  for (const SealedFile& one : files)
    sums[one.stored] = one.digest;
  for (const auto& [name, text] : papers)
    sums[name] = sha256(text);
  return sums;
}

}  // namespace

std::string sealed_name(const std::string& plain, const Digest& sealed) {
  const std::size_t slash = plain.rfind('/') + 1;
  const std::size_t dot = plain.find('.', slash);
  const bool hash = dot != std::string::npos && dot - slash == 64 &&
                    plain.find_first_not_of("0123456789abcdef", slash) == dot;
  return (hash ? plain.substr(0, slash) + to_hex(sealed) + plain.substr(dot) : plain) +
         kSealedSuffix;
}

Result<std::vector<std::pair<std::string, std::string>>> seal_papers(
    const Sealer& sealer, const CopyPapers& papers, const std::vector<SealedFile>& files) {
  std::string names;
  for (const SealedFile& one : files)
    names += names_line(one.stored, one.plain);
  const std::string commands = commands_of_sheet(papers.sheet);
  if (commands.empty() && !papers.manifest.components.empty()) {
    return Error{.kind = ErrorKind::Verification,
                 .message = "`" + std::string(layout::kSheet) + "` of snapshot " +
                            papers.manifest.id + " is not one of ours"};
  }
  std::vector<std::pair<std::string, std::string>> made;
  for (const auto& [name, text] :
       {std::pair(layout::kNames, names), std::pair(layout::kCommands, commands),
        std::pair(layout::kPlan, papers.plan), std::pair(layout::kDetails, papers.manifest_text)}) {
    const std::string what(name);
    BACKSTAY_ASSIGN(std::string sealed, sealer.seal_text("`" + what + "`", text));
    made.emplace_back(what + kSealedSuffix, std::move(sealed));
  }
  Manifest clear = clear_manifest(sealer.key(), papers, files);
  made.emplace_back(std::string(layout::kSheet), sealed_sheet(clear));
  clear.contents = papers.signing == nullptr ? std::string() : contents_of(sums_of(files, made));
  std::string text = to_json(clear);
  if (papers.signing != nullptr) {
    BACKSTAY_ASSIGN(std::string signature, papers.signing->sign(kSnapshotNamespace, text));
    made.emplace_back(std::string(kManifestSignature), std::move(signature));
  }
  made.emplace_back(std::string(layout::kManifest), std::move(text));
  return made;
}

}  // namespace backstay::runtime
