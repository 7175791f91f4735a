// Against an sshd that tests/e2e/rsync_contract_test.sh starts: without one these are not run
// (their tag hides them).
#include "runtime/target/rsync_target.hpp"

#include <cstdlib>
#include <filesystem>

#include "tests/support/catch.hpp"
#include "tests/unit/runtime/target/contract.hpp"

namespace backstay::runtime::testing {
namespace {

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  REQUIRE(value != nullptr);
  return value;
}

// The far side is a directory here, emptied for each section.
void check(const std::string& account) {
  const std::string far = from_environment("BACKSTAY_TEST_FAR");
  std::filesystem::remove_all(far);
  std::filesystem::create_directories(far);
  check_target_contract(
      {.open =
           [&](World& world) {
             plan::Target target;
             target.name = "away";
             target.kind = "rsync";
             target.remote = from_environment("BACKSTAY_TEST_DESTINATION") + ":" + far;
             target.login = account;
             plan::Plan plan;
             plan::Secret secret;
             secret.name = account;
             secret.file = from_environment("BACKSTAY_TEST_KEYS") + "/" + account;
             plan.secrets.push_back(secret);
             std::filesystem::create_directories(world.directories.config);
             for (const char* name : {"ssh_config", "known_hosts"}) {
               std::filesystem::copy_file(from_environment("BACKSTAY_TEST_CONFIG") + "/" + name,
                                          world.directories.config + "/" + name,
                                          std::filesystem::copy_options::overwrite_existing);
             }
             auto driver = make_rsync_target(world, plan, target);
             INFO((driver ? std::string() : to_string(driver.error())));
             REQUIRE(driver);
             return *std::move(driver);
           },
       .every_lie = false});
}

TEST_CASE("rsync to a machine with Backstay keeps the contract", "[.][rsync]") {
  check("receiving");
}

TEST_CASE("rsync to a machine without Backstay keeps the contract", "[.][rsync]") {
  check("plain");
}

}  // namespace
}  // namespace backstay::runtime::testing
