#include <fstream>

#include "compiler/compile.hpp"
#include "lang/base/render.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::compiler::testing {

TEST_CASE("a source file is read as it is") {
  const test::TemporaryDirectory directory;
  const std::string path = directory / "a.stay";
  std::ofstream(path, std::ios::binary) << std::string("language 1\0\n", 12);
  const auto text = read_source_file(path);
  REQUIRE(text);
  REQUIRE(*text == std::string("language 1\0\n", 12));
}

TEST_CASE("a source file that is not there says what and where") {
  const auto text = read_source_file("/nonexistent/a.stay");
  REQUIRE_FALSE(text);
  REQUIRE(text.error().kind == ErrorKind::NotFound);
  REQUIRE(text.error().message.find("/nonexistent/a.stay") != std::string::npos);
}

TEST_CASE("a directory is no source file") {
  const test::TemporaryDirectory directory;
  const auto text = read_source_file(directory.path());
  REQUIRE_FALSE(text);
  REQUIRE(text.error().message.find("is a directory") != std::string::npos);
}

TEST_CASE("of a huge file only so much is read as shows that it is too large") {
  const test::TemporaryDirectory directory;
  const std::string path = directory / "huge.stay";
  std::ofstream(path) << std::string(3U << 20U, '#');
  const auto text = read_source_file(path);
  REQUIRE(text);
  REQUIRE(text->size() == (1U << 20U) + 1);
}

TEST_CASE("the examples compile without a finding") {
  for (const std::string example :
       {"examples/01-quickstart/quickstart.stay", "examples/02-controller/controller.stay"}) {
    lang::SourceSet sources;
    lang::Diagnostics diagnostics;
    const auto compiled = compile(std::string(BACKSTAY_SOURCE_DIR) + "/" + example, {},
                                  read_source_file, sources, diagnostics);
    REQUIRE(compiled);
    INFO(lang::render_all(diagnostics, sources, {}));
    REQUIRE(*compiled);
    REQUIRE(diagnostics.all().empty());
  }
}

}  // namespace backstay::compiler::testing
