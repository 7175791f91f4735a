// The requests about documents: one function a method, from its parameters to its result.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/language_server/client.hpp"
#include "lang/base/result.hpp"

namespace backstay::compiler::lsp {

/// What all requests work on.
struct Conversation {
  Workspace workspace;
  Client client = {};
  DocumentNames names = {};
};

/// The result of a request. Nothing: no such method. Errors: Usage, the parameters are not those
/// of the method; BadInput, the request makes sense and is refused.
[[nodiscard]] std::optional<Result<Json>> answer_request(Conversation& conversation,
                                                         std::string_view method,
                                                         const Json& params);

/// The diagnostics of a file, as `publishDiagnostics` wants them.
[[nodiscard]] Json diagnostics_of(Conversation& conversation, const std::string& path);

}  // namespace backstay::compiler::lsp
