// Every hostile archive in every dialect, restored by root and by a user, where nothing is and
// where something lives: nothing outside changes, nothing gives privileges, what failed leaves no
// trace.
#include <climits>
#include <set>

#include <archive.h>
#include <unistd.h>

#include "runtime/store/verify.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/runtime/restore/hostile_trial.hpp"

namespace backstay::runtime::testing {

namespace {

constexpr int kMetadata = ARCHIVE_EXTRACT_OWNER | ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
                          ARCHIVE_EXTRACT_XATTR | ARCHIVE_EXTRACT_ACL;
constexpr int kSecure = ARCHIVE_EXTRACT_SECURE_SYMLINKS | ARCHIVE_EXTRACT_SECURE_NODOTDOT |
                        ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS;

// What in the libarchive of a control came through.
struct Control {
  std::set<std::string> escaped;
  std::set<std::string> privileged;
};

Control run_control(HostileTrial& trial, int flags) {
  Control control;
  for (const HostileCase& each : hostile_cases(trial.top(), trial.outside())) {
    const std::string& last = each.forgery.members.back().entry.path;
    if (last.size() > PATH_MAX)
      continue;  // takes long, and leads nowhere
    const Aftermath after = trial.extract_with_libarchive(each.forgery, TarDialect::Pax, flags);
    if (!after.outside.empty())
      control.escaped.insert(each.name);
    if (!after.gifts.empty())
      control.privileged.insert(each.name);
  }
  return control;
}

}  // namespace

TEST_CASE("no hostile archive leads out of its tree or gives a privilege") {
  REQUIRE(geteuid() == 0);
  HostileTrial trial;
  const auto cases = hostile_cases(trial.top(), trial.outside());
  std::size_t archives = 0;
  for (const HostileCase& each : cases) {
    for (const TarDialect dialect : kTarDialects) {
      ++archives;
      for (const Who who : {Who::Root, Who::User}) {
        for (const bool populated : {false, true}) {
          INFO(each.name << ", " << name_of(dialect) << (who == Who::Root ? ", root" : ", a user")
                         << (populated ? ", onto a tree" : ""));
          const Aftermath after = trial.attack(each.forgery, dialect, who, populated);
          INFO(after.error);
          CHECK(after.outside == "");
          CHECK(after.gifts == "");
          CHECK(after.remains == "");
          CHECK(after.error != "the process died");
          if (!each.harmless)
            CHECK(after.error != "");
          if (each.harmless && dialect == TarDialect::Own && who == Who::Root)
            CHECK(after.error == "");
        }
      }
    }
  }
  CHECK(archives >= 240);
}

TEST_CASE("libarchive, as a control, lets them out without its flags and privileges in with them") {
  REQUIRE(geteuid() == 0);
  HostileTrial trial;
  const Control plain = run_control(trial, kMetadata);
  CAPTURE(plain.escaped, plain.privileged);
  CHECK(plain.escaped.size() >= 8);
  CHECK(plain.privileged.size() >= 5);
  const Control secure = run_control(trial, kMetadata | kSecure);
  CHECK(secure.privileged.size() >= 5);
}

}  // namespace backstay::runtime::testing
