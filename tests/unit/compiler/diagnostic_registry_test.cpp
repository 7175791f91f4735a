// Every kind of finding is explained, can be had, and can be avoided: kept true for all of them.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>

#include "lang/base/diagnostic.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/policy_samples.hpp"

namespace backstay::test {
namespace {

namespace fs = std::filesystem;

/// A kind whose page or golden sample cannot be, and why.
struct Exception {
  std::string_view code;
  std::string_view reason;
};

constexpr std::array kNoPageSample{
    Exception{"BST0004", "the character would not be seen on the page"},
    Exception{"BST0010", "the sample would be a mebibyte long"},
    Exception{"BST0011", "the sample would be longer than the page"},
    Exception{"BST0012", "a page is UTF-8, so it cannot show what is not"},
    Exception{"BST0014", "no input is known that provokes it; it guards against a bug"},
    Exception{"BST0126", "the sample would need more than sixteen files"},
    Exception{"BST0128", "the sample would be longer than the page; the golden one is"},
    Exception{"BST0410", "the sample would be longer than the page; the golden one is"},
    Exception{"BST0820", "it is between two plans; tests of the diff make them"},
    Exception{"BST0910", "it is between two plans; tests of the diff make them"},
};

constexpr std::array kNoGolden{
    Exception{"BST0010", "the sample would be a mebibyte long; tests of the parser make one"},
    Exception{"BST0820", "it is between two plans; tests of the diff make them"},
    Exception{"BST0910", "it is between two plans; tests of the diff make them"},
    Exception{"BST0014", "no input is known that provokes it; it guards against a bug"},
};

template <std::size_t Size>
bool is_excepted(const std::array<Exception, Size>& exceptions, std::string_view code) {
  return std::any_of(exceptions.begin(), exceptions.end(),
                     [code](const Exception& exception) { return exception.code == code; });
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

fs::path page_of(std::string_view code) {
  return fs::path(BACKSTAY_SOURCE_DIR) / "docs/diagnostics" / (std::string(code) + ".md");
}

/// Samples `fail-…` by the codes that their markers, or those of files that they import, name.
std::map<std::string, std::set<fs::path>> marked_samples() {
  std::map<std::string, std::set<fs::path>> samples;
  const fs::path golden = fs::path(BACKSTAY_SOURCE_DIR) / "tests/golden";
  for (const auto& entry : fs::recursive_directory_iterator(golden)) {
    if (entry.path().extension() != ".stay") {
      continue;
    }
    const std::string text = read_file(entry.path());
    for (std::size_t at = text.find("#~"); at != std::string::npos; at = text.find("#~", at + 1)) {
      std::istringstream codes(text.substr(at + 2, text.find('\n', at) - at - 2));
      for (std::string code; codes >> code;) {
        if (code.starts_with("BST")) {
          samples[code].insert(entry.path());
        }
      }
    }
  }
  return samples;
}

/// `fail-x.stay` has `ok-x.stay` beside it. A file that it imports stands for it.
bool has_neighbour(const fs::path& marked) {
  constexpr std::string_view kParts = "-parts";
  constexpr std::string_view kFail = "fail-";
  fs::path sample = marked;
  if (const std::string folder = marked.parent_path().filename(); folder.ends_with(kParts)) {
    sample = marked.parent_path().parent_path() /
             (folder.substr(0, folder.size() - kParts.size()) + ".stay");
  }
  const std::string name = sample.filename().string();
  return name.starts_with(kFail) &&
         fs::exists(sample.parent_path() / ("ok-" + name.substr(kFail.size())));
}

}  // namespace

TEST_CASE("every kind of finding has a page that says what, why and how") {
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    const lang::DiagnosticInfo& about = info(kind);
    INFO(about.code << " " << about.name);
    const std::string page = read_file(page_of(about.code));
    CHECK(page.starts_with("# " + std::string(about.code) + ": "));
    CHECK(page.find("\n## Why it matters\n") != std::string::npos);
    CHECK(page.find("\n## How to fix it\n") != std::string::npos);
  }
}

TEST_CASE("no page is left over from a kind that is gone") {
  std::set<std::string> codes;
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    codes.emplace(info(kind).code);
  }
  for (const auto& entry :
       fs::directory_iterator(fs::path(BACKSTAY_SOURCE_DIR) / "docs/diagnostics")) {
    const std::string name = entry.path().stem().string();
    INFO(name);
    CHECK((name == "README" || codes.contains(name)));
  }
}

TEST_CASE("the failing sample of every page yields its finding") {
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    const std::string code(info(kind).code);
    if (is_excepted(kNoPageSample, code)) {
      continue;
    }
    const PolicySample sample = sample_of(read_file(page_of(code)), "Fails");
    const SampleFindings found = compile_sample(sample);
    INFO(code << "\n" << complete(sample.entry) << "\n" << found.text);
    CHECK(found.codes == std::set<std::string>{code});
  }
}

TEST_CASE("the passing sample of every page has no finding at all") {
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    const std::string code(info(kind).code);
    if (is_excepted(kNoPageSample, code)) {
      continue;
    }
    const PolicySample sample = sample_of(read_file(page_of(code)), "Passes");
    const SampleFindings found = compile_sample(sample);
    INFO(code << "\n" << complete(sample.entry) << "\n" << found.text);
    CHECK(!sample.entry.empty());
    CHECK(!found.codes.contains(code));
    CHECK(found.codes.empty());
  }
}

TEST_CASE("every kind of finding has a golden sample that fails and a neighbour that passes") {
  const auto samples = marked_samples();
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    const std::string code(info(kind).code);
    if (is_excepted(kNoGolden, code)) {
      continue;
    }
    INFO(code << " " << info(kind).name);
    const auto found = samples.find(code);
    REQUIRE(found != samples.end());
    CHECK(std::any_of(found->second.begin(), found->second.end(), has_neighbour));
  }
}

TEST_CASE("every exception stands for a kind that there is") {
  const auto check = [](const auto& exceptions) {
    for (const Exception& exception : exceptions) {
      INFO(exception.code);
      const auto& kinds = lang::all_diagnostic_kinds();
      CHECK(std::any_of(kinds.begin(), kinds.end(), [&](lang::DiagnosticKind kind) {
        return info(kind).code == exception.code;
      }));
      CHECK(!exception.reason.empty());
    }
  };
  check(kNoPageSample);
  check(kNoGolden);
}

}  // namespace backstay::test
