// Short ways to parse a text in a test.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"
#include "lang/syntax/parser.hpp"

namespace backstay::test {

/// One text, parsed. Not movable: the tree holds views of the text.
struct ParsedText {
  explicit ParsedText(std::string_view text)
      : id(sources.add("test.stay", std::string(text))),
        parsed(lang::parse(sources, id, findings)) {}

  ParsedText(const ParsedText&) = delete;
  ParsedText& operator=(const ParsedText&) = delete;

  lang::SourceSet sources;
  lang::Diagnostics findings;
  lang::FileId id;
  lang::Parsed parsed;
};

/// `LINE:COLUMN CODE message`, one line a finding, sorted.
[[nodiscard]] std::string summary(const lang::Diagnostics& findings,
                                  const lang::SourceSet& sources);

/// A .stay file of the project.
struct Sample {
  std::string name;  ///< relative to the project's folder
  std::string text;
};

/// All .stay files below stdlib/, examples/ and tests/golden, sorted by name.
[[nodiscard]] std::vector<Sample> all_samples();

}  // namespace backstay::test
