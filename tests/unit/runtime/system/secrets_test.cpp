#include "runtime/system/secrets.hpp"

#include <algorithm>
#include <array>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/system/secret_source.hpp"
#include "runtime/system/subprocess.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime {
namespace {

const std::string kLogin = "[client]\nuser = backup\npassword = \"s3cr#t pass\"\n";

std::string write_secret(const test::TemporaryDirectory& place,
                         mode_t mode,
                         const std::string& text = kLogin) {
  const auto path = place / "login.cnf";
  std::ofstream(path) << text;
  ::chmod(path.c_str(), mode);
  return path;
}

}  // namespace

TEST_CASE("a secret is handed over by descriptor") {
  const test::TemporaryDirectory place;
  const auto secret = open_secret(write_secret(place, 0600));
  REQUIRE(secret);
  Command command{.program = "/bin/cat", .arguments = {"/dev/fd/9"}};
  command.descriptors = {{.ours = secret->descriptor(), .theirs = 9}};
  RealCommandRunner runner;
  for (int twice = 0; twice < 2; ++twice) {  // each reader begins at the start
    const auto exit = runner.run(command, {});
    REQUIRE(exit);
    CHECK(exit->output == kLogin);
  }
}

TEST_CASE("a secret in memory is sealed, closed to others and not inherited") {
  const test::TemporaryDirectory place;
  const auto secret = open_secret(write_secret(place, 0600));
  REQUIRE(secret);
  CHECK(::write(secret->descriptor(), "x", 1) == -1);
  CHECK(::ftruncate(secret->descriptor(), 0) == -1);
  CHECK((::fcntl(secret->descriptor(), F_GETFD) & FD_CLOEXEC) != 0);

  struct stat found {};

  REQUIRE(::fstat(secret->descriptor(), &found) == 0);
  CHECK((found.st_mode & 07777U) == 0600U);
}

TEST_CASE("a secret that others can reach is refused, with the way to close it") {
  const test::TemporaryDirectory place;
  for (const mode_t mode : {0604U, 0602U, 0601U, 0620U, 0666U}) {
    const auto path = write_secret(place, mode);
    const auto secret = open_secret(path);
    REQUIRE_FALSE(secret);
    CHECK(secret.error().kind == ErrorKind::Credentials);
    CHECK(secret.error().message.find(path) != std::string::npos);
    CHECK(secret.error().hint.find("chmod 0600") != std::string::npos);
    CHECK(to_string(secret.error()).find("s3cr") == std::string::npos);
  }
}

TEST_CASE("a secret that is absent, a directory, a FIFO or too large is refused") {
  const test::TemporaryDirectory place;
  REQUIRE(::mkfifo((place / "fifo").c_str(), 0600) == 0);
  const auto large = write_secret(place, 0600, std::string((1U << 20U) + 1, 'x'));
  for (const auto& path : {place / "absent", place.path(), place / "fifo", large}) {
    const auto secret = open_secret(path);
    REQUIRE_FALSE(secret);
    CHECK(secret.error().kind == ErrorKind::Credentials);
  }
}

TEST_CASE("a secret of another user is refused") {
  const test::TemporaryDirectory place;
  const auto path = write_secret(place, 0600);
  if (::geteuid() == 0) {  // only root can make such a file; an ordinary user looks at root's
    REQUIRE(::chown(path.c_str(), 65534, 65534) == 0);
    CHECK(open_secret(path).error().message.find("belongs to another user") != std::string::npos);
  } else {
    CHECK_FALSE(open_secret("/etc/shadow"));
  }
}

TEST_CASE("passwords of an option file are taken out of text") {
  const test::TemporaryDirectory place;
  const auto path =
      write_secret(place, 0600,
                   "[client]\npassword = \"s3cr#t pass\"\n[other]\npassword=back\\\\slash # note\n"
                   "user = admin\n");
  CHECK(redact("access denied (s3cr#t pass) for admin", path) ==
        "access denied ([redacted]) for admin");
  CHECK(redact("tried back\\slash and back\\\\slash", path) == "tried [redacted] and [redacted]");
  CHECK(redact("nothing here", path) == "nothing here");
  CHECK(redact("kept", place / "absent") == "kept");
}

TEST_CASE("a secret comes from a credential of systemd or a command") {
  const test::TemporaryDirectory place;
  const auto file = write_secret(place, 0600);
  RealCommandRunner runner;
  plan::Secret secret{.name = "login"};
  secret.credential = "login.cnf";
  ::unsetenv("CREDENTIALS_DIRECTORY");
  const auto nowhere = read_secret(secret, runner, {});
  REQUIRE_FALSE(nowhere);
  CHECK(nowhere.error().hint.find("LoadCredential=login.cnf") != std::string::npos);
  ::setenv("CREDENTIALS_DIRECTORY", place.path().c_str(), 1);
  const auto credential = read_secret(secret, runner, {});
  ::unsetenv("CREDENTIALS_DIRECTORY");
  secret = {.name = "login", .file = {}, .credential = {}, .command = {"cat", file}};
  const auto printed = read_secret(secret, runner, {});
  for (const auto* read : {&credential, &printed}) {
    REQUIRE(*read);
    std::array<char, 200> bytes{};
    const auto size = ::pread((*read)->descriptor(), bytes.data(), bytes.size(), 0);
    CHECK(std::string(bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))) ==
          kLogin);
    CHECK(redact("no s3cr#t pass here", **read) == "no [redacted] here");
  }
}

TEST_CASE("a secret's command that fails or prints nothing is refused without its words") {
  const test::TemporaryDirectory place;
  RealCommandRunner runner;
  for (const std::string script : {"echo s3cret >&2; echo s3cret; exit 3", "true"}) {
    plan::Secret secret{.name = "login"};
    secret.command = {"sh", "-c", script};
    const auto read = read_secret(secret, runner, {});
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == ErrorKind::Credentials);
    CHECK((to_string(read.error()) + read.error().hint).find("s3cret") == std::string::npos);
  }
}

}  // namespace backstay::runtime
