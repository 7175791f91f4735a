#include "lang/format/header_writer.hpp"

#include <vector>

#include "lang/base/printable.hpp"

namespace backstay::lang {
namespace {

constexpr std::size_t kLineWidth = 100;
constexpr std::size_t kContinuation = 4;

/// What is written without a break inside.
struct Token {
  std::string_view text;
  std::uint32_t begin = 0;  // in the source
  bool blank_before = true;
  bool comma_after = false;
};

// A quoted text stays as it is spelled; everything else has one spelling.
std::string_view spelling(const ast::Argument& argument, const SourceFile& source) {
  return argument.quoted
             ? source.text().substr(argument.span.begin, argument.span.end - argument.span.begin)
             : argument.text;
}

void append_vector(const ast::File& file,
                   const ast::Argument& vector,
                   const SourceFile& source,
                   std::vector<Token>& tokens) {
  tokens.push_back({"[", vector.span.begin, true, false});
  bool first = true;
  for (const ast::Argument& item : file.items_of(vector)) {
    tokens.back().comma_after = !first;
    tokens.push_back({spelling(item, source), item.span.begin, !first, false});
    first = false;
  }
  tokens.push_back({"]", vector.span.end - 1, false, false});
}

std::vector<Token> tokens_of(const ast::File& file,
                             const ast::Fact& fact,
                             const SourceFile& source) {
  std::vector<Token> tokens = {{fact.word.text, fact.word.span.begin, false, false}};
  for (const ast::Argument& argument : file.arguments_of(fact)) {
    tokens.back().comma_after = argument.after_comma;
    if (argument.kind == ast::ArgumentKind::Vector) {
      append_vector(file, argument, source, tokens);
    } else {
      tokens.push_back({spelling(argument, source), argument.span.begin, true, false});
    }
  }
  return tokens;
}

// Columns from token `at` to where the line may be broken next.
std::size_t width_to_break(const std::vector<Token>& tokens, std::size_t at) {
  std::size_t width = 0;
  for (std::size_t index = at; index < tokens.size(); ++index) {
    const Token& token = tokens[index];
    width += display_width(token.text) + (token.comma_after ? 1 : 0) +
             (index > at && token.blank_before ? 1 : 0);
    if (token.comma_after) {
      break;
    }
  }
  return width;
}

/// The line that is being written.
struct Line {
  std::string& out;
  std::size_t column;
  std::size_t indent;  // of continued lines

  void append(std::string_view text) {
    out += text;
    column += display_width(text);
  }

  void break_here() {
    out += '\n';
    out.append(indent, ' ');
    column = indent;
  }
};

}  // namespace

std::string_view comment_text(const Comment& comment, const SourceFile& source) {
  std::string_view text =
      source.text().substr(comment.span.begin, comment.span.end - comment.span.begin);
  const std::size_t last = text.find_last_not_of(" \t");
  return text.substr(0, last + 1);
}

void write_header(const ast::File& file,
                  const ast::Fact& fact,
                  std::size_t indent,
                  const SourceFile& source,
                  const Comments& comments,
                  Comments::const_iterator& comment,
                  std::string& out) {
  const std::vector<Token> tokens = tokens_of(file, fact, source);
  out.append(indent, ' ');
  Line line{out, indent, indent + kContinuation};
  for (std::size_t at = 0; at < tokens.size(); ++at) {
    const Token& token = tokens[at];
    bool at_begin = at == 0;
    for (; comment != comments.end() && comment->first < token.begin; ++comment) {
      if (!at_begin && comment->second.own_line) {
        line.break_here();
      } else if (!at_begin) {
        line.append(" ");
      }
      line.append(comment_text(comment->second, source));
      line.break_here();
      at_begin = true;
    }
    const bool may_break = at > 0 && tokens[at - 1].comma_after;
    if (may_break && !at_begin && line.column + 1 + width_to_break(tokens, at) > kLineWidth) {
      line.break_here();
      at_begin = true;
    }
    line.append(token.blank_before && !at_begin ? " " : "");
    line.append(token.text);
    line.append(token.comma_after ? "," : "");
  }
}

}  // namespace backstay::lang
