// Scans the include lines of all floors against the table of include_scan.cpp.
#include "tests/unit/include_scan.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/catch.hpp"

namespace backstay::test {
namespace {

namespace fs = std::filesystem;

std::string objection(const std::string& file, const std::string& header, bool quoted) {
  return objection_to({file, 1, header, quoted});
}

}  // namespace

TEST_CASE("every include of every floor is allowed") {
  const fs::path root = BACKSTAY_SOURCE_DIR;
  std::size_t scanned = 0;
  for (const auto* floor : {"lang", "compiler", "runtime", "cli"}) {
    for (const auto& entry : fs::recursive_directory_iterator(root / floor)) {
      const auto extension = entry.path().extension();
      if (extension != ".hpp" && extension != ".cpp" && extension != ".def") {
        continue;
      }
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      const auto file = fs::relative(entry.path(), root).string();
      for (const auto& include : includes_of(file, text.str())) {
        const auto why = objection_to(include);
        if (!why.empty()) {
          FAIL_CHECK(file << ":" << include.line << ": " << include.header << ": " << why);
        }
      }
      ++scanned;
    }
  }
  CHECK(scanned > 50);
}

TEST_CASE("the scan finds every way to write an include line") {
  const auto found = includes_of(
      "cli/main.cpp",
      "#include <fmt/format.h>\n  #  include \"lang/base/span.hpp\"  // why\n"
      "// #include <commented.h>\n#define include <x>\n#include MACRO\n#include<zstd.h>");
  REQUIRE(found.size() == 3);
  CHECK(found[0].header == "fmt/format.h");
  CHECK_FALSE(found[0].quoted);
  CHECK(found[1].header == "lang/base/span.hpp");
  CHECK(found[1].line == 2);
  CHECK(found[1].quoted);
  CHECK(found[2].header == "zstd.h");
}

TEST_CASE("the scan objects to includes upward") {
  CHECK(objection("runtime/store/commit.cpp", "compiler/plan/plan.hpp", true).empty());
  CHECK_FALSE(objection("runtime/store/commit.cpp", "compiler/model/policy.hpp", true).empty());
  CHECK_FALSE(objection("runtime/store/commit.cpp", "lang/syntax/ast.hpp", true).empty());
  CHECK_FALSE(objection("compiler/plan/plan.cpp", "compiler/model/policy.hpp", true).empty());
  CHECK_FALSE(objection("compiler/compile.cpp", "runtime/system/clock.hpp", true).empty());
  CHECK_FALSE(objection("lang/base/source.cpp", "lang/syntax/ast.hpp", true).empty());
  CHECK_FALSE(objection("runtime/executor/run.cpp", "cli/session.hpp", true).empty());
  CHECK_FALSE(objection("runtime/executor/run.cpp", "run.hpp", true).empty());
}

TEST_CASE("the scan objects to third-party headers away from their owner, and to unknown ones") {
  CHECK(objection("runtime/archive/pack.cpp", "zstd.h", false).empty());
  CHECK_FALSE(objection("runtime/store/commit.cpp", "zstd.h", false).empty());
  CHECK_FALSE(objection("runtime/system/subprocess.cpp", "boost/asio/post.hpp", false).empty());
  CHECK_FALSE(objection("compiler/plan/plan.cpp", "yaml-cpp/yaml.h", false).empty());
  CHECK_FALSE(objection("runtime/store/manifest.hpp", "nlohmann/json.hpp", false).empty());
  CHECK_FALSE(objection("cli/main.cpp", "curl/curl.h", false).empty());
  CHECK(objection("cli/main.cpp", "sys/stat.h", false).empty());
  CHECK(objection("cli/main.cpp", "string_view", false).empty());
}

}  // namespace backstay::test
