// Which declaration a place stands in: what a finding is about that does not say so itself.
#pragma once

#include <map>
#include <optional>

#include "compiler/load/loaded.hpp"
#include "lang/base/diagnostic.hpp"

namespace backstay::compiler {

/// The declarations of all files of a compilation, by where they stand.
class DeclarationPlaces {
 public:
  DeclarationPlaces() = default;
  explicit DeclarationPlaces(const Loaded& loaded);

  /// Kind and name of the declaration that holds `place`; of a `require` or `test` the name is
  /// empty. Nothing outside of all declarations.
  [[nodiscard]] std::optional<lang::Subject> at(const lang::Span& place) const;

 private:
  struct Declared {
    lang::Span span;
    lang::Subject subject;
  };

  std::map<lang::Span, Declared> declared_;  // by where they begin
};

}  // namespace backstay::compiler
