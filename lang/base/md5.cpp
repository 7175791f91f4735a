#include "lang/base/md5.hpp"

#include <string_view>

#include <openssl/evp.h>

namespace backstay {

struct Md5::State {
  State() : context(EVP_MD_CTX_new()) {
    usable = context != nullptr && EVP_DigestInit_ex(context, EVP_md5(), nullptr) == 1;
  }

  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { EVP_MD_CTX_free(context); }

  EVP_MD_CTX* context;
  bool usable = false;
};

Md5::Md5() : state_(std::make_unique<State>()) {}

Md5::Md5(Md5&&) noexcept = default;
Md5& Md5::operator=(Md5&&) noexcept = default;
Md5::~Md5() = default;

void Md5::update(std::span<const std::byte> bytes) {
  if (state_->usable)
    state_->usable = EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1;
}

std::string Md5::finish_hex() {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (!state_->usable || EVP_DigestFinal_ex(state_->context, digest.data(), &length) != 1)
    return {};
  state_->usable = false;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (unsigned int i = 0; i < length; ++i) {
    text += kDigits[digest[i] >> 4U];
    text += kDigits[digest[i] & 0xFU];
  }
  return text;
}

}  // namespace backstay
