// Text → syntax tree. Reports every mistake of a file in one run and keeps what is right.
#pragma once

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"
#include "lang/syntax/ast.hpp"
#include "lang/syntax/comments.hpp"

namespace backstay::lang {

struct Parsed {
  ast::File file;
  Comments comments;
};

/// Parses one file of `sources`. Files over 1 MiB, and blocks nested deeper than 16, are errors.
/// The tree is partial where mistakes were reported; it is whole where none was.
[[nodiscard]] Parsed parse(const SourceSet& sources, FileId file, Diagnostics& diagnostics);

}  // namespace backstay::lang
