// What stands at an offset of a file: the block, the fact, and the argument that is being written.
#pragma once

#include <cstddef>
#include <string_view>

#include "compiler/load/loaded.hpp"

namespace backstay::compiler::lsp {

struct Cursor {
  enum class On {
    Nothing,   ///< a comment, or a place where nothing can stand
    NewFact,   ///< where a fact may begin
    Word,      ///< the first word of `fact`
    Argument,  ///< an argument of `fact`, or the place of the next one
  };
  On on = On::Nothing;
  std::string_view block = "file";               ///< kind of the block around it
  const lang::ast::Fact* declaration = nullptr;  ///< of the file, around it; null outside
  const lang::ast::Fact* fact = nullptr;
  std::size_t argument = 0;  ///< its index; the number of arguments where it is a new one
  bool after_comma = false;  ///< it goes on a list
  lang::Span token;          ///< what has been written of it; empty where nothing was
};

[[nodiscard]] Cursor cursor_at(const LoadedFile& file, std::string_view text, std::size_t offset);

}  // namespace backstay::compiler::lsp
