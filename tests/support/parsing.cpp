#include "tests/support/parsing.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

namespace backstay::test {

std::string summary(const lang::Diagnostics& findings, const lang::SourceSet& sources) {
  std::string text;
  for (const lang::Diagnostic& finding : findings.sorted()) {
    const lang::LineColumn at = sources.file(finding.primary.file).locate(finding.primary.begin);
    text +=
        fmt::format("{}:{} {} {}\n", at.line, at.column, info(finding.kind).code, finding.message);
  }
  return text;
}

std::vector<Sample> all_samples() {
  const std::filesystem::path root = BACKSTAY_SOURCE_DIR;
  std::vector<Sample> samples;
  for (const char* folder : {"stdlib", "examples", "tests/golden"}) {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() == ".stay") {
        std::ifstream in(entry.path(), std::ios::binary);
        std::ostringstream text;
        text << in.rdbuf();
        samples.push_back({std::filesystem::relative(entry.path(), root).string(), text.str()});
      }
    }
  }
  std::sort(samples.begin(), samples.end(),
            [](const Sample& left, const Sample& right) { return left.name < right.name; });
  return samples;
}

}  // namespace backstay::test
