#include "lang/syntax/tree_builder.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "lang/base/fix.hpp"

namespace backstay::lang {

using ast::Argument;
using ast::ArgumentKind;
using ast::Fact;

TreeBuilder::TreeBuilder(const SourceFile& source,
                         FileId file,
                         std::vector<Span> forbidden,
                         Comments& comments,
                         Diagnostics& diagnostics)
    : source_(source),
      file_(file),
      forbidden_(std::move(forbidden)),
      comments_(comments),
      diagnostics_(diagnostics) {
  tree_.id = file;
}

Span TreeBuilder::span(std::size_t begin, std::size_t end) const {
  return {file_, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

std::string_view TreeBuilder::text(std::size_t begin, std::size_t end) const {
  return source_.text().substr(begin, end - begin);
}

std::string_view TreeBuilder::own(std::string text) {
  return tree_.decoded.emplace_back(std::move(text));
}

std::vector<Fact>& TreeBuilder::scope() {
  return open_.empty() ? tree_.facts : open_.back().facts;
}

std::string TreeBuilder::found_at(std::size_t offset) const {
  const std::string_view rest = source_.text().substr(offset);
  if (rest.empty()) {
    return "the end of the file";
  }
  if (rest.front() == '\n' || rest.front() == '#') {
    return "the end of the line";
  }
  const std::size_t end = rest.find_first_of(" \t\n,;{}#", 1);
  return fmt::format("`{}`", shortened(rest.substr(0, std::min(end, rest.size()))));
}

void TreeBuilder::report(Diagnostic finding) {
  const auto first = std::lower_bound(
      forbidden_.begin(), forbidden_.end(), finding.primary.begin,
      [](const Span& character, std::uint32_t begin) { return character.begin < begin; });
  const bool same_cause = first != forbidden_.end() && first->begin < finding.primary.end;
  if (!same_cause) {
    diagnostics_.add(std::move(finding));
  }
}

void TreeBuilder::report(DiagnosticKind kind,
                         const Span& place,
                         std::string message,
                         std::string help) {
  report({kind, place, std::move(message), {}, {}, {}, std::move(help)});
}

void TreeBuilder::report_token(DiagnosticKind kind,
                               std::size_t begin,
                               std::size_t end,
                               TokenProblem problem) {
  Diagnostic finding{.kind = kind,
                     .primary = span(begin, end),
                     .message = std::move(problem.message),
                     .help = std::move(problem.help)};
  if (!problem.instead.empty()) {
    finding.fixes.push_back(replace(finding.primary, std::move(problem.instead)));
  }
  report(std::move(finding));
}

// ---- facts and blocks

void TreeBuilder::open_fact(const Argument& word) {
  Fact& fact = open_.emplace_back();
  fact.word = word;
  fact.span = word.span;
  fact.first_argument = static_cast<std::uint32_t>(tree_.arguments.size());
  after_comma_ = false;
}

void TreeBuilder::begin_fact(std::size_t begin, std::size_t end) {
  Argument word;
  word.kind = ArgumentKind::Word;
  word.span = span(begin, end);
  word.text = word.written = text(begin, end);
  open_fact(word);
}

void TreeBuilder::begin_fact_without_word(std::size_t begin, std::size_t end) {
  Argument word;
  word.span = span(begin, end);
  word.text = word.written = text(begin, end);
  report(DiagnosticKind::UnexpectedText, word.span,
         fmt::format("expected a word that says what the line is, found {}", found_at(begin)),
         "every line begins with the word of a fact or declaration, such as `path` or `host`");
  open_fact(word);
}

void TreeBuilder::end_fact() {
  Fact fact = std::move(open_.back());
  open_.pop_back();
  scope().push_back(std::move(fact));
}

void TreeBuilder::begin_stray_block(std::size_t at) {
  report(DiagnosticKind::UnexpectedText, span(at, at + 1),
         "a block without a declaration on its line",
         "the `{` stands at the end of the declaration's line: `host ctl01 {`");
  std::vector<Fact>& facts = scope();
  if (!facts.empty() && !facts.back().has_block) {
    Fact owner = std::move(facts.back());
    facts.pop_back();
    open_.push_back(std::move(owner));
    return;
  }
  Argument nothing;
  nothing.span = span(at, at + 1);
  open_fact(nothing);
}

void TreeBuilder::begin_block(std::size_t at) {
  ++depth_;
  open_.back().has_block = true;
  open_.back().block = span(at, at + 1);
}

void TreeBuilder::end_block(std::size_t at) {
  --depth_;
  open_.back().block.end = static_cast<std::uint32_t>(at + 1);
}

void TreeBuilder::end_unclosed_block(std::size_t at) {
  --depth_;
  Fact& fact = open_.back();
  const Span brace{file_, fact.block.begin, fact.block.begin + 1};
  fact.block.end = static_cast<std::uint32_t>(at);
  Diagnostic finding{DiagnosticKind::UnclosedBlock, brace,
                     fmt::format("the block of `{}` is not closed",
                                 shortened(text(fact.span.begin, fact.span.end))),
                     "opened here"};
  // A block that begins further left than its place shows where the brace is missing.
  const std::size_t column = source_.locate(fact.word.span.begin).column;
  for (const Fact& inner : fact.facts) {
    if (inner.has_block && source_.locate(inner.word.span.begin).column <= column) {
      finding.labels.push_back({inner.word.span, "this block begins before that one is closed"});
      break;
    }
  }
  finding.help = "close it with `}` on a line of its own";
  report(std::move(finding));
}

std::size_t TreeBuilder::skip_block(const char* begin) {
  const std::size_t at = offset_of(begin);
  report(DiagnosticKind::NestedTooDeep, span(at, at + 1),
         fmt::format("blocks are nested more than {} deep", kDeepestBlock),
         "no declaration needs more than two levels; is a `}` missing above?");
  const std::string_view rest = source_.text().substr(at);
  std::size_t depth = 0;
  bool in_string = false;
  bool in_comment = false;
  for (std::size_t offset = 0; offset < rest.size(); ++offset) {
    const char c = rest[offset];
    if (c == '\n') {
      in_string = in_comment = false;
    } else if (in_comment || (in_string && c != '"' && c != '\\')) {
      continue;
    } else if (in_string && c == '\\') {
      offset += offset + 1 < rest.size() && rest[offset + 1] != '\n' ? 1 : 0;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (c == '#') {
      in_comment = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return offset + 1;
    }
  }
  return rest.size();
}

void TreeBuilder::fact_semicolon(std::size_t at) {
  if (depth_ == 0) {
    stray_semicolon(at);
  }
}

void TreeBuilder::stray_semicolon(std::size_t at) {
  report(DiagnosticKind::UnexpectedText, span(at, at + 1),
         depth_ == 0 ? "`;` outside a block" : "`;` without a fact before it",
         "a new line ends a fact; `;` stands between two facts of a block on one line");
}

void TreeBuilder::stray_brace(std::size_t at) {
  report({.kind = DiagnosticKind::UnmatchedBrace,
          .primary = span(at, at + 1),
          .message = "`}` closes no block",
          .help = "take it out, or look above for a `}` too many",
          .fixes = {remove_lines(span(at, at + 1))}});
}

void TreeBuilder::report_missing(const grammar::Expected& expected, const char* at) {
  const std::string_view source = source_.text();
  const std::size_t here = offset_of(at);
  const std::size_t found = std::min(source.find_first_not_of(" \t", here), source.size());
  const bool at_end = found == source.size() || source[found] == '\n' || source[found] == '#';
  const std::size_t end = std::min(source.find_first_of(" \t\n,;{}#", found + 1), source.size());
  const Span place =
      expected.at_comma ? span(comma_, comma_ + 1) : (at_end ? span(here, here) : span(found, end));
  Diagnostic finding{
      .kind = DiagnosticKind::UnexpectedText,
      .primary = place,
      .message = fmt::format("expected {}, found {}", expected.what, found_at(found)),
      .help = std::string(expected.help)};
  if (expected.at_comma) {
    finding.fixes.push_back(replace(place, ""));
  } else if (!expected.insert.empty()) {
    finding.fixes.push_back(insert_after(span(here, here), std::string(expected.insert)));
  }
  report(std::move(finding));
}

void TreeBuilder::comment(std::size_t begin, std::size_t end) {
  const std::string_view before = source_.text().substr(0, begin);
  const std::size_t last = before.find_last_not_of(" \t");
  const bool own_line = last == std::string_view::npos || before[last] == '\n';
  const bool documentation = text(begin, end).starts_with("##");
  comments_.insert_or_assign(comments_.end(), static_cast<std::uint32_t>(begin),
                             Comment{span(begin, end), own_line, documentation});
}

// ---- arguments

void TreeBuilder::add(Argument argument) {
  argument.after_comma = after_comma_;
  after_comma_ = false;
  tree_.arguments.push_back(argument);
  Fact& fact = open_.back();
  ++fact.argument_count;
  fact.span.end = argument.span.end;
}

void TreeBuilder::plain_argument(ArgumentKind kind, std::size_t begin, std::size_t end) {
  Argument argument;
  argument.kind = kind;
  argument.span = span(begin, end);
  argument.text = argument.written = text(begin, end);
  add(argument);
}

void TreeBuilder::add_invalid(std::size_t begin, std::size_t end) {
  plain_argument(ArgumentKind::Invalid, begin, end);
}

void TreeBuilder::comma(std::size_t at) {
  comma_ = at;
  if (open_.back().argument_count == 0) {
    report({DiagnosticKind::UnexpectedText, span(at, at + 1), "expected an argument before `,`"});
  } else {
    after_comma_ = true;
  }
}

void TreeBuilder::literal(ArgumentKind kind, std::size_t begin, std::size_t end) {
  if (auto problem = literal_problem(kind, text(begin, end))) {
    report_token(DiagnosticKind::BadLiteral, begin, end, std::move(*problem));
    add_invalid(begin, end);
    return;
  }
  plain_argument(kind, begin, end);
}

void TreeBuilder::bad_literal(std::size_t begin, std::size_t end) {
  TokenProblem problem = not_a_literal(text(begin, end));
  report_token(DiagnosticKind::BadLiteral, begin, end, std::move(problem));
  add_invalid(begin, end);
}

void TreeBuilder::word(std::size_t begin, std::size_t end) {
  if (auto problem = dot_problem(text(begin, end))) {
    report_token(DiagnosticKind::BadName, begin, end, std::move(*problem));
    add_invalid(begin, end);
    return;
  }
  plain_argument(ArgumentKind::Word, begin, end);
}

void TreeBuilder::bad_word(std::size_t begin, std::size_t end) {
  TokenProblem problem = not_a_word(text(begin, end));
  report_token(DiagnosticKind::BadName, begin, end, std::move(problem));
  add_invalid(begin, end);
}

void TreeBuilder::host_list(std::size_t begin, std::size_t end) {
  if (auto problem = expand_host_list(text(begin, end)).problem) {
    report_token(DiagnosticKind::BadHostList, begin, end, std::move(*problem));
    add_invalid(begin, end);
    return;
  }
  plain_argument(ArgumentKind::HostList, begin, end);
}

void TreeBuilder::bad_host_list(std::size_t begin, std::size_t end) {
  report(
      {DiagnosticKind::BadHostList,
       span(begin, end),
       fmt::format("`{}` is no host list", shortened(text(begin, end))),
       {},
       {},
       {},
       "host lists are written `compute[001-250]`; before an argument vector `[` stands a blank"});
  add_invalid(begin, end);
}

void TreeBuilder::path(std::size_t begin, std::size_t end) {
  const std::string_view written = text(begin, end);
  for (std::size_t at = written.find('\\'); at != std::string_view::npos;
       at = written.find('\\', at + 2)) {
    const std::string_view pair = written.substr(at, 2);
    if (pair != "\\*" && pair != "\\?" && pair != "\\\\") {
      report(DiagnosticKind::BadEscape, span(begin + at, begin + at + pair.size()),
             fmt::format("`{}` is no escape in a path", pair),
             "in a path `\\*`, `\\?` and `\\\\` stand for the plain characters");
      add_invalid(begin, end);
      return;
    }
  }
  if (has_parent_segment(written)) {
    report(DiagnosticKind::BadPath, span(begin, end),
           fmt::format("the path `{}` goes up with `..`", shortened(written)),
           "write the path that is meant");
    add_invalid(begin, end);
    return;
  }
  Argument argument;
  argument.kind = ArgumentKind::Path;
  argument.span = span(begin, end);
  std::string normal = normalized_path(written);
  argument.text = argument.written = normal == written ? written : own(std::move(normal));
  add(argument);
}

void TreeBuilder::stray(std::size_t begin, std::size_t end) {
  const bool single_quote = text(begin, end).starts_with('\'');
  report(DiagnosticKind::UnexpectedText, span(begin, end),
         fmt::format("expected an argument, found `{}`", shortened(text(begin, end))),
         single_quote ? "strings stand in double quotes" : "");
  add_invalid(begin, end);
}

// ---- strings and vectors

void TreeBuilder::begin_string() {
  escaped_ = pattern_escape_ = false;
  plain_.clear();
  pattern_.clear();
}

void TreeBuilder::append(std::string_view text) {
  plain_ += text;
  pattern_ += text;
}

void TreeBuilder::string_text(std::size_t begin, std::size_t end) {
  append(text(begin, end));
}

void TreeBuilder::string_escape(std::size_t begin, std::size_t end) {
  escaped_ = true;
  const std::string_view escape = text(begin, end);
  const char letter = escape[1];
  if (letter == '*' || letter == '?') {
    pattern_escape_ = true;
  }
  if (letter == '*' || letter == '?' || letter == '\\') {
    plain_ += letter;
    pattern_ += escape;
  } else if (letter == '"' || letter == 'n' || letter == 't') {
    append(letter == 'n' ? "\n" : letter == 't' ? "\t" : "\"");
  } else if (const auto character = unicode_escape(escape)) {
    append(*character);
  } else {
    report(DiagnosticKind::BadEscape, span(begin, end),
           fmt::format("`{}` is no escape", shortened(escape)),
           "escapes are `\\\"`, `\\\\`, `\\n`, `\\t`, `\\u{…}` with one to six hexadecimal "
           "digits, and in patterns `\\*`, `\\?`");
  }
}

void TreeBuilder::end_string(std::size_t begin, std::size_t end) {
  Argument argument;
  argument.quoted = true;
  argument.span = span(begin, end);
  argument.text = argument.written = escaped_ ? own(plain_) : text(begin + 1, end - 1);
  argument.kind =
      !in_vector_ && argument.text.starts_with('/') ? ArgumentKind::Path : ArgumentKind::String;
  if (argument.kind == ArgumentKind::Path) {
    const std::string_view pattern = escaped_ ? std::string_view(pattern_) : argument.text;
    std::string normal =
        has_parent_segment(pattern) ? std::string(pattern) : normalized_path(pattern);
    argument.text = normal == argument.text ? argument.text : own(std::move(normal));
  } else if (pattern_escape_) {
    report(DiagnosticKind::BadEscape, argument.span, "`\\*` and `\\?` stand in paths alone",
           "a star or question mark in a string needs no escape");
  }
  if (in_vector_) {
    tree_.items.push_back(argument);
  } else {
    add(argument);
  }
}

void TreeBuilder::unclosed_string(std::size_t begin, std::size_t end) {
  const std::size_t last = text(begin, end).find_last_not_of(" \t");
  const std::size_t shown = begin + last + 1;
  report(DiagnosticKind::UnterminatedString, span(begin, shown),
         "the string is not closed on its line",
         "end it with `\"`; a line break in a string is written `\\n`");
  if (!in_vector_) {
    add_invalid(begin, shown);
  }
}

void TreeBuilder::begin_vector() {
  in_vector_ = true;
  first_item_ = tree_.items.size();
}

void TreeBuilder::wrong_vector_item(std::size_t begin, std::size_t end) {
  report(DiagnosticKind::UnexpectedText, span(begin, end),
         fmt::format("expected a string, found `{}`", shortened(text(begin, end))),
         "the items of an argument vector stand in double quotes");
}

void TreeBuilder::end_vector(std::size_t begin, std::size_t end) {
  in_vector_ = false;
  Argument argument;
  argument.kind = ArgumentKind::Vector;
  argument.span = span(begin, end);
  argument.text = argument.written = text(begin, end);
  argument.first_item = static_cast<std::uint32_t>(first_item_);
  argument.item_count = static_cast<std::uint32_t>(tree_.items.size() - first_item_);
  add(argument);
}

}  // namespace backstay::lang
