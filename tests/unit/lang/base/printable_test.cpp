#include "lang/base/printable.hpp"

#include <nlohmann/json.hpp>

#include "tests/support/catch.hpp"

namespace backstay::lang {
namespace {

TEST_CASE("what a terminal obeys or nobody sees is shown as an escape") {
  CHECK(printable("a\x1b[2J", true) == "a\\x1b[2J");
  CHECK(printable("\u009b2J", true) == "\\u{9b}2J");
  CHECK(printable("\u202egnp", true) == "\\u{202e}gnp");
  CHECK(printable("a\u200eb\u200fc\u061cd", true) == "a\\u{200e}b\\u{200f}c\\u{61c}d");
  CHECK(printable("a\u200bb\u2060c\U000E0041", true) == "a\\u{200b}b\\u{2060}c\\u{e0041}");
  CHECK(printable("Grüße \u0645\u06cc\u200c\u062e", true) == "Grüße \u0645\u06cc\u200c\u062e");
}

TEST_CASE("a message of several lines makes none that looks like one of ours") {
  CHECK(printable_message("one") == "one");
  CHECK(printable_message("`a\nerror: all is well` is gone") ==
        "`a\n  | error: all is well` is gone");
  CHECK(printable_message("psql: no\nline two\n") == "psql: no\n  | line two");
  CHECK(printable_message("a\n\nb") == "a\n  | \n  | b");
  CHECK(printable_message("").empty());
  CHECK(printable_message("\x1b\n\u202e") == "\\x1b\n  | \\u{202e}");
}

TEST_CASE("JSON stays the same values when what a terminal obeys is escaped in it") {
  const std::string hostile =
      "\u0085\u009b2J \u202e \u2066 \u200e \u2028 \ufeff \U000E0041 \x7f \x1b Grüße \"\\ 🙂 \n";
  const nlohmann::json value = {{"na\u202eme", hostile}};
  const std::string text = safe_json(value.dump(2));
  CHECK(nlohmann::json::parse(text) == value);
  CHECK(text.find("\\u009b2J \\u202e \\u2066 \\u200e \\u2028 \\ufeff \\udb40\\udc41 \\u007f") !=
        std::string::npos);
  CHECK(text.find("Grüße") != std::string::npos);
  CHECK(text.find("🙂") != std::string::npos);
  CHECK(safe_json(text) == text);
}

}  // namespace
}  // namespace backstay::lang
