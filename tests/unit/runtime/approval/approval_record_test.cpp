// An approval names one plan: no other bytes pass for it, and nothing in it is overlooked.
#include "runtime/approval/approval_record.hpp"

#include <string>

#include "compiler/plan/plan_yaml.hpp"
#include "runtime/signing/ssh_signature.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime::testing {
namespace {

ApprovalRecord sample_record() {
  return {.policy = "sample",
          .host = "ctl01",
          .digest = std::string(64, 'a'),
          .number = 1795368124,
          .until = "2027-06-01T00:00:00Z",
          .stores = {{"local", "3f2a0000-0000-4000-a000-000000000000"}},
          .programs = {{"/opt/flush", std::string(64, 'b')}}};
}

TEST_CASE("an approval is read back as it was written", "[approval]") {
  const ApprovalRecord record = sample_record();
  const auto read = parse_approval(to_json(record));
  REQUIRE(read);
  CHECK(*read == record);
  CHECK(to_json(*read) == to_json(record));
}

TEST_CASE("a part that is missing, unknown or of another kind is no approval", "[approval]") {
  const std::string text = to_json(sample_record());
  for (const char* key :
       {"approval", "digest", "host", "number", "policy", "programs", "stores", "until"}) {
    const std::string quoted = "\"" + std::string(key) + "\"";
    const std::size_t at = text.find(quoted);
    REQUIRE(at != std::string::npos);
    std::string other = text;
    other.replace(at, quoted.size(), "\"x" + std::string(key) + "\"");
    INFO(key);
    CHECK_FALSE(parse_approval(other));
  }
  CHECK_FALSE(parse_approval(""));
  CHECK_FALSE(parse_approval("[]"));
  CHECK_FALSE(parse_approval("{}"));
  std::string more = text;
  more.insert(more.find("\"digest\""), "\"only-on\": \"sundays\",\n  ");
  CHECK_FALSE(parse_approval(more));
  std::string number = text;
  number.replace(number.find("1795368124"), 10, "\"17953681\"");
  CHECK_FALSE(parse_approval(number));
}

TEST_CASE("a record and its signature are told apart", "[approval]") {
  const std::string record = to_json(sample_record());
  const std::string signature = std::string(kArmour) + "\nAAAA\n-----END SSH SIGNATURE-----\n";
  const auto file = split_approval(record + signature);
  REQUIRE(file);
  CHECK(file->record == record);
  CHECK(file->signature == signature);
  CHECK_FALSE(split_approval(record));
}

TEST_CASE("a plan with any byte changed, added or left out is not the plan that was approved",
          "[approval]") {
  const plan::Plan plan = test::sample_plan();
  const std::string approved = plan::digest(plan);
  const std::string bytes = plan::to_yaml(plan);
  const auto passes = [&](const std::string& other) {
    const auto read = plan::from_yaml(other, "plan.yaml");
    return read && plan::digest(*read) == approved;
  };
  REQUIRE(passes(bytes));
  std::size_t tried = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    std::string longer = bytes;
    longer.insert(at, 1, changed[at]);
    std::string shorter = bytes;
    shorter.erase(at, 1);
    INFO(at);
    CHECK_FALSE(passes(changed));
    CHECK_FALSE(passes(longer));
    CHECK_FALSE(passes(shorter));
    tried += 3;
  }
  CHECK(tried > 2000);
}

TEST_CASE("programs outside the system's directories are named, of the host alone", "[approval]") {
  plan::Plan plan = test::sample_plan();
  const auto add = [&](const char* host, const char* program) {
    plan::Step step = test::step(std::string("hook.") + program, {},
                                 plan::RunCommand{.service = "nova",
                                                  .moment = "before-backup",
                                                  .command = {program, "--now"},
                                                  .accepts = {0}});
    step.host = host;
    plan.backups.front().backup.push_back(step);
  };
  add("ctl01", "/usr/bin/true");
  add("ctl01", "true");
  add("ctl01", "/opt/flush");
  add("ctl01", "/usr/local/lib/flush");
  add("ctl02", "/opt/other");
  plan.secrets = {{.name = "s", .command = {"/opt/secret"}}};
  CHECK(own_programs(plan, "ctl01") ==
        std::vector<std::string>{"/opt/flush", "/opt/secret", "/usr/local/lib/flush"});
  CHECK(hosts_of(plan) == std::vector<std::string>{"ctl01", "ctl02"});
}

}  // namespace
}  // namespace backstay::runtime::testing
