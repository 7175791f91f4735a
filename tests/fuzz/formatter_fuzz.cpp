// What parses is formatted, means the same (the formatter proves that itself), and formatting it
// again changes nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lang/format/formatter.hpp"

namespace {

using namespace backstay::lang;

std::optional<std::string> formatted(std::string text, Diagnostics& findings) {
  SourceSet sources;
  const FileId id = sources.add("fuzz.stay", std::move(text));
  return format(sources, id, findings);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Diagnostics findings;
  const auto once = formatted(std::string(reinterpret_cast<const char*>(data), size), findings);
  for (const Diagnostic& finding : findings.all()) {
    if (finding.kind == DiagnosticKind::FormatterDisagrees) {
      std::abort();
    }
  }
  if (once && formatted(*once, findings) != once) {
    std::abort();
  }
  return 0;
}
