// Hashes of several at once are those of one after the other.
#include "lang/base/sha256_batch.hpp"

#include <deque>
#include <random>
#include <vector>

#include "tests/support/catch.hpp"

namespace backstay {
namespace {

std::vector<std::byte> random_bytes(std::size_t size, std::mt19937_64& random) {
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes)
    byte = static_cast<std::byte>(random());
  return bytes;
}

// The contents in batches of `together`.
void check_batches(const std::deque<std::vector<std::byte>>& contents, std::size_t together) {
  Sha256Batch batch(0);
  std::vector<Digest> digests(contents.size());
  for (std::size_t i = 0; i < contents.size(); ++i) {
    batch.add(contents[i], digests[i]);
    if ((i + 1) % together == 0)
      batch.finish();
  }
  batch.finish();
  for (std::size_t i = 0; i < contents.size(); ++i) {
    INFO("content " << i << " of " << contents[i].size() << " bytes, " << together << " together");
    REQUIRE(digests[i] == sha256(std::span<const std::byte>(contents[i])));
  }
}

}  // namespace

TEST_CASE("many contents of every length to three blocks have their own hashes") {
  std::mt19937_64 random(1);
  std::deque<std::vector<std::byte>> contents;
  for (std::size_t size = 0; size <= 200; ++size)
    contents.push_back(random_bytes(size, random));
  for (const std::size_t together : {1U, 2U, 15U, 16U, 17U, 64U, 500U})
    check_batches(contents, together);
}

TEST_CASE("contents near the limits of sixteen bits and of large sizes have their own hashes") {
  std::mt19937_64 random(2);
  std::deque<std::vector<std::byte>> contents;
  for (const std::size_t around : {4096U, 32768U, 60000U, 65536U, 131072U}) {
    for (std::size_t size = around - 9; size <= around + 9; ++size)
      contents.push_back(random_bytes(size, random));
  }
  contents.push_back(random_bytes(5'000'000, random));
  for (const std::size_t together : {1U, 7U, 16U, 100U})
    check_batches(contents, together);
}

TEST_CASE("contents of random lengths have their own hashes in any company") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20; ++round) {
    std::deque<std::vector<std::byte>> contents;
    for (int i = 0; i < 60; ++i)
      contents.push_back(random_bytes(random() % 70'000, random));
    check_batches(contents, 1 + random() % 70);
  }
}

TEST_CASE(
    "a batch that becomes worth the library on its way has the same hashes before and after") {
  std::mt19937_64 random(5);
  const auto content = random_bytes(40'000, random);
  const Digest expected = sha256(std::span<const std::byte>(content));
  Sha256Batch batch(200'000);
  std::vector<Digest> digests(30);
  for (Digest& digest : digests)
    batch.add(content, digest);
  batch.finish();
  for (const Digest& digest : digests)
    CHECK(digest == expected);
}

TEST_CASE("a batch that was moved goes on") {
  std::mt19937_64 random(4);
  const auto content = random_bytes(1000, random);
  Digest digest{};
  Sha256Batch first(0);
  first.add(content, digest);
  Sha256Batch second = std::move(first);
  second.finish();
  CHECK(digest == sha256(std::span<const std::byte>(content)));
}

}  // namespace backstay
