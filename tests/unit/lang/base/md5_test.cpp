#include "lang/base/md5.hpp"

#include <span>
#include <string_view>

#include "tests/support/catch.hpp"

using namespace backstay;

namespace {

std::string md5_of(std::string_view text) {
  Md5 hash;
  hash.update(std::as_bytes(std::span(text)));
  return hash.finish_hex();
}

}  // namespace

TEST_CASE("MD5 is what RFC 1321 says") {
  CHECK(md5_of("") == "d41d8cd98f00b204e9800998ecf8427e");
  CHECK(md5_of("message digest") == "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST_CASE("MD5 of pieces is that of the whole, and ends once") {
  Md5 hash;
  for (const std::string_view piece : {"message", " ", "digest"})
    hash.update(std::as_bytes(std::span(piece)));
  CHECK(hash.finish_hex() == md5_of("message digest"));
  CHECK(hash.finish_hex().empty());
}
