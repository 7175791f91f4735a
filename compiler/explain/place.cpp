#include "compiler/explain/place.hpp"

#include <fmt/format.h>

namespace backstay::compiler {

std::string place_of(const lang::SourceSet& sources, const Span& span) {
  const lang::SourceFile& file = sources.file(span.file);
  return fmt::format("{}:{}", file.name(), file.locate(span.begin).line);
}

std::string line_of(const lang::SourceSet& sources, const Span& span) {
  const lang::SourceFile& file = sources.file(span.file);
  std::string_view line = file.line(file.locate(span.begin).line);
  line = line.substr(0, line.find_last_not_of(" \t{") + 1);
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string_view::npos) {
    return {};
  }
  return std::string(line.substr(begin));
}

}  // namespace backstay::compiler
