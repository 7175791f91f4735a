#include "compiler/load/standard_library.hpp"

#include <algorithm>

#include "lang/base/embedded.hpp"

namespace backstay::compiler {
namespace {

constexpr std::string_view kSuffix = ".stay";

std::string file_of(std::string_view library) {
  std::string name(library);
  std::replace(name.begin(), name.end(), '.', '/');
  return name.append(kSuffix);
}

}  // namespace

std::optional<std::string_view> standard_library_text(std::string_view library) {
  const std::string name = file_of(library);
  for (const EmbeddedFile& file : embedded_stdlib()) {
    if (file.name == name) {
      return file.text;
    }
  }
  return std::nullopt;
}

std::vector<std::string> standard_library_names() {
  std::vector<std::string> names;
  for (const EmbeddedFile& file : embedded_stdlib()) {
    if (file.name.ends_with(kSuffix)) {
      std::string name(file.name.substr(0, file.name.size() - kSuffix.size()));
      std::replace(name.begin(), name.end(), '/', '.');
      names.push_back(std::move(name));
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string standard_library_source_name(std::string_view library) {
  return "<stdlib>/" + file_of(library);
}

}  // namespace backstay::compiler
