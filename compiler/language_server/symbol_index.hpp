// Every place of a compilation that declares or uses a name: what "go to definition", "find
// references" and "rename" look into.
//
// It is made from the trees and the signature table alone, so it is there also while a policy has
// mistakes.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/load/loaded.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler::lsp {

/// A name and the space that it lives in: `service`, `host`, `server` (both kinds of database
/// server), `profile` (by its full name), `param OWNER` (of a profile, or of the policy: no owner),
/// `library` (by the name of its file) …
struct Symbol {
  std::string space;
  std::string name;

  friend auto operator<=>(const Symbol&, const Symbol&) = default;
};

/// A place where a name stands.
struct Occurrence {
  lang::Span span;  ///< of the name alone: in `nova.etc`, of `nova`
  Symbol symbol;    ///< of a host list: no name
  bool definition = false;
  bool host_list = false;                        ///< `compute[001-250]`: many hosts
  const LoadedFile* file = nullptr;              ///< that it stands in
  const lang::ast::Fact* fact = nullptr;         ///< that it stands in
  const lang::ast::Fact* declaration = nullptr;  ///< of the file, that the fact stands in
};

class SymbolIndex {
 public:
  void add(Occurrence occurrence);
  /// Sorts what was added; nothing is added after that.
  void finish(const lang::SourceSet& sources);

  /// The occurrence at an offset, its end included; null where there is none.
  [[nodiscard]] const Occurrence* at(lang::FileId file, std::size_t offset) const;
  /// All places of a symbol, by file and place; host lists that hold it included.
  [[nodiscard]] std::vector<const Occurrence*> places_of(const Symbol& symbol) const;
  [[nodiscard]] std::vector<const Occurrence*> definitions_of(const Symbol& symbol) const;
  /// What an occurrence means: its symbol, or the hosts of its list.
  [[nodiscard]] std::vector<Symbol> meant_by(const Occurrence& occurrence) const;
  /// First definitions of a space, by name; of `hosts` lists, every host.
  [[nodiscard]] std::vector<std::pair<std::string, const Occurrence*>> all_of(
      std::string_view space) const;

  /// In the order of files and places.
  [[nodiscard]] const std::vector<Occurrence>& all() const { return occurrences_; }

 private:
  [[nodiscard]] bool holds(const Occurrence& list, const std::string& host) const;

  std::vector<Occurrence> occurrences_;
  std::map<Symbol, std::vector<std::size_t>> by_symbol_;
  std::vector<std::size_t> lists_;
  std::vector<std::vector<std::string>> hosts_of_list_;  // parallel to lists_
};

/// The space of a declaration's word: `mariadb` → `server`; empty for what declares nothing.
[[nodiscard]] std::string_view space_of(std::string_view declaration_word);
/// The spaces that an argument of a type may name, the likeliest first: `HOST` → host, group.
[[nodiscard]] std::vector<std::string_view> spaces_of_type(std::string_view argument_type);
/// The same for a parameter's type: `mariadb` → server.
[[nodiscard]] std::vector<std::string_view> spaces_of_parameter(std::string_view parameter_type);

/// Indexes the files of a compilation and of its tests. All that is given must outlive the index.
[[nodiscard]] SymbolIndex index_symbols(const Loaded& loaded,
                                        const std::deque<LoadedFile>& tests,
                                        const lang::SourceSet& sources);

}  // namespace backstay::compiler::lsp
