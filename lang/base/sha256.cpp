#include "lang/base/sha256.hpp"

#include <openssl/evp.h>

#include "lang/base/result.hpp"

namespace backstay {

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()), algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
    BACKSTAY_CHECK(context != nullptr && algorithm != nullptr, "libcrypto offers SHA-256");
    begin();
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
  }

  void begin() {
    BACKSTAY_CHECK(EVP_DigestInit_ex2(context, algorithm, nullptr) == 1, "a hash can begin");
  }

  EVP_MD_CTX* context;
  EVP_MD* algorithm;
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}

Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;
Sha256::~Sha256() = default;

void Sha256::update(std::span<const std::byte> bytes) {
  BACKSTAY_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1,
                 "a hash can go on");
}

void Sha256::update(std::string_view text) {
  update(std::as_bytes(std::span(text)));
}

Digest Sha256::finish() {
  Digest digest{};
  unsigned int length = 0;
  BACKSTAY_CHECK(
      EVP_DigestFinal_ex(state_->context, digest.data(), &length) == 1 && length == digest.size(),
      "a hash can end");
  state_->begin();
  return digest;
}

Digest sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Digest sha256(std::string_view text) {
  return sha256(std::as_bytes(std::span(text)));
}

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(digest.size() * 2);
  for (const std::uint8_t byte : digest) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

}  // namespace backstay
