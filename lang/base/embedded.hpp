// Files that were compiled into the program (cmake/embed.cmake).
#pragma once

#include <span>
#include <string_view>

namespace backstay {

struct EmbeddedFile {
  std::string_view name;  ///< relative to the folder that was embedded: `openstack/nova.stay`
  std::string_view text;
};

[[nodiscard]] std::span<const EmbeddedFile> embedded_stdlib();   // in backstay_compiler
[[nodiscard]] std::span<const EmbeddedFile> embedded_explain();  // in backstay_cli

}  // namespace backstay
