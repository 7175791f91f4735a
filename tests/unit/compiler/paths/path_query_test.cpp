// Sets of paths against a matcher that was written another way: recursion over split segments.
#include "compiler/paths/path_query.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

namespace backstay::compiler {
namespace {

// --- the oracle
// -----------------------------------------------------------------------------------

using Segments = std::vector<std::string>;

Segments split(const std::string& path) {
  Segments segments;
  std::string segment;
  for (const char byte : path + "/") {
    if (byte != '/') {
      segment += byte;
    } else if (!segment.empty()) {
      segments.push_back(std::exchange(segment, {}));
    }
  }
  return segments;
}

bool glob_matches(const char* pattern, const char* text) {
  if (*pattern == 0) {
    return *text == 0;
  }
  if (*pattern == '*') {
    return glob_matches(pattern + 1, text) || (*text != 0 && glob_matches(pattern, text + 1));
  }
  return *text != 0 && (*pattern == '?' || *pattern == *text) &&
         glob_matches(pattern + 1, text + 1);
}

bool node_matches(const Segments& pattern, std::size_t at, const Segments& path, std::size_t from) {
  if (at == pattern.size()) {
    return from == path.size();
  }
  if (pattern[at] == "**") {
    return node_matches(pattern, at + 1, path, from) ||
           (from < path.size() && node_matches(pattern, at, path, from + 1));
  }
  return from < path.size() && glob_matches(pattern[at].c_str(), path[from].c_str()) &&
         node_matches(pattern, at + 1, path, from + 1);
}

bool oracle_selects(const std::string& pattern, const std::string& path) {
  Segments segments = split(path);
  for (;;) {
    if (node_matches(split(pattern), 0, segments, 0)) {
      return true;
    }
    if (segments.empty()) {
      return false;
    }
    segments.pop_back();
  }
}

struct TextSelection {
  std::string path;
  std::vector<std::string> excepts;
  std::vector<std::string> keeps;
};

bool oracle_selects(const TextSelection& selection, const std::string& path) {
  const auto holds = [&](const std::string& pattern) { return oracle_selects(pattern, path); };
  return holds(selection.path) &&
         (std::none_of(selection.excepts.begin(), selection.excepts.end(), holds) ||
          std::any_of(selection.keeps.begin(), selection.keeps.end(), holds));
}

struct TextQuestion {
  std::vector<TextSelection> all_of;
  std::vector<std::string> none_of;
};

bool oracle_answers(const TextQuestion& question, const std::string& path) {
  return std::all_of(question.all_of.begin(), question.all_of.end(),
                     [&](const auto& selection) { return oracle_selects(selection, path); }) &&
         std::none_of(question.none_of.begin(), question.none_of.end(),
                      [&](const auto& pattern) { return oracle_selects(pattern, path); });
}

/// All paths of up to three segments of one or two letters of `abc`, and of four of one letter.
/// Patterns use `a` and `b`; `c` stands for all other bytes.
const std::vector<std::string>& all_paths() {
  static const std::vector<std::string> paths = [] {
    const std::vector<std::string> letters{"a", "b", "c"};
    Segments segments = letters;
    for (const std::string& left : letters) {
      for (const std::string& right : letters) {
        segments.push_back(left + right);
      }
    }
    std::vector<std::string> all{"/"};
    std::vector<std::string> level{""};
    for (int depth = 1; depth <= 4; ++depth) {
      std::vector<std::string> deeper;
      for (const std::string& path : level) {
        for (const std::string& segment : depth == 4 ? letters : segments) {
          if (depth < 4 || path.size() == 6) {
            deeper.push_back(path + "/" + segment);
          }
        }
      }
      all.insert(all.end(), deeper.begin(), deeper.end());
      level = std::move(deeper);
    }
    return all;
  }();
  return paths;
}

// --- the code under test
// ----------------------------------------------------------------------------

/// Owns the patterns of a question.
class Patterns {
 public:
  const PathPattern* add(const std::string& text) {
    patterns_.push_back(std::make_unique<PathPattern>(PathPattern::parse(text).value()));
    return patterns_.back().get();
  }

  std::vector<const PathPattern*> add(const std::vector<std::string>& texts) {
    std::vector<const PathPattern*> all;
    for (const std::string& text : texts) {
      all.push_back(add(text));
    }
    return all;
  }

 private:
  std::vector<std::unique_ptr<PathPattern>> patterns_;
};

PathAnswer ask(const TextQuestion& question, const PathLimits& limits = {}) {
  Patterns patterns;
  PathQuestion asked;
  for (const TextSelection& selection : question.all_of) {
    asked.all_of.push_back({patterns.add(selection.path), patterns.add(selection.excepts),
                            patterns.add(selection.keeps)});
  }
  asked.none_of = patterns.add(question.none_of);
  return find_path(asked, limits);
}

std::string join_segments(const Segments& segments) {
  std::string path;
  for (const std::string& segment : segments) {
    path += "/" + segment;
  }
  return path;
}

rc::Gen<std::string> any_pattern() {
  const auto letters = rc::gen::element('a', 'b');
  const auto plain = rc::gen::nonEmpty(rc::gen::container<std::string>(letters));
  const auto wild =
      rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::element('a', 'b', '*', '?')));
  const auto segment = rc::gen::weightedOneOf<std::string>({{4, rc::gen::resize(2, plain)},
                                                            {3, rc::gen::resize(3, wild)},
                                                            {1, rc::gen::just(std::string("**"))}});
  return rc::gen::map(rc::gen::resize(4, rc::gen::nonEmpty(rc::gen::container<Segments>(segment))),
                      join_segments);
}

