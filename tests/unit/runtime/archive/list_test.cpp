// The file list: every entry comes back from its line, and no line leads out of the place of a
// restore.
#include <rapidcheck.h>

#include "runtime/archive/acl.hpp"
#include "runtime/archive/list_json.hpp"
#include "tests/support/catch.hpp"

namespace backstay::runtime {

namespace {

rc::Gen<std::string> bytes() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::uint8_t>>(rc::gen::inRange<std::uint8_t>(1, 255)),
      [](const std::vector<std::uint8_t>& values) {
        std::string text(values.begin(), values.end());
        for (char& c : text) {
          if (c == '/')
            c = '_';
        }
        return text;
      });
}

std::string line_with(const std::string& fields) {
  return R"({"gid":0,"mode":420,"mtime":0,"mtime-ns":0,"uid":0,)" + fields + "}";
}

const std::string kContent =
    R"("sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":0)";

}  // namespace

TEST_CASE("an entry comes back from its line") {
  CHECK(rc::check("any bytes in names, texts and attributes", [] {
    Entry entry;
    entry.path = "top/" + *bytes() + "x";
    entry.user = *bytes();
    entry.group = *bytes();
    entry.mode = *rc::gen::inRange<std::uint32_t>(0, 07777);
    entry.uid = *rc::gen::inRange<std::uint32_t>(0, UINT32_MAX);
    entry.mtime = *rc::gen::arbitrary<std::int64_t>();
    entry.mtime_ns = *rc::gen::inRange<std::uint32_t>(0, 1'000'000'000);
    entry.attributes = {{"user.a", *bytes()}, {"user.b" + *bytes(), ""}};
    entry.acl = "user::rw-,group::r--,other::---";
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        entry.type = EntryType::Symlink;
        entry.link = *bytes() + "y";
        break;
      case 1:
        entry.type = EntryType::Directory;
        entry.bare = true;
        break;
      case 2:
        entry.type = EntryType::CharacterDevice;
        entry.device_major = 5;
        entry.device_minor = 1;
        break;
      default:
        entry.size = *rc::gen::inRange<std::uint64_t>(1, 1ULL << 40U);
        entry.sparse = true;
        entry.state = ReadState::Grown;
        entry.sha256 = sha256("x");
        entry.part = std::string(64, 'a') + ".tar.zst";
        entry.frame = 12345;
    }
    const std::string line = to_list_line(entry);
    RC_ASSERT(line.back() == '\n');
    RC_ASSERT(line.find('\n') == line.size() - 1);
    const auto back = parse_list_line(line);
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == entry);
  }));
}

TEST_CASE("a line is read the same whether it is plain or not") {
  // A blank is what the fast reader does not know.
  const auto both = [](const std::string& line) {
    auto fast = parse_list_line(line);
    auto slow = parse_list_line("{ " + line.substr(1));
    RC_ASSERT(fast.has_value() == slow.has_value());
    if (fast) {
      RC_ASSERT(*fast == *slow);
    } else {
      RC_ASSERT(to_string(fast.error()) == to_string(slow.error()));
    }
  };
  CHECK(rc::check("lines of entries", [&] {
    Entry entry;
    entry.path = *rc::gen::element<std::string>("etc/app", "\xc3\xa9", "a b", "-rf");
    entry.mode = *rc::gen::inRange<std::uint32_t>(0, 07777);
    entry.mtime = *rc::gen::element<std::int64_t>(0, -1, INT64_MIN, INT64_MAX, 1'700'000'000);
    entry.user = *rc::gen::element<std::string>("root", "");
    entry.size = 5;
    entry.part = std::string(64, 'a') + ".tar.zst";
    entry.sha256 = sha256("x");
    std::string line = to_list_line(entry);
    line.pop_back();
    both(line);
  }));
  CHECK(rc::check("lines that were changed", [&] {
    Entry entry;
    entry.path = "etc/app";
    entry.mode = 0644;
    entry.sha256 = sha256("");
    std::string line = to_list_line(entry);
    line.pop_back();
    const auto at = *rc::gen::inRange<std::size_t>(1, line.size());
    line[at] = *rc::gen::element('"', ',', ':', '0', '-', 'e', '}', '\\', '\x01', '\xff', 't');
    both(line);
  }));
}

TEST_CASE("a hostile line is refused") {
  const std::string fine = R"("path":"etc/app","type":"file",)" + kContent;
  REQUIRE(parse_list_line(line_with(fine)));
  for (const std::string path :
       {"/etc/passwd", "../etc", "a/../../b", "a/..", "", "a//b", "a/", "./a", "a/./b", ".."}) {
    INFO(path);
    CHECK_FALSE(parse_list_line(line_with(R"("type":"directory","path":")" + path + "\"")));
    CHECK_FALSE(
        parse_list_line(line_with(R"("type":"hardlink","path":"a","link":")" + path + "\"")));
  }
  CHECK_FALSE(parse_list_line(line_with(R"("type":"directory","path":"a\u0000b")")));
  CHECK_FALSE(parse_list_line(line_with(R"("type":"directory","path64":"Li4v")")));  // ../
  CHECK_FALSE(parse_list_line(line_with(R"("type":"directory","path64":"!!")")));
  CHECK_FALSE(parse_list_line(line_with(R"("type":"socket","path":"a")")));
  CHECK_FALSE(parse_list_line(line_with(R"("type":"symlink","path":"a")")));
  CHECK_FALSE(parse_list_line(line_with(fine + R"(,"zpart":"../../etc/shadow")")));
  CHECK_FALSE(parse_list_line(line_with(R"("path":"a","type":"file","size":5)")));
  CHECK_FALSE(parse_list_line(line_with(R"("path":"a","type":"file","size":-5)")));
  CHECK_FALSE(parse_list_line(line_with(R"("path":"a","mode":65536,"type":"directory")")));
  CHECK_FALSE(parse_list_line("{"));
  CHECK_FALSE(parse_list_line("[]"));
  CHECK_FALSE(parse_list_line(""));
}

TEST_CASE("base64 has one text for each value") {
  CHECK(to_base64("") == "");
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(*from_base64("Zm9vYg==") == "foob");
  CHECK_FALSE(from_base64("Zh=="));  // the spare bits are not zero
  CHECK_FALSE(from_base64("Z==="));
  CHECK_FALSE(from_base64("Zg==Zg=="));
}

TEST_CASE("an ACL comes back from its text, sorted as the kernel wants it") {
  const auto number = [](std::string_view text, bool) -> std::optional<std::uint32_t> {
    return text == "nobody-knows" ? std::nullopt
                                  : std::optional<std::uint32_t>(
                                        static_cast<std::uint32_t>(std::stoul(std::string(text))));
  };
  const std::string text =
      "user::rwx,user:7:r--,user:9:-w-,group::r-x,group:3:--x,mask::rwx,other::---";
  const auto bytes = acl_to_bytes(text, number);
  REQUIRE(bytes);
  CHECK(acl_to_text(*bytes, [](std::uint32_t, bool) { return std::string(); }) == text);
  CHECK(acl_to_bytes("other::---,user:9:-w-,user::rwx,user:7:r--,mask::rwx,group:3:--x,group::r-x",
                     number) == bytes);
  CHECK_FALSE(acl_to_bytes("user:nobody-knows:rwx", number));
  CHECK_FALSE(acl_to_bytes("user::rwz", number));
  CHECK_FALSE(acl_to_text("short", [](std::uint32_t, bool) { return std::string(); }));
}

}  // namespace backstay::runtime
