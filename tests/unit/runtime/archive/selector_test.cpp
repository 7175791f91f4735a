// What is selected, against a naive reading of language.md, section 4.
#include "runtime/archive/selector.hpp"

#include <regex>

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

namespace backstay::runtime {

namespace {

// A pattern as a regular expression over whole absolute paths, node and all below.
std::regex naive(const std::string& pattern) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern.compare(i, 3, "/**") == 0 && (i + 3 == pattern.size() || pattern[i + 3] == '/')) {
      text += "(/[^/]+)*";
      i += 2;
    } else if (pattern[i] == '*') {
      text += "[^/]*";
    } else if (pattern[i] == '?') {
      text += "[^/]";
    } else {
      text += pattern[i];
    }
  }
  return std::regex(text + "(/.*)?");
}

bool naively_selected(const std::vector<std::string>& except,
                      const std::vector<std::string>& keep,
                      const std::string& path) {
  const auto any = [&](const std::vector<std::string>& patterns) {
    for (const std::string& pattern : patterns) {
      if (std::regex_match(path, naive(pattern)))
        return true;
    }
    return false;
  };
  return !any(except) || any(keep);
}

rc::Gen<std::string> paths() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(
                          rc::gen::element<std::string>("a", "b", "ab", "ba")),
                      [](std::vector<std::string> segments) {
                        if (segments.empty())
                          segments = {"a"};
                        if (segments.size() > 5)
                          segments.resize(5);
                        std::string path;
                        for (const std::string& segment : segments)
                          path += "/" + segment;
                        return path;
                      });
}

rc::Gen<std::string> patterns() {
  return rc::gen::map(rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
                          "a", "b", "*", "**", "a*", "?", "?a", "*b*")),
                      [](std::vector<std::string> segments) {
                        if (segments.empty())
                          segments = {"a"};
                        if (segments.size() > 4)
                          segments.resize(4);
                        std::string path;
                        for (const std::string& segment : segments)
                          path += "/" + segment;
                        return path;
                      });
}

std::vector<plan::PathRule> rules(const std::vector<std::string>& patterns) {
  std::vector<plan::PathRule> made;
  for (const std::string& pattern : patterns)
    made.push_back({pattern, ""});
  return made;
}

}  // namespace

TEST_CASE("selection agrees with a naive matcher") {
  CHECK(rc::check("any rules, any path", [] {
    const auto except =
        *rc::gen::resize(3, rc::gen::container<std::vector<std::string>>(patterns()));
    const auto keep = *rc::gen::resize(3, rc::gen::container<std::vector<std::string>>(patterns()));
    const auto path = *paths();
    const Selector selector(rules(except), rules(keep));
    RC_ASSERT(selector.at(path).selected() == naively_selected(except, keep, path));
  }));
}

TEST_CASE("a walk never passes by what a keep may still select") {
  CHECK(rc::check("if something below is selected, the walk looks below", [] {
    const auto except =
        *rc::gen::resize(3, rc::gen::container<std::vector<std::string>>(patterns()));
    const auto keep = *rc::gen::resize(3, rc::gen::container<std::vector<std::string>>(patterns()));
    const auto path = *paths();
    const Selector selector(rules(except), rules(keep));
    RC_PRE(selector.at(path).selected());
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1)) {
      RC_ASSERT(selector.may_select_below(selector.at(path.substr(0, slash))));
    }
  }));
}

TEST_CASE("wildcards stay within a segment, match dots, and can be escaped") {
  CHECK(wildcard_match("*.log", ".log"));
  CHECK(wildcard_match("a*b*c", "aXbYbc"));
  CHECK_FALSE(wildcard_match("a*b", "ac"));
  CHECK(wildcard_match("\\*", "*"));
  CHECK_FALSE(wildcard_match("\\*", "x"));
  CHECK(wildcard_match("a\\?b", "a?b"));
  CHECK_FALSE(wildcard_match("a\\?b", "axb"));
  CHECK(wildcard_match("?", "\xff"));
  CHECK_FALSE(wildcard_match("?", ""));
  const Selector selector({{"/x/\\*", ""}}, {});
  CHECK_FALSE(selector.at("/x/*").selected());
  CHECK(selector.at("/x/y").selected());
  CHECK(selector.at("/x/*").named);
}

TEST_CASE("names of our own are told from those of others") {
  CHECK(is_reserved_name("nova.orig-20261122T023000Z-1a2b3c4d"));
  CHECK(is_reserved_name(".backstay-new-x"));
  CHECK(is_reserved_name("nova__backstay_20261122T023000Z"));
  CHECK(is_reserved_name("nova__orig_20261122T023000Z"));
  CHECK_FALSE(is_reserved_name("nova.orig"));
  CHECK_FALSE(is_reserved_name("nova.orig-2026"));
  CHECK_FALSE(is_reserved_name("backstay-new"));
  CHECK_FALSE(is_reserved_name("x__orig_table"));
  const Selector selector({}, {{"/x/.backstay-new-1", ""}});
  CHECK_FALSE(selector.at("/x/.backstay-new-1/file").selected());  // no keep brings them back
}

}  // namespace backstay::runtime
