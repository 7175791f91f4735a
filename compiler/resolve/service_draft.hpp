// A service in the making: the facts of its profiles and of its own block, put over one another.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiler/model/policy.hpp"
#include "compiler/resolve/fact_reader.hpp"
#include "compiler/resolve/keyed_items.hpp"

namespace backstay::compiler {

/// The key of a `check`: its command, word by word.
[[nodiscard]] std::string key_of(const std::vector<std::string>& command);

/// Reads facts into a service. Blocks come innermost first: the profile at the bottom, then those
/// that start from it, then the service's own. Repeatable facts add, one with the same key
/// replaces, `units`, `on` and single values replace, `without` takes away what inner blocks said.
class ServiceDraft {
 public:
  ServiceDraft(Context& context, Declaration& declaration)
      : context_(context), declaration_(declaration) {}

  /// Starts the next outer block, which stands in `file`.
  void begin_layer(const LoadedFile& file) {
    ++layer_;
    file_ = &file;
  }

  /// Adds one fact; `without` and `set` are none of its business.
  void add(const FactReader& fact);
  /// Carries out `without WORD [KEY]`. `quiet`: what it takes may be lost to an error already.
  void take_away(const lang::ast::File& file,
                 const lang::ast::Fact& fact,
                 Scope& scope,
                 bool quiet);

  /// Did any block say where the service lives?
  [[nodiscard]] bool says_host() const { return hosts_.has_value(); }

  /// The service, sorted; the draft is empty then.
  [[nodiscard]] Service finish();

 private:
  void add_data(const FactReader& fact);
  bool add_effect(const FactReader& fact);
  void add_path(const FactReader& fact);
  void add_rule(const FactReader& fact, KeyedItems<RuleFact>& rules);
  void add_databases(const FactReader& fact);
  void add_all_databases(const FactReader& fact);
  void add_sqlite(const FactReader& fact);
  void add_check(const FactReader& fact);
  void add_held(const FactReader& fact);
  void add_sealed_by(const FactReader& fact);
  void add_services(const FactReader& fact, KeyedItems<Reference>& services, bool must_exist);
  void add_unprotected(const FactReader& fact);
  void finish_effects(Service& service);
  void add_export(const FactReader& fact);
  void add_replica(const FactReader& fact);
  void add_mirror(const FactReader& fact);
  void add_hook(const FactReader& fact);
  void add_size(const FactReader& fact);
  void add_owner(const FactReader& fact);
  bool take(std::string_view word, std::optional<std::string_view> key);
  bool take_data(std::string_view word, std::optional<std::string_view> key);
  bool take_single(std::string_view word);

  template <typename Item>
  void put(KeyedItems<Item>& items, std::string key, Item item, const Span& span) {
    if (const auto first = items.put(std::move(key), std::move(item), span, layer_)) {
      report_said_twice(span, *first);
    }
  }

  void report_said_twice(const Span& second, const Span& first);
  template <typename Item>
  bool take_from(KeyedItems<Item>& items, std::optional<std::string_view> key);
  template <typename Item>
  bool take_path(KeyedItems<Item>& items, std::optional<std::string_view> key);
  void report_nothing_taken(const Span& place, const std::string& what);
  template <typename Item>
  bool take_named(KeyedItems<Item>& items, std::optional<std::string_view> key);

  Context& context_;
  Declaration& declaration_;
  int layer_ = 0;
  const LoadedFile* file_ = nullptr;  // of the block
  KeyedItems<PathFact> paths_;
  KeyedItems<RuleFact> excepts_;
  KeyedItems<RuleFact> keeps_;
  KeyedItems<DatabaseFact> databases_;
  KeyedItems<SqliteFact> sqlites_;
  KeyedItems<CheckFact> checks_;
  KeyedItems<HeldFact> held_;
  KeyedItems<SealedByFact> sealed_by_;
  KeyedItems<Reference> needs_;
  KeyedItems<Reference> instant_with_;
  KeyedItems<UnprotectedFact> unprotected_;
  std::optional<std::vector<Located<std::string>>> units_;
  std::optional<std::vector<Reference>> hosts_;
  std::optional<Located<std::string>> external_;
  KeyedItems<ExportFact> exports_;
  KeyedItems<ReplicateFact> replicas_;
  KeyedItems<MirrorFact> mirrors_;
  std::optional<Span> quiesce_;
  std::map<std::string, HookFact, std::less<>> hooks_;  // by their word
  std::optional<SizeFact> size_;
  std::optional<Located<std::string>> owner_;
};

}  // namespace backstay::compiler
