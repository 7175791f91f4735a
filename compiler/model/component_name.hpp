// Names of components: what a part of a service is called in plans, snapshots and commands.
#pragma once

#include <string>
#include <string_view>

namespace backstay::compiler {

/// A text as one part of a component's name: letters, digits, `_`, `-` and inner dots stay, every
/// other byte becomes `%XX`. Component names are also folder names in a store, so nothing else may
/// stand in them. Different texts give different parts.
[[nodiscard]] std::string component_part(std::string_view text);

/// The part that a path gives where no `as` names one: its last segment; `root` for `/`.
[[nodiscard]] std::string default_component_part(std::string_view path);

/// The part that `database all` gives, and the one that holds a server's accounts.
inline constexpr std::string_view kAllDatabasesPart = "all";
inline constexpr std::string_view kAccountsPart = "accounts";
/// The part that holds the files of a server of `method physical`.
inline constexpr std::string_view kServerDataPart = "data";

}  // namespace backstay::compiler
