#include "compiler/plan/plan_text.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::plan {

TEST_CASE("the text of a plan begins with what is left out and ends with the counts", "[plan]") {
  const std::string text = to_text(test::sample_plan(), {.color = false, .unicode = true});
  CHECK(text.find("Left out on purpose") < text.find("Sources of backup"));
  CHECK(text.find("! /etc/nova/\"odd\"\\*: tab") != std::string::npos);
  CHECK(text.find("here, ümlaut") != std::string::npos);
  CHECK(text.find('\t') == std::string::npos);
  CHECK(text.ends_with("\nPlan: 6 steps, 4 sources, 1 target; nothing was changed.\n"));
}

TEST_CASE("the text of a plan shows what each step needs by number", "[plan]") {
  const std::string text = to_text(test::sample_plan(), {.color = false, .unicode = false});
  CHECK(text.find(" 4  archive.nova.etc@ctl01  archive /etc/nova") != std::string::npos);
  CHECK(text.find("  2, 3\n") != std::string::npos);
  CHECK(text.find("  4 (always)\n") != std::string::npos);
  CHECK(text.find("–") == std::string::npos);
}

TEST_CASE("colour changes nothing but escape sequences in the text of a plan", "[plan]") {
  std::string colored = to_text(test::sample_plan(), {.color = true, .unicode = true});
  for (std::size_t at = colored.find('\x1b'); at != std::string::npos; at = colored.find('\x1b')) {
    colored.erase(at, colored.find('m', at) - at + 1);
  }
  CHECK(colored == to_text(test::sample_plan(), {.color = false, .unicode = true}));
}

}  // namespace backstay::plan
