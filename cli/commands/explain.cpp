// backstay explain: the page behind a finding's code.
#include <algorithm>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/commands/commands.hpp"
#include "lang/base/diagnostic.hpp"
#include "lang/base/embedded.hpp"
#include "lang/base/suggest.hpp"

namespace backstay::cli {
namespace {

void list_all(Session& session) {
  std::string text;
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    const lang::DiagnosticInfo& facts = lang::info(kind);
    text +=
        fmt::format("{}  {:<7}  {}\n", facts.code,
                    facts.severity == lang::Severity::Error ? "error" : "warning", facts.summary);
  }
  session.print(text);
}

void explain(Session& session, const std::string& word) {
  if (word.empty()) {
    list_all(session);
    return;
  }
  std::string code = word;
  std::transform(code.begin(), code.end(), code.begin(), [](char letter) {
    return letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 32) : letter;
  });
  for (const EmbeddedFile& page : embedded_explain()) {
    if (page.name == code + ".md") {
      session.print(page.text);
      return;
    }
  }
  std::vector<std::string> codes;
  for (const lang::DiagnosticKind kind : lang::all_diagnostic_kinds()) {
    codes.emplace_back(lang::info(kind).code);
  }
  const std::string guess = did_you_mean(code, codes);
  session.fail(ExitCode::Usage, fmt::format("there is no finding `{}`", word),
               guess.empty() ? "`backstay explain` lists all codes" : guess);
}

}  // namespace

void add_explain(CLI::App& app, Session& session) {
  const auto code = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("explain", "Explain a finding, or list all of them");
  verb->add_option("CODE", *code, "A code such as BST0301; without it all codes are listed");
  verb->footer("Examples:\n  backstay explain BST0301\n  backstay explain");
  verb->callback([code, &session] { explain(session, *code); });
}

}  // namespace backstay::cli
