// What loading gives: every file of one compilation, parsed, each once.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <vector>

#include "lang/syntax/ast.hpp"

namespace backstay::compiler {

/// `import …` as it stands in a file.
struct Import {
  const lang::ast::Fact* fact = nullptr;
  lang::Span span;       ///< of what is imported
  std::size_t file = 0;  ///< index in Loaded::files
};

/// One parsed file.
struct LoadedFile {
  lang::ast::File tree;
  std::string name;             ///< as findings show it
  std::string library;          ///< the name after `library`; empty in the entry file
  std::vector<Import> imports;  ///< those that were found, in the order of the file
  bool entry = false;           ///< the file that was asked for
  bool standard = false;        ///< of the standard library
  bool test = false;            ///< a file of policy tests; never among those of a compilation
};

/// The entry file first, then the others in the order in which they were reached. Addresses stay.
struct Loaded {
  std::deque<LoadedFile> files;
};

}  // namespace backstay::compiler
