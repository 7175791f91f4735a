// Hosts of a plan in inventories of others, and text that YAML must not read otherwise.
#include "runtime/engine/ansible/inventory.hpp"

#include <yaml-cpp/yaml.h>

#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

using Names = std::map<std::string, std::string>;

plan::Plan plan_of(std::vector<plan::Host> hosts) {
  plan::Plan plan;
  plan.hosts = std::move(hosts);
  return plan;
}

const char* const kListing = R"({
  "_meta": {"hostvars": {
    "infra1": {"ansible_host": "10.0.0.1"}, "c1.example.org": {}, "c10.example.org": {},
    "keeper": {"backstay_host": "backup01"}, "twin-a": {"ansible_host": "10.0.0.9"},
    "twin-b": {"ansible_host": "10.0.0.9"}}},
  "all": {"children": ["ungrouped", "some"]},
  "some": {"hosts": ["infra1", "c1.example.org", "c10.example.org", "keeper", "twin-a", "twin-b"]}})";

}  // namespace

TEST_CASE("a host is found by what is said, its name, its variable, its address or its label") {
  const auto plan = plan_of({{.name = "infra1", .site = "", .address = ""},
                             {.name = "ctl", .site = "", .address = "10.0.0.1"},
                             {.name = "c1", .site = "", .address = ""},
                             {.name = "backup01", .site = "", .address = ""},
                             {.name = "other", .site = "", .address = ""}});
  const auto names = match_inventory(plan, kListing, {{"other", "c10.example.org"}});
  REQUIRE(names);
  CHECK(*names == Names{{"infra1", "infra1"},
                        {"ctl", "infra1"},
                        {"c1", "c1.example.org"},
                        {"backup01", "keeper"},
                        {"other", "c10.example.org"}});
}

TEST_CASE("every host that is missing or unclear is named at once") {
  const auto plan = plan_of({{.name = "infra1", .site = "", .address = ""},
                             {.name = "lost", .site = "", .address = ""},
                             {.name = "twin", .site = "", .address = "10.0.0.9"}});
  const auto names = match_inventory(plan, kListing, {});
  REQUIRE_FALSE(names);
  CHECK(names.error().kind == ErrorKind::NotFound);
  CHECK(names.error().message.find("2 of the plan's hosts: lost, twin") != std::string::npos);
  CHECK(match_inventory(plan, "no JSON", {}).error().kind == ErrorKind::BadInput);
}

TEST_CASE("a string stays a string in YAML, and is no template") {
  for (const char* text : {"ctl01", "on", "no", "10.0", "0x10", "", "a: b", "- x", "\"q\"", "a\nb",
                           "null", "10.0.0.1", "#c", "user@host:/path", "é"}) {
    const YAML::Node node = YAML::Load("key: " + yaml_scalar(text));
    CHECK(node["key"].Scalar() == text);
    const std::string scalar = yaml_scalar(text);
    CHECK((scalar.front() == '"' || scalar == text));
  }
  CHECK(yaml_scalar("{{ x }}").starts_with("!unsafe \""));
  CHECK(yaml_scalar("on") == "\"on\"");
}

}  // namespace backstay::runtime
