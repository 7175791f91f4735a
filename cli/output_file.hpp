// Writing a file that a user named: whole or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"

namespace backstay::cli {

/// Writes beside and renames over `path`; an existing file keeps its mode, a new one gets `mode`.
[[nodiscard]] Result<void> write_output_file(const std::string& path,
                                             std::string_view content,
                                             std::uint32_t mode = 0644);

/// Takes the next piece of what is written.
using PieceSink = std::function<void(std::string_view piece)>;

/// The same for content that is never in memory as a whole: `produce` gives it piece by piece.
[[nodiscard]] Result<void> write_output_pieces(
    const std::string& path,
    const std::function<void(const PieceSink& sink)>& produce,
    std::uint32_t mode = 0644);

/// `path` made absolute against the current directory, without resolving links.
[[nodiscard]] std::string absolute_path(const std::string& path);

}  // namespace backstay::cli
