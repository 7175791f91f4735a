// Profiles: matched once, then put into every service that starts from them.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "compiler/resolve/context.hpp"
#include "lang/syntax/signatures.hpp"

namespace backstay::compiler {

/// A profile as it is declared.
struct Profile {
  Declaration* declaration = nullptr;
  std::vector<Parameter> parameters;
  std::vector<lang::MatchedFact> facts;  ///< without its `param`s
  Profile* base = nullptr;               ///< after `from`; never leads back to itself
  Span from;                             ///< place of the base's name
  std::size_t weight = 0;  ///< its facts and parameters with those of all its bases, one each more
};

/// One block of facts of a service, with the parameters that it sees.
struct Layer {
  const LoadedFile* file = nullptr;
  const std::vector<lang::MatchedFact>* facts = nullptr;
  Scope* scope = nullptr;
};

/// All profiles of a compilation.
class Profiles {
 public:
  /// Reads every profile, used or not, so that the mistakes in all of them are reported: facts that
  /// fit nothing, bases that are not there, and bases in a circle.
  explicit Profiles(Context& context);

  /// The profile that a `from` in `file` means; reports an unknown one.
  [[nodiscard]] Profile* refer(const LoadedFile& file, const Value& name);

 private:
  void read(Profile& profile);
  void link(Profile& profile);
  void cut_cycles();
  void weigh();
  void report_cycle(const std::vector<Profile*>& walk, const Profile& first);

  Context& context_;
  std::deque<Profile> profiles_;  // by name; parallel to the declarations
};

/// The blocks of a service that starts from `profile`, innermost base first, its own block not
/// included. Its parameters come from the `set`s of the outer blocks, then from their defaults.
/// Reports parameters that are not there, lack a value or are of another type.
class ProfileUse {
 public:
  /// profile  null where the service starts from none
  ProfileUse(Context& context,
             Declaration& service,
             Scope& service_scope,
             const std::vector<lang::MatchedFact>& service_facts,
             Profile* profile);

  [[nodiscard]] const std::vector<Layer>& layers() const { return layers_; }

 private:
  struct Given {
    std::string_view name;
    Values values;
    Span span;  // of the whole `set`
    Span name_span;
    bool taken = false;
  };

  void gather_sets(const std::vector<lang::MatchedFact>& facts,
                   const LoadedFile& file,
                   Scope& scope);
  void enter(Profile& profile);
  void fill(Parameter& parameter);
  void report_untaken(const Profile* profile);
  void report_untaken(const Given& given,
                      const Profile* profile,
                      const std::vector<std::string>& names);

  Context& context_;
  Declaration& service_;
  std::vector<Given> given_;
  std::unordered_map<std::string_view, std::size_t> untaken_;  // by name: the one that wins
  std::deque<Scope> scopes_;
  std::vector<Layer> layers_;
};

}  // namespace backstay::compiler
