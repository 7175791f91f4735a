// Findings as people and machines read them. Both come from the same Diagnostic.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::lang {

struct RenderOptions {
  bool color = false;   ///< ANSI colours; meaning never depends on them
  bool unicode = true;  ///< false: ASCII only, for locales that are not UTF-8
};

/// One finding in the shape of rustc's: header, place, excerpt with caret and labels, witness,
/// help. Ends with a newline.
[[nodiscard]] std::string render(const Diagnostic& finding,
                                 const SourceSet& sources,
                                 const RenderOptions& options);

/// All findings, sorted, an empty line between two, then `2 errors, 1 warning` — nothing where
/// there is none.
[[nodiscard]] std::string render_all(const Diagnostics& findings,
                                     const SourceSet& sources,
                                     const RenderOptions& options);

/// What an `allow` silences, a line each with reason and last day; empty where nothing is.
[[nodiscard]] std::string render_silenced(const Diagnostics& findings,
                                          const SourceSet& sources,
                                          const RenderOptions& options);

/// The findings of one policy. Both must outlive their use.
struct Findings {
  const Diagnostics& diagnostics;
  const SourceSet& sources;
};

/// One JSON document (docs/schemas/findings.schema.json); lines and columns count from 1, byte
/// offsets from 0. What several policies share is there once.
///
/// failures  what could not be read at all, in words
[[nodiscard]] std::string render_json(std::span<const Findings> policies,
                                      const std::vector<std::string>& failures);
/// The same of one policy.
[[nodiscard]] std::string render_json(const Diagnostics& findings, const SourceSet& sources);

}  // namespace backstay::lang
