#include "compiler/language_server/cursor.hpp"

#include <algorithm>

namespace backstay::compiler::lsp {
namespace {

namespace ast = lang::ast;

// Does [begin, end) hold nothing but blanks, and newlines only behind a comma?
bool goes_on(std::string_view text, std::size_t begin, std::size_t end, bool& after_comma) {
  after_comma = false;
  for (const char c : text.substr(begin, end - begin)) {
    if (c == ',') {
      after_comma = true;
    } else if (c == '\n' ? !after_comma : (c != ' ' && c != '\t')) {
      return false;
    }
  }
  return true;
}

// The last `#` that begins a comment on the line of `offset`, quotes heeded.
bool in_comment(std::string_view text, std::size_t offset) {
  const std::size_t newline = text.substr(0, offset).rfind('\n');
  bool quoted = false;
  for (std::size_t at = newline == std::string_view::npos ? 0 : newline + 1; at < offset; ++at) {
    if (text[at] == '\\' && quoted) {
      ++at;
    } else if (text[at] == '"') {
      quoted = !quoted;
    } else if (text[at] == '#' && !quoted) {
      return true;
    }
  }
  return false;
}

class Finder {
 public:
  Finder(const LoadedFile& file, std::string_view text, std::size_t offset)
      : file_(file), text_(text), offset_(offset) {}

  Cursor run() {
    const std::vector<ast::Fact>* facts = &file_.tree.facts;
    while (true) {
      const ast::Fact* const nearest = last_before(*facts);
      if (nearest != nullptr && nearest->has_block && inside(nearest->block)) {
        cursor_.block = nearest->word.text;
        cursor_.declaration = cursor_.declaration == nullptr ? nearest : cursor_.declaration;
        facts = &nearest->facts;
        continue;
      }
      if (nearest == nullptr || !stand_in(*nearest)) {
        cursor_.on = Cursor::On::NewFact;
        const auto at = static_cast<std::uint32_t>(offset_);
        cursor_.token = {file_.tree.id, at, at};
      }
      return cursor_;
    }
  }

 private:
  [[nodiscard]] const ast::Fact* last_before(const std::vector<ast::Fact>& facts) const {
    const auto after = std::partition_point(facts.begin(), facts.end(), [&](const ast::Fact& fact) {
      return fact.span.begin <= offset_;
    });
    return after == facts.begin() ? nullptr : &*(after - 1);
  }

  // Between the braces; the end of an unclosed block counts as inside.
  [[nodiscard]] bool inside(const lang::Span& block) const {
    const bool closed = block.end > block.begin + 1 && text_[block.end - 1] == '}';
    return offset_ > block.begin && (closed ? offset_ < block.end : offset_ <= text_.size());
  }

  // Is the place one of this fact's line?
  bool stand_in(const ast::Fact& fact) {
    if (offset_ <= fact.word.span.end) {
      cursor_.on = Cursor::On::Word;
      cursor_.fact = &fact;
      cursor_.token = fact.word.span;
      return true;
    }
    const auto arguments = file_.tree.arguments_of(fact);
    std::size_t end = fact.word.span.end;
    std::size_t index = 0;
    for (; index < arguments.size() && arguments[index].span.begin <= offset_; ++index) {
      if (offset_ <= arguments[index].span.end) {
        return at_argument(fact, index, arguments[index].span, arguments[index].after_comma);
      }
      end = arguments[index].span.end;
    }
    bool comma = false;
    if ((fact.has_block && offset_ > fact.block.begin) || !goes_on(text_, end, offset_, comma)) {
      return false;
    }
    const auto at = static_cast<std::uint32_t>(offset_);
    return at_argument(fact, index, {file_.tree.id, at, at}, comma);
  }

  bool at_argument(const ast::Fact& fact, std::size_t index, const lang::Span& token, bool comma) {
    cursor_.on = Cursor::On::Argument;
    cursor_.fact = &fact;
    cursor_.argument = index;
    cursor_.after_comma = comma;
    cursor_.token = token;
    return true;
  }

  const LoadedFile& file_;
  std::string_view text_;
  std::size_t offset_;
  Cursor cursor_;
};

}  // namespace

Cursor cursor_at(const LoadedFile& file, std::string_view text, std::size_t offset) {
  offset = std::min(offset, text.size());
  return in_comment(text, offset) ? Cursor{} : Finder(file, text, offset).run();
}

}  // namespace backstay::compiler::lsp
