#include "compiler/language_server/text_document.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

using namespace backstay::compiler::lsp;

namespace {

constexpr auto kUtf8 = PositionEncoding::Utf8;
constexpr auto kUtf16 = PositionEncoding::Utf16;

// Characters of one to four bytes, and all line ends.
rc::Gen<std::string> any_text() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "a", "}", " ", "\n", "\r\n", "\r", "\u00e4", "\u20ac", "\U0001F600", "\xff")),
      [](const std::vector<std::string>& pieces) {
        std::string text;
        for (const std::string& piece : pieces) {
          text += piece;
        }
        return text;
      });
}

}  // namespace

TEST_CASE("columns count UTF-16 units, or bytes where that was agreed on", "[lsp]") {
  const TextDocument document("a\n\u00e4\U0001F600b\n");
  CHECK(document.position_of(2, kUtf16) == Position{1, 0});
  CHECK(document.position_of(4, kUtf16) == Position{1, 1});
  CHECK(document.position_of(8, kUtf16) == Position{1, 3});
  CHECK(document.position_of(8, kUtf8) == Position{1, 6});
  CHECK(document.offset_of({1, 3}, kUtf16) == 8);
  CHECK(document.offset_of({1, 6}, kUtf8) == 8);
}

TEST_CASE("a place within a character is its beginning", "[lsp]") {
  const TextDocument document("\U0001F600b");
  CHECK(document.offset_of({0, 1}, kUtf16) == 0);
  CHECK(document.offset_of({0, 2}, kUtf16) == 4);
  CHECK(document.offset_of({0, 3}, kUtf8) == 0);
}

TEST_CASE("a place beyond a line is its end, one beyond the text the text's", "[lsp]") {
  const TextDocument document("ab\r\ncd");
  CHECK(document.offset_of({0, 99}, kUtf16) == 2);
  CHECK(document.offset_of({1, 99}, kUtf16) == 6);
  CHECK(document.offset_of({2, 0}, kUtf16) == 6);
  CHECK(document.offset_of({static_cast<std::size_t>(-1), 0}, kUtf16) == 6);
}

TEST_CASE("lines end at all three line ends of the protocol", "[lsp]") {
  const TextDocument document("a\nb\r\nc\rd");
  CHECK(document.offset_of({1, 0}, kUtf16) == 2);
  CHECK(document.offset_of({2, 0}, kUtf16) == 5);
  CHECK(document.offset_of({3, 0}, kUtf16) == 7);
  CHECK(document.offset_of({0, 9}, kUtf16) == 1);
}

TEST_CASE("every beginning of a character is found again by its position", "[lsp]") {
  CHECK(rc::check("offset → position → offset", [] {
    const TextDocument document(*any_text());
    const auto encoding = *rc::gen::element(kUtf8, kUtf16);
    Position before{0, 0};
    for (std::size_t at = 0; at <= document.text().size(); ++at) {
      const Position position = document.position_of(at, encoding);
      const std::size_t again = document.offset_of(position, encoding);
      RC_ASSERT(again <= at);
      RC_ASSERT(document.position_of(again, encoding) == position);
      RC_ASSERT(std::tie(before.line, before.character) <=
                std::tie(position.line, position.character));
      before = position;
    }
  }));
}

TEST_CASE("an edit is what it is for a string", "[lsp]") {
  CHECK(rc::check("replace", [] {
    std::string text = *any_text();
    TextDocument document(text);
    const auto begin = *rc::gen::inRange<std::size_t>(0, text.size() + 3);
    const auto length = *rc::gen::inRange<std::size_t>(0, 5);
    const std::string piece = *any_text();
    document.replace(begin, begin + length, piece);
    text.replace(std::min(begin, text.size()), length, piece);
    RC_ASSERT(document.text() == text);
    RC_ASSERT(document.position_of(text.size(), kUtf16) ==
              TextDocument(text).position_of(text.size(), kUtf16));
  }));
}
