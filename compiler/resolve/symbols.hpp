// Every declaration of a compilation, by kind and name.
//
// A declaration stands here as soon as its name can be read, also where the rest of it is wrong, so
// that one mistake does not make every reference to it another one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/load/loaded.hpp"
#include "compiler/model/policy.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::compiler {

/// The name spaces. Profiles are named through their library: `openstack.nova`; database servers of
/// every kind share one, so that `database D on SERVER` need not say which it is.
enum class DeclarationKind : std::uint8_t {
  Site,
  Host,
  Group,
  Secret,
  Key,
  Server,
  Profile,
  Service,
  Target,
  Retention,
  Schedule,
  Backup,
  Drill,
  Notify,
};

inline constexpr std::size_t kDeclarationKinds = 14;

/// What findings call it: `server` for a `mariadb` and a `postgresql`, else the word that declares
/// it.
[[nodiscard]] std::string_view word_of(DeclarationKind kind);
/// The kind that a word declares; nothing for `hosts`, `language`, `import`, `require` …
[[nodiscard]] std::optional<DeclarationKind> declaration_kind_of(std::string_view word);

/// One declaration.
struct Declaration {
  DeclarationKind kind = DeclarationKind::Site;
  std::string name;
  Span span;  ///< of the name
  const LoadedFile* file = nullptr;
  const lang::ast::Fact* fact = nullptr;
  std::optional<lang::MatchedFact> matched;  ///< nothing where its head had a mistake
  Index index = 0;                           ///< its place among those of its kind, by name
  bool referenced = false;

  /// The word that declares it, `host` for one of `hosts`.
  [[nodiscard]] std::string_view word() const {
    return kind == DeclarationKind::Server ? fact->word.text : word_of(kind);
  }
};

/// The table. Names are looked up by hash, declarations are kept in the order of their names.
class Symbols {
 public:
  /// Moves a declaration in. One of the same kind and name that is there already is given back, and
  /// the new one left as it is.
  const Declaration* add(Declaration& declaration);
  /// Puts every kind in the order of names and numbers it. Nothing is added after that.
  void freeze();

  [[nodiscard]] Declaration* find(DeclarationKind kind, std::string_view name);
  /// By name.
  [[nodiscard]] const std::vector<Declaration*>& all(DeclarationKind kind) const;
  [[nodiscard]] std::vector<std::string> names(DeclarationKind kind) const;
  /// Kinds that hold the name.
  [[nodiscard]] std::vector<DeclarationKind> kinds_of(std::string_view name);

 private:
  struct Space {
    std::deque<Declaration> declarations;  // addresses stay
    std::unordered_map<std::string_view, Declaration*> by_name;
    std::vector<Declaration*> sorted;
  };

  [[nodiscard]] Space& space(DeclarationKind kind) {
    return spaces_.at(static_cast<std::size_t>(kind));
  }

  std::array<Space, kDeclarationKinds> spaces_;
};

}  // namespace backstay::compiler
