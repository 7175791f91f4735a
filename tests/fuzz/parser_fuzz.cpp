// Any bytes are parsed, and matched fact by fact: no crash, no hang, every span inside the text.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "lang/base/render.hpp"
#include "lang/syntax/parser.hpp"
#include "lang/syntax/signatures.hpp"

namespace {

using namespace backstay::lang;

void match_all(const ast::File& file,
               const std::vector<ast::Fact>& facts,
               std::string_view block,
               Diagnostics& findings) {
  for (const ast::Fact& fact : facts) {
    const auto matched = match(file, fact, block, {}, findings);
    if (!matched && findings.all().empty()) {
      std::abort();  // refused without a word
    }
    match_all(file, fact.facts, fact.word.text, findings);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  SourceSet sources;
  Diagnostics findings;
  const FileId id =
      sources.add("fuzz.stay", std::string(reinterpret_cast<const char*>(data), size));
  const Parsed parsed = parse(sources, id, findings);
  match_all(parsed.file, parsed.file.facts, "file", findings);
  for (const Diagnostic& finding : findings.all()) {
    if (finding.primary.begin > finding.primary.end || finding.primary.end > size) {
      std::abort();
    }
  }
  static_cast<void>(render_all(findings, sources, {}));
  return 0;
}
