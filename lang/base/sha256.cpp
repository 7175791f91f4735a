#include "lang/base/sha256.hpp"

#include <openssl/evp.h>

#include "lang/base/result.hpp"

namespace backstay {

namespace {

// Why once: looking for an algorithm takes longer than hashing a small text. It stays until the
// end.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

}  // namespace

struct Sha256::State {
  State() : context(EVP_MD_CTX_new()), algorithm(sha256_algorithm()) {
    BACKSTAY_CHECK(context != nullptr && algorithm != nullptr, "libcrypto offers SHA-256");
    begin();
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { EVP_MD_CTX_free(context); }

  void begin() {
    BACKSTAY_CHECK(EVP_DigestInit_ex2(context, algorithm, nullptr) == 1, "a hash can begin");
  }

  EVP_MD_CTX* context;
  const EVP_MD* algorithm;
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
  thread_local Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Digest sha256(std::string_view text) {
  return sha256(std::as_bytes(std::span(text)));
}

std::string to_hex(const Digest& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(digest.size() * 2, '\0');
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = kDigits[digest[i] >> 4U];
    text[2 * i + 1] = kDigits[digest[i] & 0xFU];
  }
  return text;
}

}  // namespace backstay
