#include "cli/render/finding_fingerprints.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "lang/base/sha256.hpp"

namespace backstay::cli {
namespace {

std::string without_spare_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::vector<std::size_t> lines_of_declarations(const lang::SourceFile& file) {
  std::vector<std::size_t> lines;
  for (std::size_t line = 1; line <= file.line_count(); ++line) {
    const std::string_view text = file.line(line);
    if (!text.empty() && std::string_view(" \t#}").find(text.front()) == std::string_view::npos) {
      lines.push_back(line);
    }
  }
  return lines;
}

}  // namespace

std::string_view FindingFingerprints::declaration_above(lang::FileId file, std::size_t line) {
  auto known = declarations_.find(file);
  if (known == declarations_.end()) {
    known = declarations_.emplace(file, lines_of_declarations(sources_.file(file))).first;
  }
  const auto above = std::upper_bound(known->second.begin(), known->second.end(), line);
  return above == known->second.begin() ? std::string_view{}
                                        : sources_.file(file).line(*(above - 1));
}

std::string FindingFingerprints::of(const lang::Diagnostic& finding) {
  const lang::SourceFile& file = sources_.file(finding.primary.file);
  const std::size_t line = file.locate(finding.primary.begin).line;
  const std::string text =
      fmt::format("{}\n{}\n{}\n{}", lang::info(finding.kind).code, file.name(),
                  without_spare_blanks(declaration_above(finding.primary.file, line)),
                  without_spare_blanks(file.line(line)));
  std::string fingerprint = to_hex(sha256(text)).substr(0, 32);
  const std::size_t count = ++seen_[fingerprint];
  return count == 1 ? fingerprint : fmt::format("{}:{}", fingerprint, count);
}

}  // namespace backstay::cli
