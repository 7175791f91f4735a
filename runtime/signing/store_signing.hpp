// What this host does about signatures in stores: whose it believes, and with what it signs.
//
// CONFIG/snapshot_signers   hosts whose snapshots and records are believed (ssh-keygen(1), ALLOWED
//                           SIGNERS; a host's principal is its name); not there: nothing is checked
// CONFIG/snapshot_key       the private key of this host, without a passphrase; not there: it signs
//                           nothing
// There is no flag that takes what is not signed: whoever may write to a store would use it.
#pragma once

#include <memory>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/signing/ssh_signature.hpp"

namespace backstay::runtime {

/// Immutable; thread-safe.
class StoreSigning {
 public:
  /// As the configuration says; null where it says nothing (or `config` is empty). Errors: Refused,
  /// where others could change the list or read the key. Looks at this machine itself, whatever
  /// view of files the store is read through.
  [[nodiscard]] static Result<std::shared_ptr<const StoreSigning>> find(const std::string& config);

  /// Whether only what is signed is believed.
  [[nodiscard]] bool believes() const { return !signers_.empty(); }

  [[nodiscard]] bool signs() const { return !key_.empty(); }

  /// Errors: Refused (this host has no key), Credentials, ToolMissing.
  [[nodiscard]] Result<std::string> sign(const char* space, const std::string& text) const;

  /// Errors: Refused with what is wrong, ToolMissing. Empty `principal`: any of them.
  [[nodiscard]] Result<Signer> check(const SignedText& text, const std::string& principal) const;

 private:
  StoreSigning(std::string signers, std::string key, std::string config)
      : signers_(std::move(signers)), key_(std::move(key)), config_(std::move(config)) {}

  std::string signers_;  // the list itself
  std::string key_;      // path
  std::string config_;
  // Why an own one: a store is opened in many places, and none must be able to forget signatures.
  mutable RealCommandRunner commands_;
};

}  // namespace backstay::runtime
