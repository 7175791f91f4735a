// Golden tests: what a sample gives is compared with the `.expected` file beside it, byte by byte.
//
//   golden_runner KIND FILE.stay     (one CTest a file: tests/golden/KIND/*.stay)
//
// KIND         what is done                       `.expected` holds
//   syntax       parse                              the tree (lang/syntax/dump), then the findings
//   format       format                             the canonical text, or the findings
//   diagnostics  parse, match, compile              the findings as they are printed, carets
//   included plan         compile                            the plan's YAML, or the findings
//
// A sample is named ok-WHAT.stay or fail-WHAT.stay, and that is enforced both ways: `ok-` must have
// no finding (of kind `plan`: no error), `fail-` must have one.
//
// Every line with a finding bears a marker, so that blessing cannot hide a mistake:
//
//   path 26h                         #~ BST0202
//   needs a,, 9x                     #~ BST0001 BST0005     several on one line
//   path "abc
//   #~^ BST0002                      about the line above (`#~^^`: two above), where no comment can
//   stand
//
// Markers and findings must be the same set of (line, code). Files that a sample imports lie in a
// folder beside it (only *.stay in the kind's own folder are samples) and may bear markers, too.
//
// UPDATE_GOLDEN=1 rewrites `.expected` (never the markers): read the difference before committing.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace backstay::test {

/// Runs one sample. Returns what is wrong with it, or an empty text.
/// kind    `syntax`, `format`, `diagnostics`, `plan`
/// sample  the .stay file; it is read under its file name alone, from its own folder
/// update  rewrite `.expected` in place of comparing
[[nodiscard]] std::string run_golden(std::string_view kind,
                                     const std::filesystem::path& sample,
                                     bool update);

}  // namespace backstay::test
