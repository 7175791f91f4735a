// Signatures by OpenSSH: `ssh-keygen -Y sign` and `-Y verify`, the one place that calls them.
//
// Operators have such keys, agents and tokens already, and anybody can check a signature without
// Backstay. Everything goes through descriptors: no private key, text or signature is in an
// argument vector, only the path of a key.
#pragma once

#include <stop_token>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// What a signature is for (PROTOCOL.sshsig of OpenSSH): one that was made for one is never taken
/// for another.
inline constexpr const char* kPlanNamespace = "backstay-plan";
inline constexpr const char* kSnapshotNamespace = "backstay-snapshot";
inline constexpr const char* kRecordNamespace = "backstay-record";

/// How an armoured signature begins.
inline constexpr std::string_view kArmour = "-----BEGIN SSH SIGNATURE-----";

struct SignedText {
  const char* space;      ///< one of the above
  std::string text;       ///< what was signed
  std::string signature;  ///< armoured
};

/// Who signed: as the list of allowed signers names him, and the hash of his key.
struct Signer {
  std::string principal;
  std::string key;  ///< `SHA256:…`
};

/// Looks whether one of `allowed` signed (ssh-keygen's ALLOWED SIGNERS). Empty `principal`: any of
/// them. Errors: Verification with what is wrong (another key, changed since, not for this, its
/// time is over), ToolMissing, Interrupted.
/// allowed  the bytes of the list, not its path: they are what was looked at
[[nodiscard]] Result<Signer> check_signature(CommandRunner& commands,
                                             const SignedText& text,
                                             const std::string& allowed,
                                             const std::string& principal,
                                             std::stop_token stop);

/// Signs without asking anybody: with a private key in a file that has no passphrase, or, where the
/// path ends in `.pub`, with a key of the agent of SSH_AUTH_SOCK. Errors: Credentials, ToolMissing.
[[nodiscard]] Result<std::string> sign_unattended(CommandRunner& commands,
                                                  const std::string& key,
                                                  const char* space,
                                                  const std::string& text);

/// Signs on the terminal of the caller: ssh-keygen may ask there for a passphrase or for a touch of
/// a token. Errors: Credentials, ToolMissing.
[[nodiscard]] Result<std::string> sign_on_terminal(const std::string& key,
                                                   const char* space,
                                                   const std::string& text);

}  // namespace backstay::runtime
