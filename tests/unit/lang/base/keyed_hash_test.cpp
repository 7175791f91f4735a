#include "lang/base/keyed_hash.hpp"

#include <string_view>

#include "tests/support/catch.hpp"

using namespace backstay;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

}  // namespace

// The GCM specification of McGrew and Viega, test case 1: no key bits, no plain text, and so the
// nonce's mask alone.
TEST_CASE("a keyed hash of nothing is that of the standard", "[keyed_hash]") {
  const KeyedDigest expected{0x58, 0xe2, 0xfc, 0xce, 0xfa, 0x7e, 0x30, 0x61,
                             0x36, 0x7f, 0x1d, 0x57, 0xa4, 0xe7, 0x45, 0x5a};
  CHECK(keyed_hash(HashKey{}, {}) == expected);
}

TEST_CASE("a running keyed hash is that of the whole, and starts anew after finish",
          "[keyed_hash]") {
  const HashKey key = random_hash_key();
  KeyedHash hash(key);
  hash.update(bytes_of("a text of more than one block "));
  hash.update(bytes_of("in two pieces"));
  CHECK(hash.finish() == keyed_hash(key, bytes_of("a text of more than one block in two pieces")));
  hash.update(bytes_of("b"));
  CHECK(hash.finish() == keyed_hash(key, bytes_of("b")));
}

TEST_CASE("another key or another content is another keyed hash", "[keyed_hash]") {
  const HashKey key = random_hash_key();
  HashKey other = key;
  other[3] ^= 1;
  CHECK(keyed_hash(key, bytes_of("text")) != keyed_hash(other, bytes_of("text")));
  CHECK(keyed_hash(key, bytes_of("text")) != keyed_hash(key, bytes_of("texu")));
  CHECK(keyed_hash(key, bytes_of("text")) !=
        keyed_hash(key, bytes_of(std::string_view("text\0", 5))));
  CHECK(random_hash_key() != random_hash_key());
  CHECK(process_hash_key() == process_hash_key());
}
