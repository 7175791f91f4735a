// Samples of policies in the documentation: found in their pages, completed, compiled.
//
// A page shows the few lines that matter. What every policy needs besides, the frame, is put around
// them here: each part of it unless the sample has that declaration itself.
// docs/diagnostics/README.md shows the frame to readers.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace backstay::test {

/// A sample with the files that it imports; `entry` is the one to compile.
struct PolicySample {
  std::string entry;
  std::map<std::string, std::string> beside;  ///< by path, as an `import` names it without `./`
};

/// The samples of a section `## TITLE`: its fenced blocks of kind `stay`. The first is the entry; a
/// further one begins with `# file PATH` and is the file that it names.
[[nodiscard]] PolicySample sample_of(std::string_view page, std::string_view title);

/// A whole policy from a sample: itself if it begins with `language`, else with the frame around
/// it.
[[nodiscard]] std::string complete(std::string_view sample);

/// Codes of all findings of a sample, and their text for a failure message.
struct SampleFindings {
  std::set<std::string> codes;
  std::string text;
};

[[nodiscard]] SampleFindings compile_sample(const PolicySample& sample);

}  // namespace backstay::test
