#include "lang/base/fix.hpp"

#include <algorithm>

#include "lang/base/suggest.hpp"

namespace backstay::lang {
namespace {

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t") == std::string_view::npos;
}

Edit line_below(const Edit& edit, std::string_view text) {
  const std::size_t newline = text.find('\n', edit.span.begin);
  const bool last = newline == std::string_view::npos;
  const auto at = static_cast<std::uint32_t>(last ? text.size() : newline + 1);
  return {{edit.span.file, at, at}, last ? "\n" + edit.text : edit.text + "\n"};
}

Edit whole_lines(const Edit& edit, std::string_view text) {
  const std::size_t before = text.substr(0, edit.span.begin).rfind('\n');
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::size_t newline = text.find('\n', edit.span.end);
  const std::size_t end = newline == std::string_view::npos ? text.size() : newline;
  if (!is_blank(text.substr(begin, edit.span.begin - begin)) ||
      !is_blank(text.substr(edit.span.end, end - edit.span.end))) {
    return {edit.span, {}};
  }
  return {{edit.span.file, static_cast<std::uint32_t>(begin),
           static_cast<std::uint32_t>(std::min(end + 1, text.size()))},
          {}};
}

}  // namespace

Fix replace(const Span& span, std::string text) {
  std::string title = "replace with `" + text + "`";
  return {std::move(title), {{span, std::move(text)}}};
}

Fix insert_after(const Span& span, std::string text) {
  const std::size_t word = std::min(text.find_first_not_of(' '), text.size());
  std::string title = text.size() == word ? "add a blank" : "add `" + text.substr(word) + "`";
  return {std::move(title), {{{span.file, span.end, span.end}, std::move(text)}}};
}

Fix insert_line_below(const Span& span, std::string line) {
  std::string title = "add `" + line + "`";
  return {std::move(title), {{{span.file, span.begin, span.begin}, std::move(line), true}}};
}

Fix remove_lines(const Span& span) {
  return {"take the line out", {{span, {}, true}}};
}

bool suggest(Diagnostic& finding,
             std::string_view word,
             const std::vector<std::string>& candidates) {
  const auto meant = nearest(word, candidates);
  if (!meant) {
    return false;
  }
  finding.help = "did you mean `" + *meant + "`?";
  finding.fixes.push_back(replace(finding.primary, *meant));
  return true;
}

Edit exact(const Edit& edit, const SourceSet& sources) {
  if (!edit.lines) {
    return edit;
  }
  const std::string_view text = sources.file(edit.span.file).text();
  return edit.text.empty() ? whole_lines(edit, text) : line_below(edit, text);
}

}  // namespace backstay::lang
