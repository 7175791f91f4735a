#include "lang/syntax/match_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "lang/base/fix.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::lang {
namespace {

using ast::Argument;
using Reason = MatchFailure::Reason;

// `a`, `a or b`, `a, b or c`
std::string alternatives(const std::vector<std::string>& phrases) {
  std::string text;
  for (std::size_t index = 0; index < phrases.size(); ++index) {
    text += index == 0 ? "" : (index + 1 == phrases.size() ? " or " : ", ");
    text += phrases[index];
  }
  return text;
}

std::vector<std::string> in_backticks(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) {
    quoted.push_back(fmt::format("`{}`", word));
  }
  return quoted;
}

std::string expected_phrase(const PatternElement& element) {
  if (element.type != nullptr) {
    return std::string(element.type->expected);
  }
  return alternatives(in_backticks({element.words.begin(), element.words.end()}));
}

// `write `path PATH [as NAME]``
std::string usage(const std::vector<const PatternRow*>& rows) {
  std::vector<std::string> forms;
  for (const PatternRow* row : rows) {
    const Signature& signature = *row->signature;
    const std::string_view blank = signature.pattern.empty() ? "" : " ";
    forms.push_back(fmt::format("{}{}{}", signature.word, blank, signature.pattern));
  }
  return "write " + alternatives(in_backticks(forms));
}

std::vector<std::string> clause_names(const std::vector<const PatternRow*>& rows) {
  std::vector<std::string> names;
  for (const PatternRow* row : rows) {
    for (const PatternSequence& clause : row->pattern.clauses) {
      names.insert(names.end(), clause.front().words.begin(), clause.front().words.end());
    }
  }
  return names;
}

// Where the line ends: just behind its last argument.
Span end_of(const ast::Fact& fact) {
  return {fact.span.file, fact.span.end, fact.span.end};
}

std::string wrong_name_help(const Argument& found) {
  if (found.text == "all") {
    return "`all` is reserved";
  }
  return "names hold lower-case letters, digits, `-` and `_`, begin with a letter, do not end in "
         "`-`, and have at "
         "most 63 characters";
}

Diagnostic missing_argument(const ast::Fact& fact, const std::string& wanted) {
  return {DiagnosticKind::MissingArgument, end_of(fact),
          fmt::format("expected {}, found the end of the line", wanted)};
}

// The one place where something else was found than all rows of `failures` expect.
Diagnostic wrong_argument(const Argument& found,
                          const PatternElement& expected,
                          const std::string& wanted) {
  const bool asks_for_name = expected.type != nullptr && expected.type->word != nullptr &&
                             expected.type->word("a") && !expected.type->word("A");
  const bool no_name = asks_for_name && found.kind == ast::ArgumentKind::Word &&
                       (!is_qualified_name(found.text) || found.text == "all");
  if (no_name) {
    return {DiagnosticKind::BadName,
            found.span,
            wanted == "a name"
                ? fmt::format("`{}` is no name", shortened(found.text))
                : fmt::format("`{}` is no name; expected {}", shortened(found.text), wanted),
            {},
            {},
            {},
            wrong_name_help(found)};
  }
  if (expected.type != nullptr && expected.type->name == "SECRET" && found.quoted) {
    // The text is not repeated: it may be the secret.
    return {DiagnosticKind::SecretLiteral,
            found.span,
            fmt::format("expected {}, found a text in quotes", wanted),
            {},
            {},
            {},
            "declare `secret NAME { file PATH }` and give its name; if this is the secret itself, "
            "change it now: it has been written down"};
  }
  return {DiagnosticKind::WrongType, found.span,
          fmt::format("expected {}, found {}", wanted, describe(found))};
}

Diagnostic surplus_argument(const ast::Fact& fact,
                            const Argument& found,
                            const std::vector<const PatternRow*>& rows,
                            const MatchFailure& failure) {
  if (found.after_comma) {
    return {DiagnosticKind::UnexpectedArgument, found.span,
            fmt::format("`{}` takes no list here; found {} after `,`", fact.word.text,
                        describe(found))};
  }
  if (failure.in_list) {
    return {DiagnosticKind::UnexpectedArgument,
            found.span,
            fmt::format("expected the end of the line, found {}", describe(found)),
            {},
            {},
            {},
            "the items of a list are separated by `,`"};
  }
  const std::vector<std::string> names = clause_names(rows);
  if (found.kind == ast::ArgumentKind::Word && !names.empty()) {
    Diagnostic finding{
        DiagnosticKind::UnknownClause, found.span,
        fmt::format("`{}` has no clause `{}`", fact.word.text, shortened(found.text))};
    suggest(finding, found.text, names);
    return finding;
  }
  return {DiagnosticKind::UnexpectedArgument, found.span,
          fmt::format("expected the end of the line, found {}", describe(found))};
}

