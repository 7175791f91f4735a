// A keyed 128-bit hash for bytes that only this host compares: GMAC of libcrypto, some eight times
// as fast as SHA-256. Never stored for others and never shown.
//
// Why a collision is out of reach, also for who makes files for that purpose: GMAC is a universal
// hash, so with a key that is not known two contents of up to 32 MiB, however they were chosen,
// agree with a probability below 2^-106, and nothing that is shown depends on the key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace backstay {

using HashKey = std::array<std::uint8_t, 16>;
using KeyedDigest = std::array<std::uint8_t, 16>;

/// A running hash. After finish() it starts anew with the same key. Movable; one thread at a time.
class KeyedHash {
 public:
  explicit KeyedHash(const HashKey& key);
  KeyedHash(KeyedHash&&) noexcept;
  KeyedHash& operator=(KeyedHash&&) noexcept;
  ~KeyedHash();

  void update(std::span<const std::byte> bytes);
  [[nodiscard]] KeyedDigest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

[[nodiscard]] KeyedDigest keyed_hash(const HashKey& key, std::span<const std::byte> bytes);

/// From the kernel's random numbers.
[[nodiscard]] HashKey random_hash_key();

/// The same for all of this process: for what it writes and compares itself.
[[nodiscard]] const HashKey& process_hash_key();

}  // namespace backstay
