// Which profile a name means, and whose parameter a `set` gives, from the trees alone.
//
// The same rules as compiler/resolve/profiles, for policies that do not compile yet.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/language_server/symbol_index.hpp"
#include "compiler/load/loaded.hpp"

namespace backstay::compiler::lsp {

/// `openstack.nova` for the profile `nova` of the library `openstack.nova`.
[[nodiscard]] std::string full_profile_name(const LoadedFile& file, std::string_view name);

/// The name after `from` in a declaration; empty where there is none.
[[nodiscard]] std::string_view base_name(const LoadedFile& file,
                                         const lang::ast::Fact& declaration);

/// One profile as it is declared.
struct ProfileEntry {
  const LoadedFile* file = nullptr;
  const lang::ast::Fact* fact = nullptr;
};

class ProfileChain {
 public:
  /// loaded  must outlive this
  explicit ProfileChain(const Loaded& loaded);

  /// The full name of the profile that `name` means in a file; a guess where there is none.
  [[nodiscard]] std::string named(const LoadedFile& file, std::string_view name) const;
  /// The profiles that a service or profile starts from, the nearest first; a circle is cut.
  [[nodiscard]] std::vector<std::string> bases_of(const LoadedFile& file,
                                                  const lang::ast::Fact& declaration) const;
  /// The profile whose parameter a `set` in `declaration` gives; nothing where there is none.
  [[nodiscard]] std::optional<std::string> owner_of_parameter(const LoadedFile& file,
                                                              const lang::ast::Fact& declaration,
                                                              std::string_view parameter) const;
  /// The `param` fact of a parameter, and its file.
  [[nodiscard]] ProfileEntry parameter_of(const Symbol& parameter) const;
  /// Its type; empty where it is not known.
  [[nodiscard]] std::string_view type_of(const Symbol& parameter) const;
  /// The `param` facts of a profile, or of the policy for an empty name.
  [[nodiscard]] std::vector<ProfileEntry> parameters_of(std::string_view profile) const;
  [[nodiscard]] const ProfileEntry* find(const std::string& profile) const;

 private:
  std::map<std::string, ProfileEntry> profiles_;
  const LoadedFile* entry_ = nullptr;
};

}  // namespace backstay::compiler::lsp
