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

/// A `require`: it has no name, so it stands in no table.
struct NamelessDeclaration {
  const LoadedFile* file = nullptr;
  lang::MatchedFact matched;  ///< its head
};

struct Context {
  const Loaded& loaded;
  lang::SourceSet& sources;
  lang::Diagnostics& diagnostics;
  Symbols symbols = {};
  std::vector<NamelessDeclaration> requirements = {};  ///< in the order of the files
  Scope policy_scope = Scope{};                        ///< the policy's own parameters
  Scope no_scope = Scope{};                            ///< of libraries: no parameter
  std::deque<lang::ast::File> command_line = {};       ///< the values of --set, as parsed
  std::deque<std::string> texts = {};  ///< owns names that stand in no file as they are
  std::size_t suggestions = 0;         ///< made so far; see suggest()

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

/// Every host that a list of hosts and groups means, each once, sorted; all marked as referenced.
[[nodiscard]] std::vector<Reference> refer_hosts(Context& context, const Values& names);

/// Reports a declaration or fact that lacks something.
void report_missing(Context& context, const Span& where, std::string message, std::string help);

}  // namespace backstay::compiler
