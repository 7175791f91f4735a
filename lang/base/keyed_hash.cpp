#include "lang/base/keyed_hash.hpp"

#include <utility>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <sys/random.h>

#include "lang/base/result.hpp"

namespace backstay {

namespace {

// Why once: looking for an algorithm takes long. It stays until the end.
EVP_MAC* gmac() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "GMAC", nullptr);
  return algorithm;
}

}  // namespace

struct KeyedHash::State {
  explicit State(const HashKey& key) : context(EVP_MAC_CTX_new(gmac())) {
    BACKSTAY_CHECK(context != nullptr, "libcrypto offers GMAC");
    begin(key.data(), key.size());
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { EVP_MAC_CTX_free(context); }

  // Why one nonce for all: it only hides the hash from who sees it, and nobody does.
  void begin(const unsigned char* key, std::size_t size) {
    std::array<unsigned char, 12> nonce{};
    std::array<char, 12> cipher{"AES-128-GCM"};
    const std::array<OSSL_PARAM, 3> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, cipher.data(), 0),
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_IV, nonce.data(), nonce.size()),
        OSSL_PARAM_construct_end()};
    const OSSL_PARAM* const from = parameters.data() + (key == nullptr ? 1 : 0);
    BACKSTAY_CHECK(EVP_MAC_init(context, key, size, from) == 1, "a keyed hash can begin");
  }

  EVP_MAC_CTX* context;
};

KeyedHash::KeyedHash(const HashKey& key) : state_(std::make_unique<State>(key)) {}

KeyedHash::KeyedHash(KeyedHash&&) noexcept = default;
KeyedHash& KeyedHash::operator=(KeyedHash&&) noexcept = default;
KeyedHash::~KeyedHash() = default;

void KeyedHash::update(std::span<const std::byte> bytes) {
  BACKSTAY_CHECK(
      EVP_MAC_update(state_->context, reinterpret_cast<const unsigned char*>(bytes.data()),
                     bytes.size()) == 1,
      "a keyed hash can go on");
}

KeyedDigest KeyedHash::finish() {
  KeyedDigest digest{};
  std::size_t length = 0;
  BACKSTAY_CHECK(EVP_MAC_final(state_->context, digest.data(), &length, digest.size()) == 1 &&
                     length == digest.size(),
                 "a keyed hash can end");
  state_->begin(nullptr, 0);
  return digest;
}

KeyedDigest keyed_hash(const HashKey& key, std::span<const std::byte> bytes) {
  KeyedHash hash(key);
  hash.update(bytes);
  return hash.finish();
}

HashKey random_hash_key() {
  HashKey key{};
  BACKSTAY_CHECK(getrandom(key.data(), key.size(), 0) == static_cast<ssize_t>(key.size()),
                 "the kernel gives up to 256 random bytes at once");
  return key;
}

const HashKey& process_hash_key() {
  static const HashKey key = random_hash_key();
  return key;
}

}  // namespace backstay
