// Fingerprints by which a finding is known again in a later version of its file.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::cli {

/// Makes the fingerprints of one policy's findings: from code, file, the declaration that it is in
/// and the text of its line (blanks aside); a counter tells findings apart that are equal in all of
/// these. So lines may come and go elsewhere without a finding becoming a new one.
class FindingFingerprints {
 public:
  explicit FindingFingerprints(const lang::SourceSet& sources) : sources_(sources) {}

  /// 32 hexadecimal digits, and a counter from the second equal one on. Call it in sorted order.
  [[nodiscard]] std::string of(const lang::Diagnostic& finding);

 private:
  [[nodiscard]] std::string_view declaration_above(lang::FileId file, std::size_t line);

  const lang::SourceSet& sources_;
  std::map<lang::FileId, std::vector<std::size_t>> declarations_;  // lines that begin at column 1
  std::unordered_map<std::string, std::size_t> seen_;
};

}  // namespace backstay::cli
