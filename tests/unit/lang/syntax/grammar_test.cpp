#include "lang/syntax/grammar.hpp"

#include "tests/support/catch.hpp"

TEST_CASE("the grammar has no rule that loops without eating a byte", "[grammar]") {
  CHECK(tao::pegtl::analyze<backstay::lang::grammar::file>(-1) == 0);
}
