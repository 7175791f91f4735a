#include "lang/base/suggest.hpp"

#include <algorithm>

#include "tests/support/catch.hpp"

using namespace backstay;

TEST_CASE("the nearest name is suggested for a slip of the hand", "[suggest]") {
  const std::vector<std::string> words = {"path", "except", "keep", "units", "database", "sqlite"};
  CHECK(nearest("pth", words) == "path");
  CHECK(nearest("ecxept", words) == "except");
  CHECK(nearest("databse", words) == "database");
  CHECK(nearest("unit", words) == "units");
  CHECK(did_you_mean("unit", words) == "did you mean `units`?");
}

TEST_CASE("nothing is suggested for a word that is no slip", "[suggest]") {
  CHECK_FALSE(nearest("volume", {"path", "keep"}));
  CHECK_FALSE(nearest("", {"path"}));
  CHECK_FALSE(nearest("x", {"y"}));
  CHECK_FALSE(nearest(std::string(1000, 'a'), {std::string(1000, 'a') + "b"}));
  CHECK(did_you_mean("volume", {"path"}).empty());
}

TEST_CASE("the order of the candidates does not matter", "[suggest]") {
  std::vector<std::string> words = {"local-a", "local-b", "local-c"};
  const auto first = nearest("local-x", words);
  std::reverse(words.begin(), words.end());
  CHECK(nearest("local-x", words) == first);
  CHECK(first == "local-a");
}