rc::Gen<std::vector<std::string>> some_patterns(int most) {
  return rc::gen::resize(most, rc::gen::container<std::vector<std::string>>(any_pattern()));
}

TextQuestion any_question() {
  TextQuestion question;
  const int selections = *rc::gen::inRange(1, 3);
  for (int count = 0; count < selections; ++count) {
    question.all_of.push_back({*any_pattern(), *some_patterns(3), *some_patterns(2)});
  }
  question.none_of = *some_patterns(2);
  return question;
}

}  // namespace

TEST_CASE("a question about sets of paths is answered as trying all paths answers it") {
  REQUIRE(rc::check([] {
    const TextQuestion question = any_question();
    const auto example =
        std::find_if(all_paths().begin(), all_paths().end(),
                     [&](const std::string& path) { return oracle_answers(question, path); });
    const PathAnswer answer = ask(question);
    RC_ASSERT(!answer.too_complex());
    if (answer.found()) {
      RC_ASSERT(oracle_answers(question, answer.path));
    }
    if (example != all_paths().end()) {
      RC_ASSERT(answer.found());
    }
    RC_CLASSIFY(answer.found(), "found");
    RC_CLASSIFY(answer.empty(), "empty");
  }));
}

TEST_CASE("the example is never longer than the shortest that trying all paths finds") {
  REQUIRE(rc::check([] {
    const TextQuestion question = any_question();
    const PathAnswer answer = ask(question);
    for (const std::string& path : all_paths()) {
      if (oracle_answers(question, path)) {
        RC_ASSERT(answer.path.size() <= path.size());
      }
    }
  }));
}

TEST_CASE("a pattern selects a path where the other matcher says so") {
  REQUIRE(rc::check([] {
    const std::string pattern = *any_pattern();
    const std::string path = *rc::gen::elementOf(all_paths());
    RC_ASSERT(PathPattern::parse(pattern).value().selects(path) == oracle_selects(pattern, path));
  }));
}

TEST_CASE("a literal path holds its node and all below it") {
  CHECK(ask({{{"/etc/nova", {}, {}}}, {}}).path == "/etc/nova");
  CHECK(ask({{{"/etc", {}, {}}, {"/etc/nova", {}, {}}}, {}}).path == "/etc/nova");
  CHECK(ask({{{"/etc/nova", {}, {}}, {"/etc/nova-old", {}, {}}}, {}}).empty());
  CHECK(ask({{{"/", {}, {}}}, {}}).path == "/");
}

TEST_CASE("an except takes out and a keep puts back, wherever they stand") {
  CHECK(ask({{{"/srv", {"/srv"}, {}}}, {}}).empty());
  CHECK(ask({{{"/srv/a", {"/srv/*"}, {}}}, {}}).empty());
  CHECK(ask({{{"/srv/a", {"/**/a"}, {}}}, {}}).empty());
  CHECK(ask({{{"/srv", {"/srv/**"}, {"/srv/**/keep.me"}}}, {}}).path == "/srv/keep.me");
}

TEST_CASE("no example holds a segment that no file can have") {
  CHECK(ask({{{"/srv/?", {}, {}}}, {}}).path == "/srv/x");
  CHECK(ask({{{"/srv/.", {}, {}}}, {}}).empty());
  CHECK(ask({{{"/srv/..", {}, {}}}, {}}).empty());
  CHECK(ask({{{"/srv/.*", {}, {}}}, {"/srv/.?*"}}).empty());
}

TEST_CASE("an escaped wildcard is a byte like any other") {
  CHECK(ask({{{R"(/srv/\*)", {}, {}}, {"/srv/?", {}, {}}}, {}}).path == "/srv/*");
  CHECK(ask({{{R"(/srv/a\?)", {}, {}}, {"/srv/ab", {}, {}}}, {}}).empty());
  CHECK(ask({{{R"(/srv/dev\\x2d)", {}, {}}}, {}}).path == R"(/srv/dev\x2d)");
  const PathPattern literal = PathPattern::literal("/srv/*").value();
  CHECK(literal.selects("/srv/*"));
  CHECK_FALSE(literal.selects("/srv/a"));
}

TEST_CASE("a question that is too tangled ends at its limit and says so") {
  const std::string tangle = "/srv/*a" + std::string(40, '?');
  CHECK(ask({{{"/srv", {"/srv"}, {tangle}}}, {"/srv/**"}}, {200, 20'000}).empty());
  CHECK(ask({{{tangle, {}, {}}, {tangle + "/x", {tangle}, {}}}, {}}, {200, 20'000}).too_complex());
}

TEST_CASE("a pattern over a limit is refused") {
  CHECK_FALSE(PathPattern::parse("/" + std::string(PathPattern::max_length, 'a')));
  std::string deep;
  for (std::size_t count = 0; count <= PathPattern::max_segments; ++count) {
    deep += "/a";
  }
  CHECK_FALSE(PathPattern::parse(deep));
  CHECK(PathPattern::parse(deep.substr(2)));
  CHECK(PathPattern::literal(deep));
}

}  // namespace backstay::compiler
