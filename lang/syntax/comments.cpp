#include "lang/syntax/comments.hpp"

#include <vector>

namespace backstay::lang {

std::string documentation_above(const Comments& comments,
                                const SourceFile& file,
                                std::uint32_t offset) {
  std::vector<std::string_view> lines;
  std::size_t line = file.locate(offset).line;
  for (auto next = comments.lower_bound(offset); next != comments.begin();) {
    const Comment& comment = (--next)->second;
    if (!comment.documentation || !comment.own_line ||
        file.locate(comment.span.begin).line + 1 != line) {
      break;
    }
    --line;
    std::string_view text =
        file.text().substr(comment.span.begin, comment.span.end - comment.span.begin);
    text.remove_prefix(2);
    text.remove_prefix(text.starts_with(' ') ? 1 : 0);
    lines.push_back(text);
  }
  std::string documentation;
  for (auto text = lines.rbegin(); text != lines.rend(); ++text) {
    documentation += documentation.empty() ? "" : "\n";
    documentation += *text;
  }
  return documentation;
}

}  // namespace backstay::lang
