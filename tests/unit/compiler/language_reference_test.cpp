// The examples of docs/language.md: those of the chapters "Declarations" and "Facts" are one
// policy, which compiles without a finding and uses every fact that the language has.
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "compiler/compile.hpp"
#include "compiler/policy_test/run_tests.hpp"
#include "lang/base/render.hpp"
#include "lang/syntax/parser.hpp"
#include "lang/syntax/signatures.hpp"
#include "tests/support/catch.hpp"

using namespace backstay;

namespace {

// The policy of the two chapters, by file: a block whose first line is `# NAME.stay` is that file,
// all others are the entry file, one after the other.
std::map<std::string, std::string> files_of_reference() {
  std::ifstream in(std::string(BACKSTAY_SOURCE_DIR) + "/docs/language.md", std::ios::binary);
  std::map<std::string, std::string> files;
  bool in_chapter = false;
  std::string* block = nullptr;
  std::string last;
  for (std::string line; std::getline(in, line); last = line) {
    if (block == nullptr && line.starts_with("## ")) {
      in_chapter = line == "## Declarations" || line == "## Facts";
    } else if (in_chapter && line == "```stay") {
      block = &files["fleet.stay"];
      block->append(block->empty() ? "" : "\n");
    } else if (line == "```") {
      block = nullptr;
    } else if (block != nullptr) {
      const bool named = last == "```stay" && line.starts_with("# ") && line.ends_with(".stay");
      block = named ? &files[line.substr(2)] : block;
      *block += named ? "" : line + "\n";
    }
  }
  return files;
}

compiler::FileReader reader_of(const std::map<std::string, std::string>& files) {
  return [&files](const std::string& path) -> Result<std::string> {
    const auto file = files.find(path);
    if (file == files.end()) {
      return Error{.kind = ErrorKind::NotFound, .message = "`" + path + "` is not there"};
    }
    return file->second;
  };
}

// Every row that a fact of the examples fits, by block, word and pattern.
using Row = std::tuple<std::string_view, std::string_view, std::string_view>;

void add_rows(const lang::ast::File& file,
              const std::vector<lang::ast::Fact>& facts,
              std::string_view block,
              std::set<Row>& rows) {
  for (const lang::ast::Fact& fact : facts) {
    lang::Diagnostics unread;
    if (const auto matched = lang::match(file, fact, block, {}, unread)) {
      rows.emplace(matched->signature->block, matched->signature->word,
                   matched->signature->pattern);
    }
    add_rows(file, fact.facts, fact.word.text, rows);
  }
}

}  // namespace

TEST_CASE("the examples of the language reference are one policy without a finding",
          "[reference]") {
  const auto files = files_of_reference();
  lang::SourceSet sources;
  lang::Diagnostics findings;
  const auto plan = compiler::compile("fleet.stay", {}, reader_of(files), sources, findings);
  REQUIRE(plan);
  INFO(lang::render_all(findings, sources, {}));
  CHECK(findings.all().empty());
  CHECK(plan->has_value());
}

TEST_CASE("the test in the language reference passes", "[reference]") {
  const auto files = files_of_reference();
  lang::SourceSet sources;
  lang::Diagnostics findings;
  const auto outcomes =
      compiler::run_tests("fleet.test.stay", {}, reader_of(files), sources, findings);
  REQUIRE(outcomes);
  INFO(lang::render_all(findings, sources, {}));
  REQUIRE(outcomes->has_value());
  for (const compiler::TestOutcome& outcome : **outcomes) {
    for (const compiler::TestFailure& failure : outcome.failures) {
      UNSCOPED_INFO(sources.text(failure.span) << ": found " << failure.found);
    }
    CHECK(outcome.passed());
  }
}

TEST_CASE("every fact of the language stands in an example of its reference", "[reference]") {
  std::set<Row> rows;
  for (const auto& [name, text] : files_of_reference()) {
    lang::SourceSet sources;
    lang::Diagnostics findings;
    const lang::Parsed parsed = lang::parse(sources, sources.add(name, text), findings);
    CHECK(findings.all().empty());
    add_rows(parsed.file, parsed.file.facts, "file", rows);
  }
  for (const lang::Signature& row : lang::signatures()) {
    // These two have the facts of the other one.
    const std::string_view block = row.block == "profile"      ? "service"
                                   : row.block == "postgresql" ? "mariadb"
                                                               : row.block;
    INFO(row.block << " { " << row.word << " " << row.pattern << " }");
    CHECK((rows.contains({row.block, row.word, row.pattern}) ||
           rows.contains({block, row.word, row.pattern})));
  }
}
