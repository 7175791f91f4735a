#include "compiler/load/import_path.hpp"

#include "tests/support/catch.hpp"

namespace backstay::compiler::testing {

TEST_CASE("an import is relative to the folder of its file") {
  REQUIRE(import_path("", "./a.stay") == "a.stay");
  REQUIRE(import_path("sub", "./a.stay") == "sub/a.stay");
  REQUIRE(import_path("sub/deep", "../a.stay") == "sub/a.stay");
  REQUIRE(import_path("sub", "x//./y/../a.stay") == "sub/x/a.stay");
}

TEST_CASE("no spelling of an import leads out of the root") {
  REQUIRE_FALSE(import_path("", "../a.stay"));
  REQUIRE_FALSE(import_path("sub", "../../a.stay"));
  REQUIRE_FALSE(import_path("sub", "x/../../../sub/a.stay"));
  REQUIRE_FALSE(import_path("", "/etc/a.stay"));
  REQUIRE_FALSE(import_path("", "."));
}

TEST_CASE("a path below the root is handed to the reader as the root was written") {
  REQUIRE(below_root("", "a.stay") == "a.stay");
  REQUIRE(below_root("conf", "a.stay") == "conf/a.stay");
  REQUIRE(below_root("/", "a.stay") == "/a.stay");
  REQUIRE(folder_of("conf/x.stay") == "conf");
  REQUIRE(folder_of("/x.stay") == "/");
  REQUIRE(folder_of("x.stay").empty());
}

}  // namespace backstay::compiler::testing
