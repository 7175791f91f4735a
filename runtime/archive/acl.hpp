// POSIX ACLs between the kernel's attribute bytes and the text that `tar` and people read.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace backstay::runtime {

inline constexpr std::string_view kAccessAcl = "system.posix_acl_access";
inline constexpr std::string_view kDefaultAcl = "system.posix_acl_default";

/// A number to a name; empty: keep the number.
using NameOf = std::function<std::string(std::uint32_t id, bool group)>;
/// A name (or number) to the number that it has here; nothing where it is unknown.
using NumberOf = std::function<std::optional<std::uint32_t>(std::string_view name, bool group)>;

/// Attribute bytes (linux/posix_acl_xattr.h, version 2) to `user::rw-,user:nova:r--,mask::r--,…`.
/// Nothing for bytes that are no ACL.
[[nodiscard]] std::optional<std::string> acl_to_text(std::string_view bytes, const NameOf& name_of);

/// The way back. Nothing for a text that is no ACL or a name that is unknown here.
[[nodiscard]] std::optional<std::string> acl_to_bytes(std::string_view text,
                                                      const NumberOf& number_of);

}  // namespace backstay::runtime
