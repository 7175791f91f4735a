// What the server offers, and what it asks of the client when it begins.
#pragma once

#include <string>
#include <vector>

#include "compiler/language_server/client.hpp"

namespace backstay::compiler::lsp {

/// The result of `initialize`.
[[nodiscard]] Json server_capabilities(const Client& client, const std::string& version);

/// Asks to be told when policies on disk change.
[[nodiscard]] Json watch_request();

/// Addresses of the folders that `initialize` names, in any of the ways in which it may.
[[nodiscard]] std::vector<std::string> folders_in(const Json& params);

}  // namespace backstay::compiler::lsp
