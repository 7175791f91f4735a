#include "lang/base/sha256.hpp"

#include "tests/support/catch.hpp"

using namespace backstay;

// FIPS 180-4, examples of the standard.
TEST_CASE("hashes are those of the standard", "[sha256]") {
  CHECK(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(to_hex(sha256("abc")) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a running hash is that of the whole, and starts anew after finish", "[sha256]") {
  Sha256 hash;
  hash.update("a");
  hash.update("bc");
  CHECK(hash.finish() == sha256("abc"));
  hash.update("abc");
  CHECK(hash.finish() == sha256("abc"));
}
