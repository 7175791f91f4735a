// One policy as editors see it: its compilation, its tests, and the index of its names.
#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "compiler/compile.hpp"
#include "compiler/language_server/symbol_index.hpp"

namespace backstay::compiler::lsp {

/// A range of bytes of a file.
struct FileRange {
  std::string path;  ///< as the loader names it: absolute, or `<stdlib>/…`
  std::size_t begin = 0;
  std::size_t end = 0;

  friend auto operator<=>(const FileRange&, const FileRange&) = default;
};

/// A compilation that is kept. Not copied or moved: the index points into it.
struct Project {
  std::string entry;
  lang::SourceSet sources;
  lang::Diagnostics findings;
  std::optional<Error> failure;  ///< the entry file could not be read, or a bug was met
  Analysis analysis;
  std::deque<LoadedFile> tests;  ///< the files of tests of this policy
  std::set<std::string> reads;   ///< every path that was asked for, found or not
  SymbolIndex index;

  /// The file of a path in `sources`; null where the project does not hold it.
  [[nodiscard]] const LoadedFile* file(std::string_view path) const;
  [[nodiscard]] FileRange range_of(const lang::Span& span) const;
};

/// What a project is made of.
struct ProjectRequest {
  std::string entry;
  std::vector<std::string> tests;
  /// Of --set; those that the entry does not have are dropped.
  std::map<std::string, std::string> parameters = {};
  std::optional<std::chrono::local_days> today = {};  ///< on which an `allow` is judged
};

/// Compiles; never fails: see Project::failure.
[[nodiscard]] std::shared_ptr<const Project> build_project(const ProjectRequest& request,
                                                           const FileReader& read);

}  // namespace backstay::compiler::lsp
