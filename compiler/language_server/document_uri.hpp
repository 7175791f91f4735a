// `file:` addresses of documents and the paths that they mean (RFC 8089, RFC 3986).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backstay::compiler::lsp {

/// The absolute path of `file:///etc/a%20b.stay`; nothing for another scheme, another host than
/// this one, a relative path, or an escape that is none or means NUL.
[[nodiscard]] std::optional<std::string> path_of_uri(std::string_view uri);
/// path  absolute
[[nodiscard]] std::string uri_of_path(std::string_view path);

}  // namespace backstay::compiler::lsp
