// A file of policy tests, `*.test.stay`: what it expects of which policy (language.md, section 7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compiler/model/policy.hpp"
#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// One fact of a `test` block.
struct Expectation {
  Span span;         ///< of the whole fact
  std::string word;  ///< `selects`, `leaves-out` …
  /// Its values in the order of its pattern, as they are written; the pattern of `because-of` last.
  std::vector<Located<std::string>> values;
};

struct PolicyTest {
  std::string name;
  Span span;  ///< of the name
  std::vector<Expectation> expectations;
};

struct TestFile {
  Located<std::string> policy;  ///< the policy under test, as a path to read
  std::vector<PolicyTest> tests;
};

/// Reads one file of tests. It begins with `language`, imports the one policy that it tests (the
/// only place where a `policy` may be imported), and holds `test` blocks. Nothing after an error.
[[nodiscard]] std::optional<TestFile> read_test_file(const std::string& name,
                                                     std::string text,
                                                     lang::SourceSet& sources,
                                                     lang::Diagnostics& diagnostics);

}  // namespace backstay::compiler
