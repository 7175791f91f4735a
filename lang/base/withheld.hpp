// What findings must not repeat. A secret that stands in a policy stands on the lines around other
// findings, too, and in messages that quote a token: all are told without it, for findings end up
// in logs. Looked for in the bare text, for the files may not even parse.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::lang {

/// The secrets in the strings and argument vectors of some files. Must not outlive the files.
class Withheld {
 public:
  /// Looks through all files: make it once for many findings.
  explicit Withheld(const SourceSet& sources);

  /// A line (from 1) of a file with stars in place of its secrets; as many bytes as it has.
  [[nodiscard]] std::string line(FileId file, std::size_t line) const;

  /// A text of a finding, with `***` in place of every secret.
  [[nodiscard]] std::string text(std::string text) const;

  /// The finding with all of its texts so. Fixes that would write a secret are left out.
  [[nodiscard]] Diagnostic finding(Diagnostic finding) const;

 private:
  void keep(FileId file, std::size_t begin, std::size_t end);
  void look_through(FileId file);

  friend class SecretScan;

  const SourceSet& sources_;
  std::map<FileId, std::vector<Span>> places_;  // by begin
  std::vector<std::string> texts_;              // the longest first
};

}  // namespace backstay::lang
