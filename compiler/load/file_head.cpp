#include "compiler/load/file_head.hpp"

#include <charconv>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "compiler/plan/plan.hpp"
#include "lang/base/fix.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;
namespace ast = lang::ast;

lang::Span start_of(const LoadedFile& file) {
  return file.tree.facts.empty() ? lang::Span{file.tree.id, 0, 0}
                                 : file.tree.facts.front().word.span;
}

const ast::Fact* find(const LoadedFile& file, std::string_view word) {
  for (const ast::Fact& fact : file.tree.facts) {
    if (fact.word.text == word) {
      return &fact;
    }
  }
  return nullptr;
}

const ast::Argument* first_argument(const LoadedFile& file, const ast::Fact& fact) {
  return fact.argument_count == 0 ? nullptr : &file.tree.arguments[fact.first_argument];
}

std::string language_line() {
  return fmt::format("`language {}`", plan::kLanguageEdition);
}

// As the first line of all: comments may stand anywhere.
lang::Fix begin_with_language(const LoadedFile& file) {
  const std::string line = fmt::format("language {}", plan::kLanguageEdition);
  return {"add " + language_line(), {{{file.tree.id, 0, 0}, line + "\n"}}};
}

void check_edition(const LoadedFile& file, const ast::Fact& fact, lang::Diagnostics& diagnostics) {
  const ast::Argument* argument = first_argument(file, fact);
  if (argument == nullptr || argument->kind != ast::ArgumentKind::Count) {
    return;  // the signature's business
  }
  int edition = -1;  // out of range: newer than anything
  const auto text = argument->text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), edition);
  if (error == std::errc{} && edition == plan::kLanguageEdition) {
    return;
  }
  const bool older = error == std::errc{} && edition < plan::kLanguageEdition;
  diagnostics.add(
      {.kind = DiagnosticKind::UnknownLanguage,
       .primary = argument->span,
       .message = fmt::format("edition {} of the language is {}", text,
                              older ? "none that ever was" : "newer than this program"),
       .help = older ? "write " + language_line()
                     : fmt::format("this program knows edition {}: use a newer backstay",
                                   plan::kLanguageEdition),
       .fixes = {lang::replace(argument->span, fmt::format("{}", plan::kLanguageEdition))}});
}

void check_language(const LoadedFile& file, bool whole, lang::Diagnostics& diagnostics) {
  const ast::Fact* language = find(file, "language");
  if (language == nullptr) {
    if (!whole) {
      return;
    }
    diagnostics.add(
        {.kind = DiagnosticKind::LanguageMissing,
         .primary = start_of(file),
         .message = "the file does not say which edition of the language it is written in",
         .help = "begin it with " + language_line(),
         .fixes = {begin_with_language(file)}});
    return;
  }
  if (whole && language != &file.tree.facts.front()) {
    diagnostics.add({.kind = DiagnosticKind::LanguageMissing,
                     .primary = language->word.span,
                     .message = "`language` is not the first declaration of its file",
                     .labels = {{start_of(file), "this comes before it"}},
                     .help = "move it to the top"});
  }
  check_edition(file, *language, diagnostics);
}

void check_entry(const LoadedFile& file, bool whole, lang::Diagnostics& diagnostics) {
  if (const ast::Fact* library = find(file, "library")) {
    diagnostics.add({.kind = DiagnosticKind::MisplacedHead,
                     .primary = library->span,
                     .message = "a library is no policy",
                     .help = "compile the policy that imports it, or write `policy NAME` here"});
  } else if (whole && find(file, "policy") == nullptr) {
    diagnostics.add({.kind = DiagnosticKind::MisplacedHead,
                     .primary = start_of(file),
                     .message = "the file does not name its policy",
                     .help = "write `policy NAME` below `language`"});
  }
}

void check_imported(LoadedFile& file, bool whole, lang::Diagnostics& diagnostics) {
  for (const std::string_view word : {"policy", "zone", "param", "inventory"}) {
    if (const ast::Fact* fact = find(file, word)) {
      diagnostics.add({.kind = DiagnosticKind::MisplacedHead,
                       .primary = fact->span,
                       .message = fmt::format("`{}` stands in an imported file", word),
                       .help = word == "policy" ? "an imported file begins with `library NAME`"
                                                : "move it to the entry file"});
    }
  }
  const ast::Fact* library = find(file, "library");
  if (library != nullptr && first_argument(file, *library) != nullptr) {
    file.library = std::string(first_argument(file, *library)->text);
  } else if (whole && library == nullptr && find(file, "policy") == nullptr) {
    diagnostics.add({.kind = DiagnosticKind::MisplacedHead,
                     .primary = start_of(file),
                     .message = "the imported file does not name its library",
                     .help = "write `library NAME` below `language`"});
  }
}

void check_no_test(const LoadedFile& file, lang::Diagnostics& diagnostics) {
  if (const ast::Fact* test = find(file, "test")) {
    diagnostics.add({.kind = DiagnosticKind::MisplacedFact,
                     .primary = test->word.span,
                     .message = "`test` stands in a file that is compiled",
                     .help = "tests stand in `NAME.test.stay` beside, which imports the policy; "
                             "`backstay test` runs them"});
  }
}

}  // namespace

void check_file_head(LoadedFile& file, bool whole, lang::Diagnostics& diagnostics) {
  check_language(file, whole, diagnostics);
  if (file.test) {
    return;
  }
  check_no_test(file, diagnostics);
  if (file.entry) {
    check_entry(file, whole, diagnostics);
  } else {
    check_imported(file, whole, diagnostics);
  }
}

}  // namespace backstay::compiler
