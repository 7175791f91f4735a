// Builds the tree while the grammar reads: each rule's action calls one function here. Knows
// nothing of PEGTL; words the findings of single tokens.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lang/base/diagnostic.hpp"
#include "lang/base/source.hpp"
#include "lang/syntax/ast.hpp"
#include "lang/syntax/comments.hpp"
#include "lang/syntax/grammar_messages.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::lang {

/// One file's tree in the making. Places are byte offsets. The grammar commits before each call
/// (comments apart, whose table is idempotent), so nothing is ever taken back.
class TreeBuilder {
 public:
  /// source     must outlive the tree
  /// forbidden  characters that were reported already; a finding about a token that holds one is
  ///            dropped, for it has the same cause
  TreeBuilder(const SourceFile& source,
              FileId file,
              std::vector<Span> forbidden,
              Comments& comments,
              Diagnostics& diagnostics);

  void begin_fact(std::size_t begin, std::size_t end);
  /// A line that begins with something else than a word. It is kept with an invalid word, so that
  /// its block's facts are read.
  void begin_fact_without_word(std::size_t begin, std::size_t end);
  void end_fact();
  /// A `{` on a line of its own: it is taken for the block of the fact before it.
  void begin_stray_block(std::size_t at);

  void begin_block(std::size_t at);
  void end_block(std::size_t at);
  void end_unclosed_block(std::size_t at);

  [[nodiscard]] bool at_depth_limit() const { return depth_ >= kDeepestBlock; }

  /// Reports a block that is too deep. Returns its length, braces included.
  [[nodiscard]] std::size_t skip_block(const char* begin);

  void comma(std::size_t at);
  void plain_argument(ast::ArgumentKind kind, std::size_t begin, std::size_t end);
  void literal(ast::ArgumentKind kind, std::size_t begin, std::size_t end);
  void bad_literal(std::size_t begin, std::size_t end);
  void word(std::size_t begin, std::size_t end);
  void bad_word(std::size_t begin, std::size_t end);
  void host_list(std::size_t begin, std::size_t end);
  void bad_host_list(std::size_t begin, std::size_t end);
  void path(std::size_t begin, std::size_t end);
  void stray(std::size_t begin, std::size_t end);

  void begin_string();
  void string_text(std::size_t begin, std::size_t end);
  void string_escape(std::size_t begin, std::size_t end);
  void end_string(std::size_t begin, std::size_t end);
  void unclosed_string(std::size_t begin, std::size_t end);

  void begin_vector();
  void wrong_vector_item(std::size_t begin, std::size_t end);
  void end_vector(std::size_t begin, std::size_t end);

  void comment(std::size_t begin, std::size_t end);
  void fact_semicolon(std::size_t at);   ///< after a fact
  void stray_semicolon(std::size_t at);  ///< anywhere else
  void stray_brace(std::size_t at);
  void report_missing(const grammar::Expected& expected, const char* at);

  /// Offset of a place in the source's text.
  [[nodiscard]] std::size_t offset_of(const char* at) const {
    return static_cast<std::size_t>(at - source_.text().data());
  }

  /// The finished tree.
  [[nodiscard]] ast::File take() { return std::move(tree_); }

 private:
  static constexpr std::size_t kDeepestBlock = 16;

  [[nodiscard]] Span span(std::size_t begin, std::size_t end) const;
  [[nodiscard]] std::string found_at(std::size_t offset) const;
  [[nodiscard]] std::string_view text(std::size_t begin, std::size_t end) const;
  [[nodiscard]] std::string_view own(std::string text);
  [[nodiscard]] std::vector<ast::Fact>& scope();
  void open_fact(const ast::Argument& word);
  void report(Diagnostic finding);
  void report(DiagnosticKind kind, const Span& place, std::string message, std::string help = {});
  void report_token(DiagnosticKind kind, std::size_t begin, std::size_t end, TokenProblem problem);
  void append(std::string_view text);
  void add(ast::Argument argument);
  void add_invalid(std::size_t begin, std::size_t end);

  const SourceFile& source_;
  FileId file_;
  std::vector<Span> forbidden_;
  Comments& comments_;
  Diagnostics& diagnostics_;
  ast::File tree_;
  std::vector<ast::Fact> open_;  // facts that are not finished, outermost first
  std::size_t depth_ = 0;        // blocks that are open
  bool after_comma_ = false;
  std::size_t comma_ = 0;  // the newest comma between arguments

  // The string that is being read, if it holds an escape; else it is a view of the source.
  bool escaped_ = false;
  bool pattern_escape_ = false;
  std::string plain_;
  std::string pattern_;

  bool in_vector_ = false;
  std::size_t first_item_ = 0;
};

}  // namespace backstay::lang
