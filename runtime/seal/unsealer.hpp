// Opening what is sealed: age with an identity that it gets by descriptor.
#pragma once

#include <memory>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/seal/seal_key.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/secrets.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// Holds the identity in memory only. Thread-safe.
class Unsealer {
 public:
  /// identity  a file as age-keygen writes it, or an ssh private key without a passphrase
  /// Errors: Credentials (absent, open to others), ToolMissing.
  [[nodiscard]] static Result<Unsealer> open(CommandRunner& commands, const std::string& identity);

  /// All of a sealed file, opened and proven, as a file in memory that can be sought in. Nothing of
  /// it is given before all of it is proven.
  /// key  to whom it is sealed, for messages
  /// Errors: Credentials (the identity does not open it), Verification (damaged), ToolFailed, Io.
  [[nodiscard]] Result<std::unique_ptr<File>> unseal(Filesystem& files,
                                                     const std::string& path,
                                                     const SealKey& key) const;

 private:
  Unsealer(CommandRunner& commands, std::string program, std::string name, SecretFile identity)
      : commands_(&commands),
        program_(std::move(program)),
        name_(std::move(name)),
        identity_(std::move(identity)) {}

  CommandRunner* commands_;
  std::string program_;
  std::string name_;
  SecretFile identity_;
};

}  // namespace backstay::runtime
