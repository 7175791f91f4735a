#include "compiler/language_server/document_uri.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

using namespace backstay::compiler::lsp;

TEST_CASE("an address means a path, escapes resolved", "[lsp]") {
  CHECK(path_of_uri("file:///etc/a%20b/%C3%A4.stay") == "/etc/a b/\u00e4.stay");
  CHECK(path_of_uri("file://localhost/etc/a.stay") == "/etc/a.stay");
  CHECK(path_of_uri("file:///%3Cstdlib%3e") == "/<stdlib>");
}

TEST_CASE("what is no path of this machine is none", "[lsp]") {
  for (const char* const uri : {"", "file:", "file://", "http://x/y", "untitled:a", "file://host/a",
                                "file:///a%", "file:///a%4", "file:///a%zz", "file:///a%00b"}) {
    INFO(uri);
    CHECK_FALSE(path_of_uri(uri));
  }
}

TEST_CASE("every path comes back from its address", "[lsp]") {
  CHECK(rc::check("path → address → path", [] {
    std::string path = "/" + *rc::gen::arbitrary<std::string>();
    std::erase(path, '\0');
    RC_ASSERT(path_of_uri(uri_of_path(path)) == path);
  }));
}
