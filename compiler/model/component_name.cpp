#include "compiler/model/component_name.hpp"

#include <fmt/format.h>

namespace backstay::compiler {
namespace {

bool stays(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || character == '-';
}

}  // namespace

std::string component_part(std::string_view text) {
  std::string part;
  part.reserve(text.size());
  for (const char character : text) {
    if (stays(character) || (character == '.' && !part.empty())) {
      part += character;
    } else {
      part += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    }
  }
  return part;
}

std::string default_component_part(std::string_view path) {
  const std::string_view segment = path.substr(path.rfind('/') + 1);
  return segment.empty() ? "root" : component_part(segment);
}

}  // namespace backstay::compiler
