// What all parts of name resolution share.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/load/loaded.hpp"
#include "compiler/model/policy.hpp"
#include "compiler/resolve/scope.hpp"
#include "compiler/resolve/symbols.hpp"
#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"

namespace backstay::compiler {

/// A `require`, `moved` or `allow`: it has no name, so it stands in no table.
struct NamelessDeclaration {
  const LoadedFile* file = nullptr;
  lang::MatchedFact matched;  ///< its head
};

// Why: a suggestion looks at every name of its kind. Nobody reads hundreds of them, and a file in
// which all names are unknown must not take quadratic time.
inline constexpr std::size_t kMostSuggestions = 50;

struct Context {
  const Loaded& loaded;
  lang::SourceSet& sources;
  lang::Diagnostics& diagnostics;
  Symbols symbols = {};
  std::vector<NamelessDeclaration> requirements = {};  ///< in the order of the files
  std::vector<NamelessDeclaration> moves = {};
  std::vector<NamelessDeclaration> allows = {};
  std::vector<Group> groups = {};                 ///< the model's, once they are resolved
  Scope policy_scope = Scope{};                   ///< the policy's own parameters
  Scope no_scope = Scope{};                       ///< of libraries: no parameter
  std::deque<lang::ast::File> command_line = {};  ///< the values of --set, as parsed
  std::deque<std::string> texts = {};             ///< owns names that stand in no file as they are
  std::size_t suggestions = 0;                    ///< made so far; see refer()
  std::size_t hosts_declared = 0;                 ///< by host lists so far
  std::size_t hosts_named = 0;                    ///< by facts so far, groups and lists worked out
  bool too_many_hosts = false;                    ///< was it reported?
  std::size_t facts_from_profiles = 0;            ///< that services got so far; see growth.hpp
  std::size_t services_named = 0;                 ///< by `all services` so far

  /// The parameters that are visible in the declarations of a file.
  [[nodiscard]] Scope& scope_of(const LoadedFile& file) {
    return file.entry ? policy_scope : no_scope;
  }
};

/// The declaration that a name means, marked as referenced. An unknown name is reported, with what
/// may have been meant. Invalid values say nothing: they were reported already.
[[nodiscard]] Declaration* refer(Context& context, DeclarationKind kind, const Value& name);

/// The same as an index into the model's vector.
[[nodiscard]] std::optional<Reference> refer_index(Context& context,
                                                   DeclarationKind kind,
                                                   const Value& name);

/// The names that a host list of a declaration stands for. A policy declares at most 65,536 hosts
/// by lists; a list beyond is reported and stands for none.
[[nodiscard]] std::vector<std::string> listed_hosts(Context& context,
                                                    const lang::ast::Argument& list);

/// All of them, by name, each once; one that is named twice is reported.
[[nodiscard]] std::vector<Reference> refer_all(Context& context,
                                               DeclarationKind kind,
                                               const Values& names);

/// Every host that a list of hosts and groups means, each once, in the order of their names; all
/// marked as referenced. A name that stands twice is reported. The facts of a policy name at most
/// 1,000,000 hosts, groups and lists worked out; the fact that goes beyond is reported and has
/// none.
[[nodiscard]] std::vector<Reference> refer_hosts(Context& context, const Values& names);
/// The same in the order in which they are written.
[[nodiscard]] std::vector<Reference> refer_hosts_in_order(Context& context, const Values& names);
/// The same where no groups may stand, as in a group; one that stands in several lists is reported.
[[nodiscard]] std::vector<Reference> refer_members(Context& context, const Values& names);
/// The host where there can be but one. Several are reported.
[[nodiscard]] std::optional<Reference> refer_one_host(Context& context, const Values& names);

/// Reports a declaration or fact that lacks something.
void report_missing(Context& context, const Span& where, std::string message, std::string help);

}  // namespace backstay::compiler
