// MD5 by OpenSSL's EVP: only to compare with what an object store says of what lies there. It is no
// proof against somebody who wants to deceive; SHA-256 is what names and restores bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace backstay {

/// A running MD5. Movable; one thread at a time. Where libcrypto is forbidden to offer MD5 (FIPS),
/// finish_hex() is empty, which equals no hash of anything.
class Md5 {
 public:
  Md5();
  Md5(Md5&&) noexcept;
  Md5& operator=(Md5&&) noexcept;
  ~Md5();

  void update(std::span<const std::byte> bytes);
  /// 32 lower-case hexadecimal digits; it cannot go on afterwards.
  [[nodiscard]] std::string finish_hex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace backstay
