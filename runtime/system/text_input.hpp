// A text as the standard input of a command.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Gives the bytes of a text, which it keeps, piece by piece; then none.
[[nodiscard]] inline std::function<Result<std::size_t>(std::span<std::byte>)> text_input(
    std::string text) {
  const auto kept = std::make_shared<const std::string>(std::move(text));
  return [kept, at = std::size_t{0}](std::span<std::byte> room) mutable -> Result<std::size_t> {
    const std::size_t size = std::min(room.size(), kept->size() - at);
    std::copy_n(std::as_bytes(std::span(*kept)).begin() + static_cast<std::ptrdiff_t>(at), size,
                room.begin());
    at += size;
    return size;
  };
}

}  // namespace backstay::runtime
