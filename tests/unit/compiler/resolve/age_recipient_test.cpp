#include "compiler/resolve/age_recipient.hpp"

#include "tests/support/catch.hpp"

namespace backstay::compiler {
namespace {

const std::string kAge = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";
const std::string kEd25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";

}  // namespace

TEST_CASE("recipients of age are taken") {
  CHECK(!recipient_problem(kAge));
  CHECK(!recipient_problem("age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z"));
  CHECK(!recipient_problem(kEd25519));
  CHECK(!recipient_problem(kEd25519 + " admin@example.org"));
}

TEST_CASE("a slip of one letter anywhere in a recipient is found") {
  for (std::size_t at = 4; at < kAge.size(); ++at) {
    std::string slipped = kAge;
    slipped[at] = slipped[at] == 'q' ? 'p' : 'q';
    INFO(slipped);
    CHECK(recipient_problem(slipped));
  }
}

TEST_CASE("letters that change places, come twice or are lost are found") {
  for (std::size_t at = 4; at + 1 < kAge.size(); ++at) {
    std::string swapped = kAge;
    std::swap(swapped[at], swapped[at + 1]);
    CHECK(recipient_problem(swapped).has_value() == (swapped != kAge));
    CHECK(recipient_problem(kAge.substr(0, at) + kAge.substr(at + 1)));
    CHECK(recipient_problem(kAge.substr(0, at) + kAge.substr(at, 1) + kAge.substr(at)));
  }
}

TEST_CASE("keys of another kind are told apart") {
  CHECK(recipient_problem("age1yubikey1qwerty"));
  CHECK(recipient_problem("ssh-ed25519"));
  CHECK(recipient_problem("ssh-ed25519 "));
  CHECK(recipient_problem(kEd25519.substr(0, 60)));
  CHECK(recipient_problem("ssh-rsa " + kEd25519.substr(12)));
  CHECK(recipient_problem("ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAACQDAAAAAAAAAAQ=="));
  CHECK(recipient_problem("ecdsa-sha2-nistp256 AAAA"));
  CHECK(recipient_problem(""));
  CHECK(!recipient_problem("age2")->private_key);
}

TEST_CASE("a private key is called one, and its text is not repeated") {
  for (const std::string key :
       {"AGE-SECRET-KEY-1QQQSECRET", "age-secret-key-1qqqsecret", "AGE-PLUGIN-YUBIKEY-1QQQSECRET",
        "-----BEGIN OPENSSH PRIVATE KEY-----QQQSECRET"}) {
    const auto problem = recipient_problem(key);
    REQUIRE(problem);
    CHECK(problem->private_key);
    CHECK(problem->message.find("SECRET") == std::string::npos);
    CHECK(problem->help.find("SECRET") == std::string::npos);
  }
}

}  // namespace backstay::compiler
