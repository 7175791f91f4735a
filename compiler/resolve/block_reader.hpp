// The block of one declaration as its facts by word, for kinds whose facts stand alone.
#pragma once

#include <string_view>
#include <vector>

#include "compiler/resolve/fact_reader.hpp"

namespace backstay::compiler {

/// Matches the block of a declaration once and reads single facts out of it.
class BlockReader {
 public:
  BlockReader(Context& context, const Declaration& declaration);

  /// The fact of that word; nothing where it is not there.
  [[nodiscard]] std::optional<FactReader> fact(std::string_view word) const;
  /// Is there a fact of that word, right or wrong?
  [[nodiscard]] bool says(std::string_view word) const;
  /// All facts in the order of the file.
  [[nodiscard]] std::vector<FactReader> facts() const;

  /// First value of a fact, read as its type.
  [[nodiscard]] std::optional<Value> value(std::string_view word) const;
  [[nodiscard]] std::optional<Located<std::string>> text(std::string_view word) const;
  [[nodiscard]] std::optional<Located<std::string>> path(std::string_view word) const;
  [[nodiscard]] std::optional<Located<std::int64_t>> count(std::string_view word) const;
  [[nodiscard]] std::optional<Located<Duration>> duration(std::string_view word) const;
  /// More than no time at all.
  [[nodiscard]] std::optional<Located<Duration>> some_time(std::string_view word) const;
  [[nodiscard]] std::optional<Located<std::int64_t>> number(std::string_view word,
                                                            NumberRange range = {}) const;
  [[nodiscard]] std::optional<Located<ByteSize>> size(std::string_view word) const;
  [[nodiscard]] std::optional<Located<ByteSize>> rate(std::string_view word) const;
  [[nodiscard]] std::optional<Located<std::vector<std::string>>> command(
      std::string_view word) const;
  [[nodiscard]] std::optional<Reference> reference(std::string_view word,
                                                   DeclarationKind kind) const;
  /// The literal word after a fact's word: `disk` in `media disk`.
  [[nodiscard]] std::optional<Located<std::string>> literal(std::string_view word) const;

 private:
  Context& context_;
  const Declaration& declaration_;
  Scope& scope_;
  std::vector<lang::MatchedFact> facts_;
};

}  // namespace backstay::compiler
