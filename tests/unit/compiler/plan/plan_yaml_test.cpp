#include "compiler/plan/plan_yaml.hpp"

#include <yaml-cpp/yaml.h>

#include "lang/base/sha256.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::plan {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

// The text with a digest that fits it, as somebody who edits a plan on purpose would make.
std::string resealed(const std::string& text) {
  const std::string content = text.substr(0, text.rfind("digest: "));
  return content + "digest: \"sha256:" + to_hex(sha256(content)) + "\"\n";
}

}  // namespace

TEST_CASE("a plan is read back as it was written, with every step kind", "[plan]") {
  const Plan plan = test::sample_plan();
  const std::string bytes = to_yaml(plan);
  const auto read = from_yaml(bytes, "p.yaml");
  REQUIRE(read.has_value());
  CHECK(*read == plan);
  CHECK(to_yaml(*read) == bytes);
  CHECK(bytes.find(digest(plan)) != std::string::npos);
}

TEST_CASE("every single changed byte of a plan is refused", "[plan]") {
  const std::string bytes = to_yaml(test::sample_plan());
  for (std::size_t at = 0; at < bytes.size(); at += 7) {
    std::string changed = bytes;
    changed[at] = changed[at] == 'x' ? 'y' : 'x';
    INFO("byte " << at);
    CHECK_FALSE(from_yaml(changed, "p.yaml").has_value());
  }
}

TEST_CASE("a plan that is cut short anywhere is refused", "[plan]") {
  const std::string bytes = to_yaml(test::sample_plan());
  for (std::size_t size = 0; size < bytes.size(); size += 31) {
    CHECK_FALSE(from_yaml(bytes.substr(0, size), "p.yaml").has_value());
  }
}

TEST_CASE("a hand-edited plan is told from a broken one", "[plan]") {
  const std::string bytes = to_yaml(test::sample_plan());
  const auto edited = from_yaml(replaced(bytes, "/srv/backup", "/srv/elsewhere"), "p.yaml");
  REQUIRE_FALSE(edited.has_value());
  CHECK(edited.error().kind == ErrorKind::Refused);
  CHECK(edited.error().message.find("was changed after it was compiled") != std::string::npos);

  const auto foreign = from_yaml("version: 3\n", "p.yaml");
  REQUIRE_FALSE(foreign.has_value());
  CHECK(foreign.error().kind == ErrorKind::BadInput);
}

TEST_CASE("a plan of a newer schema is refused by its first line alone", "[plan]") {
  const auto newer = from_yaml("plan: 2\nshape: \"unknown\"\n", "p.yaml");
  REQUIRE_FALSE(newer.has_value());
  CHECK(newer.error().kind == ErrorKind::Refused);
  CHECK(newer.error().hint.find("newer Backstay") != std::string::npos);
}

TEST_CASE("what is not in the strict form is refused even with a digest that fits", "[plan]") {
  const std::string bytes = to_yaml(test::sample_plan());
  const auto message = [](const std::string& text) {
    const auto read = from_yaml(resealed(text), "p.yaml");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().kind == ErrorKind::BadInput);
    return read.error().message;
  };
  CHECK(message(replaced(bytes, "policy: ", "polity: "))
            .find("expected the key `policy`, found `polity") != std::string::npos);
  CHECK(message(replaced(bytes, "zone: \"UTC\"\n", "zone: \"UTC\"\nzone: \"UTC\"\n"))
            .find("found `zone: ") != std::string::npos);
  CHECK(message(replaced(bytes, "zone: \"UTC\"\n", "zone: \"UTC\"\nextra: 1\n"))
            .find("found `extra: 1`") != std::string::npos);
  CHECK(message(replaced(bytes, "zone: \"UTC\"", "zone: UTC")).find("quoted string") !=
        std::string::npos);
  CHECK(message(replaced(bytes, "daily: 7", "daily: seven")).find("whole number") !=
        std::string::npos);
  CHECK(message(replaced(bytes, "daily: 7", "daily: 07")).find("canonical") != std::string::npos);
  CHECK(message(replaced(bytes, "kind: \"archive-files\"", "kind: \"run-shell\""))
            .find("unknown step kind") != std::string::npos);
}

TEST_CASE("aliases, anchors, flow lists and deep nesting are not followed", "[plan]") {
  const std::string bytes = to_yaml(test::sample_plan());
  const std::string begin = bytes.substr(0, bytes.find("backups:"));
  for (const std::string& hostile :
       {begin + "backups: &a [*a, *a]\n", begin + "backups: *a\n", begin + "backups: !!seq []\n",
        begin + "backups: " + std::string(100'000, '[') + "\n",
        begin + "backups:\n  - backup:\n      - " + std::string(100'000, ' ') + "a: 1\n",
        begin + "? " + std::string(100'000, '{') + "\n"}) {
    const auto read = from_yaml(resealed(hostile + "digest: \n"), "p.yaml");
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().kind == ErrorKind::BadInput);
    CHECK(read.error().message.size() < 200);
  }
}

TEST_CASE("a plan is YAML to other readers, too", "[plan]") {
  Plan plan = test::sample_plan();
  plan.policy = "quote \" backslash \\ newline \n tab \t DEL \x7F \u00E9";
  const YAML::Node read = YAML::Load(to_yaml(plan));
  CHECK(read["policy"].Scalar() == plan.policy);
  CHECK(read["digest"].Scalar() == "sha256:" + digest(plan));
  REQUIRE(read["backups"].size() == plan.backups.size());
  for (std::size_t at = 0; at < plan.backups.size(); ++at) {
    const YAML::Node steps = read["backups"][at]["backup"];
    REQUIRE(steps.size() == plan.backups[at].backup.size());
    for (std::size_t number = 0; number < steps.size(); ++number) {
      CHECK(steps[number]["id"].Scalar() == plan.backups[at].backup[number].id);
      CHECK(steps[number]["with"].IsMap());
    }
  }
}

TEST_CASE("an error in a plan says line and column", "[plan]") {
  const std::string bytes = replaced(to_yaml(test::sample_plan()), "always: true", "always: yes");
  const auto read = from_yaml(resealed(bytes), "p.yaml");
  REQUIRE_FALSE(read.has_value());
  const std::size_t at = bytes.find("always: yes");
  const auto line =
      1 + std::count(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(at), '\n');
  CHECK(read.error().message.find("p.yaml:" + std::to_string(line) + ":") != std::string::npos);
}

}  // namespace backstay::plan