Diagnostic mismatch(const ast::Fact& fact,
                    std::span<const Argument> arguments,
                    const std::vector<const PatternRow*>& rows,
                    const std::vector<MatchFailure>& failures) {
  const MatchFailure& first = failures.front();
  if (first.reason == Reason::Repeated) {
    const Argument& found = arguments[first.at];
    return {DiagnosticKind::RepeatedClause,
            found.span,
            fmt::format("`{}` is given twice", shortened(found.text)),
            "second",
            {{first.first, "first"}}};
  }
  if (first.reason == Reason::Surplus) {
    return surplus_argument(fact, arguments[first.at], rows, first);
  }
  std::vector<std::string> phrases;
  for (const MatchFailure& failure : failures) {
    std::string phrase = failure.expected == nullptr ? "" : expected_phrase(*failure.expected);
    if (!phrase.empty() && std::find(phrases.begin(), phrases.end(), phrase) == phrases.end()) {
      phrases.push_back(std::move(phrase));
    }
  }
  const std::string wanted = alternatives(phrases);
  if (first.at == arguments.size()) {
    return missing_argument(fact, wanted);
  }
  if (first.reason == Reason::Parameter) {
    return {DiagnosticKind::WrongType,
            arguments[first.at].span,
            fmt::format("expected {}, found the parameter `{}` of type `{}`", wanted,
                        arguments[first.at].text, first.parameter_type),
            {},
            {},
            {},
            "a parameter's name that is meant as a plain text goes in quotes"};
  }
  return wrong_argument(arguments[first.at], *first.expected, wanted);
}

}  // namespace

void report_mismatch(const ast::File& file,
                     const ast::Fact& fact,
                     const std::vector<const PatternRow*>& rows,
                     const std::vector<MatchFailure>& failures,
                     Diagnostics& diagnostics) {
  std::size_t furthest = 0;
  for (const MatchFailure& failure : failures) {
    furthest = std::max(furthest, failure.at);
  }
  std::vector<const PatternRow*> nearest_rows;
  std::vector<MatchFailure> nearest_failures;
  for (std::size_t index = 0; index < rows.size(); ++index) {
    if (failures[index].reason == Reason::Silent) {
      return;
    }
    if (failures[index].at == furthest) {
      nearest_rows.push_back(rows[index]);
      nearest_failures.push_back(failures[index]);
    }
  }
  Diagnostic finding = mismatch(fact, file.arguments_of(fact), nearest_rows, nearest_failures);
  if (finding.help.empty()) {
    finding.help = usage(nearest_rows);
  }
  diagnostics.add(std::move(finding));
}

void report_unknown_word(const ast::Fact& fact, std::string_view block, Diagnostics& diagnostics) {
  const std::string word = shortened(fact.word.text);
  const std::vector<std::string> homes = blocks_of(word);
  const bool top = block == "file";
  if (!homes.empty() && !words_of(block).empty()) {
    const bool declaration = std::find(homes.begin(), homes.end(), "file") != homes.end();
    const std::string there =
        declaration
            ? fmt::format("`{}` is a declaration: it stands outside of blocks", word)
            : fmt::format("`{}` belongs in a {} block", word, alternatives(in_backticks(homes)));
    std::string message = top ? fmt::format("`{}` stands outside of a block", word)
                              : fmt::format("`{}` does not stand in a `{}` block", word, block);
    diagnostics.add(
        {DiagnosticKind::MisplacedFact, fact.word.span, std::move(message), {}, {}, {}, there});
    return;
  }
  const std::vector<std::string> words = words_of(block);
  if (words.empty()) {
    return;  // a block on a fact that has none was reported already
  }
  constexpr std::size_t kShortList = 12;
  Diagnostic finding{DiagnosticKind::UnknownFact, fact.word.span,
                     top ? fmt::format("unknown declaration `{}`", word)
                         : fmt::format("unknown fact `{}` in a `{}` block", word, block)};
  if (!suggest(finding, word, words) && words.size() <= kShortList) {
    finding.help = fmt::format("a `{}` block holds {}", block, alternatives(in_backticks(words)));
  }
  diagnostics.add(std::move(finding));
}

}  // namespace backstay::lang
