#include "runtime/signing/store_signing.hpp"

#include <utility>

#include "runtime/signing/safe_file.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {
namespace {

constexpr std::uint64_t kSmallFile = 1ULL << 20U;

}  // namespace

Result<std::shared_ptr<const StoreSigning>> StoreSigning::find(const std::string& config) {
  if (config.empty())
    return std::shared_ptr<const StoreSigning>();
  RealFilesystem files;
  const std::string list = config + "/snapshot_signers";
  const std::string key = config + "/snapshot_key";
  BACKSTAY_ASSIGN(const bool believes, is_there_and_safe(list, 0022));
  BACKSTAY_ASSIGN(const bool signs, is_there_and_safe(key, 0077));
  if (!believes && !signs)
    return std::shared_ptr<const StoreSigning>();
  std::string signers;
  if (believes) {
    BACKSTAY_ASSIGN(signers, read_file(files, list, kSmallFile));
    signers += "\n";  // an empty list believes nobody
  }
  return std::shared_ptr<const StoreSigning>(
      new StoreSigning(std::move(signers), signs ? key : std::string(), config));
}

Result<std::string> StoreSigning::sign(const char* space, const std::string& text) const {
  if (signs())
    return sign_unattended(commands_, key_, space, text);
  return Error{.kind = ErrorKind::Refused,
               .message = "this host believes signed snapshots only and cannot sign: `" + config_ +
                          "/snapshot_key` is not there",
               .hint = "ssh-keygen -t ed25519 -N '' -f " + config_ +
                       "/snapshot_key, and add its public half to snapshot_signers"};
}

Result<Signer> StoreSigning::check(const SignedText& text, const std::string& principal) const {
  auto signer = check_signature(commands_, text, signers_, principal, {});
  if (signer || signer.error().kind != ErrorKind::Verification)
    return signer;
  return Error{.kind = ErrorKind::Refused, .message = std::move(signer).error().message};
}

}  // namespace backstay::runtime
