#include "compiler/paths/pattern_index.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "compiler/paths/path_order.hpp"
#include "tests/support/catch.hpp"

namespace backstay::compiler {
namespace {

std::vector<PathPattern> parse_all(const std::vector<std::string>& texts) {
  std::vector<PathPattern> patterns;
  for (const std::string& text : texts) {
    patterns.push_back(PathPattern::parse(text).value());
  }
  return patterns;
}

PatternIndex index_of(const std::vector<PathPattern>& patterns) {
  std::vector<const PathPattern*> borrowed;
  for (const PathPattern& pattern : patterns) {
    borrowed.push_back(&pattern);
  }
  return PatternIndex(borrowed);
}

rc::Gen<std::string> any_path() {
  const auto segment = rc::gen::element<std::string>("/a", "/b", "/a-b", "/*");
  return rc::gen::map(rc::gen::resize(4, rc::gen::container<std::vector<std::string>>(segment)),
                      [](const std::vector<std::string>& segments) {
                        std::string path;
                        for (const std::string& text : segments) {
                          path += text;
                        }
                        return path;
                      });
}

}  // namespace

TEST_CASE("a place is asked of those patterns that begin above, at or below it") {
  const auto patterns = parse_all({"/etc/nova/*.conf", "/etc", "/etc-old", "/**/x", "/var/lib"});
  const PatternIndex index = index_of(patterns);
  CHECK(index.near("/etc/nova") == std::vector<std::size_t>{0, 1, 3});
  CHECK(index.near("/etc/nova/a") == std::vector<std::size_t>{0, 1, 3});
  CHECK(index.near("/var") == std::vector<std::size_t>{3, 4});
  CHECK(index.above("/etc") == std::vector<std::size_t>{1, 3});
  CHECK(index.near("") == std::vector<std::size_t>{0, 1, 2, 3, 4});
}

TEST_CASE("the index finds what comparing all prefixes finds") {
  REQUIRE(rc::check([] {
    const auto texts =
        *rc::gen::resize(12, rc::gen::container<std::vector<std::string>>(any_path()));
    const std::vector<PathPattern> patterns = parse_all(texts);
    const std::string place = parse_all({*any_path()}).front().prefix();
    std::vector<std::size_t> above;
    std::vector<std::size_t> near;
    for (std::size_t at = 0; at < patterns.size(); ++at) {
      const std::string& prefix = patterns[at].prefix();
      const bool is_above = (place + "/").rfind(prefix + "/", 0) == 0;
      const bool is_below = (prefix + "/").rfind(place + "/", 0) == 0;
      if (is_above) {
        above.push_back(at);
      }
      if (is_above || is_below) {
        near.push_back(at);
      }
    }
    const PatternIndex index = index_of(patterns);
    RC_ASSERT(index.above(place) == above);
    RC_ASSERT(index.near(place) == near);
  }));
}

TEST_CASE("in tree order everything below a node follows it at once") {
  std::vector<std::string> paths{"/etc-old", "/etc/nova", "/etc.d", "/etc", "/etc/nova/x"};
  std::sort(paths.begin(), paths.end(), path_less);
  CHECK(paths ==
        std::vector<std::string>{"/etc", "/etc/nova", "/etc/nova/x", "/etc-old", "/etc.d"});
}

}  // namespace backstay::compiler
