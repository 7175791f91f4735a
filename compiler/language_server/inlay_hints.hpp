// What is shown behind a line without standing in the file: the next fire of a schedule, how many
// hosts a list names.
#pragma once

#include <string>
#include <vector>

#include "compiler/language_server/workspace.hpp"

namespace backstay::compiler::lsp {

/// A hint behind a line.
struct InlayHint {
  std::size_t offset = 0;
  std::string text;     ///< `next mon 2026-11-23 02:30 +01:00`
  std::string tooltip;  ///< the fires after it
};

/// Those in [begin, end] of a file, by place. A schedule has one where its rule is as it was when
/// the policy was last in order.
[[nodiscard]] std::vector<InlayHint> inlay_hints(Workspace& workspace,
                                                 const std::string& path,
                                                 std::size_t begin,
                                                 std::size_t end);

}  // namespace backstay::compiler::lsp
