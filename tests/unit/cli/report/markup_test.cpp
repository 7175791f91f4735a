#include "cli/report/markup.hpp"

#include "tests/support/catch.hpp"

namespace backstay::cli::testing {

TEST_CASE("foreign text is shown as what it is, whatever it is", "[report]") {
  CHECK(escaped("<script>alert('1')</script> & \"x\"") ==
        "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;");
  CHECK(escaped("a\x1b[31mb\x01") == "a\\x1b[31mb\\x01");
  CHECK(escaped("a\xff\xfe") == "a\\xff\\xfe");
  CHECK(escaped("evil\xe2\x80\xaegpj.exe") == "evil\\u{202e}gpj.exe");
  CHECK(escaped("two\nlines") == "two\\x0alines");
  CHECK(escaped("Größe 日本") == "Größe 日本");
  CHECK(escaped("`*_[x](y)|") == "`*_[x](y)|");
}

TEST_CASE("a long text keeps both of its ends and cuts no character", "[report]") {
  CHECK(shortened("archive.nova.etc@ctl01", 40) == "archive.nova.etc@ctl01");
  CHECK(shortened("abcdefghijklmnopqrstuvwxyz", 11) == "abcde…vwxyz");
  CHECK(shortened("äöüäöüäöüäöü", 5) == "äö…öü");
  const std::string cut = shortened(std::string(1'000'000, '\x01'), 20);
  CHECK(cut.size() < 80);
  CHECK(cut.find('\x01') == std::string::npos);
}

TEST_CASE("numbers in attributes are short, and tags are closed in order", "[report]") {
  CHECK(Value(1.0).text() == "1");
  CHECK(Value(-0.0001).text() == "0");
  CHECK(Value(2.5).text() == "2.5");
  CHECK(Value(12345).text() == "12345");
  Markup markup;
  markup.open("p", {{"class", "a\"><b"}}).element("b", "x<y");
  CHECK_FALSE(markup.whole());
  markup.close();
  CHECK(markup.whole());
  CHECK(markup.str() == "<p class=\"a&quot;&gt;&lt;b\"><b>x&lt;y</b></p>");
}

}  // namespace backstay::cli::testing
