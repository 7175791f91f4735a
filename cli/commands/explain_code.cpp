#include "cli/commands/explain_code.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cli/render/explain_json.hpp"
#include "lang/base/diagnostic.hpp"
#include "lang/base/embedded.hpp"
#include "lang/base/suggest.hpp"

namespace backstay::cli {
namespace {

std::string_view page_of(std::string_view code) {
  for (const EmbeddedFile& page : embedded_explain()) {
    if (page.name.starts_with(code)) {
      return page.text;
    }
  }
  return {};
}

}  // namespace

void list_codes(Session& session, const std::string& format) {
  if (format == "json") {
    session.print(codes_as_json());
    return;
  }
  std::string text;
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    const lang::DiagnosticInfo& facts = lang::info(kind);
    text +=
        fmt::format("{}  {:<7}  {}\n", facts.code,
                    facts.severity == lang::Severity::Error ? "error" : "warning", facts.summary);
  }
  session.print(text);
}

void explain_code(Session& session, const std::string& word, const std::string& format) {
  std::string code = word;
  std::transform(code.begin(), code.end(), code.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
  });
  std::vector<std::string> codes;
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    codes.emplace_back(lang::info(kind).code);
    if (code == codes.back()) {
      const std::string_view page = page_of(code);
      session.print(format == "json" ? code_as_json(lang::info(kind), page) : std::string(page));
      return;
    }
  }
  const std::string guess = did_you_mean(code, codes);
  session.fail(ExitCode::Usage, fmt::format("there is no finding `{}`", word),
               guess.empty() ? "`backstay explain` lists all codes" : guess);
}

}  // namespace backstay::cli
