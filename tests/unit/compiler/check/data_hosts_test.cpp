// Proofs about places look at the host that holds the data: a database lies on that of its server,
// whatever host the service itself runs on.
#include <string>

#include <fmt/format.h>

#include "tests/support/catch.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

std::string frame() {
  return "language 1\npolicy sample\nzone UTC\nsite dc1\nsite dc2\nhost ctl01 {\n    at dc1\n}\n"
         "host db01 {\n    at dc2\n}\nsecret login {\n    file /etc/login\n}\n"
         "mariadb db {\n    on db01\n    login login\n    socket /run/mysqld/mysqld.sock\n}\n"
         "schedule nightly {\n    every day at 02:30\n    window 1h\n}\n"
         "retention short {\n    daily 7\n}\n";
}

/// A database on db01 at dc2, of a service on ctl01 at dc1, backed up to a directory.
std::string policy(const std::string& facts, const std::string& target_host) {
  return frame() +
         fmt::format(
             "service app {{\n    on ctl01\n    database app on db\n{}}}\n"
             "target local {{\n    directory /srv/backup on {}\n    deletable-by admin\n}}\n"
             "backup b {{\n    cover all services\n    run nightly\n"
             "    to local keep short\n}}\n",
             facts, target_host);
}

std::size_t count(const std::string& text, Kind kind) {
  const Compilation compiled = compile_text(text);
  UNSCOPED_INFO(compiled.report());
  return compiled.of(kind).size();
}

}  // namespace

TEST_CASE("a copy beside the database server is not off site, wherever the service runs") {
  const std::string beside = policy("", "db01");
  CHECK(count(beside + "require app {\n    offsite 1\n}\n", Kind::TooFewOffsite) == 1);
  CHECK(count(beside + "require app {\n    offsite-rpo 30h\n}\n", Kind::OffsiteRpoBroken) == 1);
  CHECK(count(beside + "require app {\n    encrypted\n}\n", Kind::CopyNotEncrypted) == 0);
  const std::string with_files = policy("    path /etc/app as etc\n", "db01");
  CHECK(count(with_files + "require app {\n    offsite 1\n}\n", Kind::TooFewOffsite) == 1);
}

TEST_CASE("a copy away from the database server is off site, be it on the host of the service") {
  const std::string away = policy("", "ctl01");
  CHECK(count(away + "require app {\n    offsite 1\n}\n", Kind::TooFewOffsite) == 0);
  CHECK(count(away + "require app {\n    offsite-rpo 30h\n}\n", Kind::OffsiteRpoBroken) == 0);
  CHECK(count(away + "require app {\n    encrypted\n}\n", Kind::CopyNotEncrypted) == 1);
}

TEST_CASE("a key whose escrow is where the database server stands is lost with it") {
  const auto sealed = [](const std::string& escrow) {
    return frame() +
           fmt::format(
               "service app {{\n    on ctl01\n    database app on db\n}}\n"
               "key k {{\n"
               "    recipient "
               "\"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p\" escrow "
               "\"safe\" at {}\n"
               "    recipient "
               "\"age1lvyvwawkr0mcnnnncaghunadrqkmuf9e6507x9y920xxpp866cnql7dp2z\"\n}}\n"
               "target local {{\n    directory /srv/backup on ctl01\n    seal k\n"
               "    deletable-by admin\n}}\n"
               "backup b {{\n    cover all services\n    run nightly\n"
               "    to local keep short\n}}\n",
               escrow);
  };
  CHECK(count(sealed("dc2"), Kind::KeyLostWithSite) == 1);
  CHECK(count(sealed("dc1"), Kind::KeyLostWithSite) == 0);
}

}  // namespace backstay::compiler::testing
