#include "lang/syntax/literals.hpp"

#include "tests/support/catch.hpp"

using namespace backstay::lang;

TEST_CASE("names are lower-case, begin with a letter, do not end in a dash and are at most 63 long",
          "[literals]") {
  for (const std::string& name : {std::string("a"), std::string("nova-api"),
                                  std::string("nova_cell0"), std::string(63, 'a')}) {
    CHECK(is_name(name));
  }
  for (const std::string& name :
       {std::string(""), std::string("A"), std::string("0a"), std::string("-a"), std::string("a-"),
        std::string("a.b"), std::string("ä"), std::string("a b"), std::string(64, 'a')}) {
    INFO(name);
    CHECK_FALSE(is_name(name));
  }
  CHECK(is_qualified_name("openstack.nova.compute"));
  CHECK_FALSE(is_qualified_name("openstack."));
  CHECK_FALSE(is_qualified_name("a..b"));
}

TEST_CASE("paths are normalised", "[literals]") {
  CHECK(normalized_path("/") == "/");
  CHECK(normalized_path("//") == "/");
  CHECK(normalized_path("/./") == "/");
  CHECK(normalized_path("//etc///nova/./conf/.") == "/etc/nova/conf");
  CHECK(normalized_path("/.hidden/..x/x.") == "/.hidden/..x/x.");
}

TEST_CASE("a segment of two dots is found, and nothing that looks like one", "[literals]") {
  CHECK(has_parent_segment("/.."));
  CHECK(has_parent_segment("/a/../b"));
  CHECK(has_parent_segment("/..x/.."));
  CHECK_FALSE(has_parent_segment("/..x/x../..."));
}

TEST_CASE("host lists expand as pdsh does", "[literals]") {
  const auto hosts = [](std::string_view text) { return expand_host_list(text).hosts; };
  CHECK(hosts("compute[001-003]") ==
        std::vector<std::string>{"compute001", "compute002", "compute003"});
  CHECK(hosts("ctl[1,3,5]-mgmt") ==
        std::vector<std::string>{"ctl1-mgmt", "ctl3-mgmt", "ctl5-mgmt"});
  CHECK(hosts("n[8-10]") == std::vector<std::string>{"n8", "n9", "n10"});
  CHECK(hosts("r[1-2]n[1-2]") == std::vector<std::string>{"r1n1", "r1n2", "r2n1", "r2n2"});
  CHECK(hosts("plain") == std::vector<std::string>{"plain"});
  CHECK(hosts("n[0001-4096]").size() == 4096);
}

TEST_CASE("host lists that cannot be meant have a problem", "[literals]") {
  for (const char* text : {"n[]", "n[1-]", "n[-1]", "n[a]", "n[1,,2]", "n[2-1]", "n[1-4097]", "n[1",
                           "n[1-100]m[1-100]", "n[1,1]", "n[9999999999]", "n[1 - 2]", "n[1-2"}) {
    INFO(text);
    const auto result = expand_host_list(text);
    CHECK(result.problem);
    CHECK(result.hosts.empty());
  }
}

TEST_CASE("escapes of characters become UTF-8", "[literals]") {
  CHECK(unicode_escape("\\u{41}") == "A");
  CHECK(unicode_escape("\\u{e9}") == "é");
  CHECK(unicode_escape("\\u{20AC}") == "€");
  CHECK(unicode_escape("\\u{1f600}") == "😀");
  CHECK(unicode_escape("\\u{10ffff}") == "\xf4\x8f\xbf\xbf");
  for (const char* wrong :
       {"\\u{}", "\\u{0}", "\\u{d800}", "\\u{dfff}", "\\u{110000}", "\\u{0000041}", "\\x41"}) {
    INFO(wrong);
    CHECK_FALSE(unicode_escape(wrong));
  }
}

TEST_CASE("a long token is shown in part", "[literals]") {
  CHECK(shortened("short") == "short");
  CHECK(shortened(std::string(60, 'a')) == std::string(60, 'a'));
  CHECK(shortened(std::string(61, 'a')) == std::string(60, 'a') + "…");
}
