// Secrets: read at the last moment, handed over by descriptor, never in an argument vector, an
// environment value, a plan, a log or a temporary file.
#pragma once

#include <string>
#include <string_view>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// A sealed anonymous file (memfd, 0600) with a secret's bytes. Closes and forgets on destruction.
class SecretFile {
 public:
  SecretFile() = default;

  explicit SecretFile(int descriptor) : descriptor_(descriptor) {}

  SecretFile(SecretFile&& other) noexcept : descriptor_(other.descriptor_) {
    other.descriptor_ = -1;
  }

  SecretFile& operator=(SecretFile&& other) noexcept;
  ~SecretFile();

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// Copies a root- or self-owned file that others cannot read into a SecretFile. Errors:
/// Credentials, naming the file and what is wrong with it (absent, readable by others), never its
/// content.
[[nodiscard]] Result<SecretFile> open_secret(const std::string& path);

/// Puts bytes into a SecretFile; whose they were is the caller's to forget. name: for errors.
[[nodiscard]] Result<SecretFile> make_secret(const std::string& name, std::string_view bytes);

/// Takes known secrets out of text that will be shown: every `password = …` value of an option file
/// becomes `[redacted]`.
[[nodiscard]] std::string redact(std::string text, const SecretFile& secret);
/// The same of the option file at `path`.
[[nodiscard]] std::string redact(std::string text, const std::string& path);

}  // namespace backstay::runtime
