#include "lang/base/source.hpp"

#include "tests/support/catch.hpp"

using namespace backstay::lang;

TEST_CASE("lines and columns count from one, columns in code points", "[source]") {
  const SourceFile file("x.stay", "ab\nä日c\n\nend");
  const auto at = [&file](std::size_t offset) {
    const LineColumn place = file.locate(offset);
    return std::pair(place.line, place.column);
  };
  CHECK(at(0) == std::pair<std::size_t, std::size_t>(1, 1));
  CHECK(at(2) == std::pair<std::size_t, std::size_t>(1, 3));
  CHECK(at(3) == std::pair<std::size_t, std::size_t>(2, 1));
  CHECK(at(5) == std::pair<std::size_t, std::size_t>(2, 2));
  CHECK(at(8) == std::pair<std::size_t, std::size_t>(2, 3));
  CHECK(at(10) == std::pair<std::size_t, std::size_t>(3, 1));
  CHECK(at(14) == std::pair<std::size_t, std::size_t>(4, 4));
  CHECK(at(1000) == std::pair<std::size_t, std::size_t>(4, 4));
}

TEST_CASE("a line is given without its newline", "[source]") {
  const SourceFile file("x.stay", "ab\n\nc");
  CHECK(file.line_count() == 3);
  CHECK(file.line(1) == "ab");
  CHECK(file.line(2).empty());
  CHECK(file.line(3) == "c");
  CHECK(file.line(0).empty());
  CHECK(file.line(4).empty());
  CHECK(file.line_begin(3) == 4);
  CHECK(SourceFile("e", "").line_count() == 1);
}

TEST_CASE("columns are right in a line longer than the index's stride", "[source]") {
  std::string text = "first\n";
  for (int i = 0; i < 3000; ++i) {
    text += "ä";
  }
  const SourceFile file("x.stay", text);
  CHECK(file.locate(6 + 2 * 2999).column == 3000);
  CHECK(file.locate(text.size()).column == 3001);
}

TEST_CASE("texts stay where they are when more files are added", "[source]") {
  SourceSet set;
  const FileId first = set.add("a", "text of a");
  const std::string_view text = set.file(first).text();
  for (int i = 0; i < 100; ++i) {
    set.add("b", "x");
  }
  CHECK(set.file(first).text().data() == text.data());
  CHECK(set.text({first, 5, 7}) == "of");
}
