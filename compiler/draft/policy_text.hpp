// Policy source, line by line, for what the program drafts itself. Indents, wraps comments, quotes
// what a policy must have quoted; the formatter has the last word.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace backstay::compiler {

/// A path as a fact takes it: bare where that is possible, else in quotes with `*` and `?` escaped.
[[nodiscard]] std::string path_literal(std::string_view path);
/// `"…"` with escapes. Bytes that are not UTF-8 and control bytes become `\u{fffd}`.
[[nodiscard]] std::string string_literal(std::string_view text);
/// The name of a declaration made of any text: `[a-z][a-z0-9_-]*`, at most 63 bytes.
[[nodiscard]] std::string declaration_name(std::string_view text);
/// `a, b, c`
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

class PolicyText {
 public:
  /// `# …`, wrapped at 100 columns. Foreign bytes in it are made printable.
  void comment(std::string_view text);
  /// `## …`, which documents the declaration below it.
  void describe(std::string_view text);
  /// A line that is written but not in force: `# fact`, unwrapped.
  void disabled(std::string_view line);
  void open(std::string_view head);
  void line(std::string_view fact);
  void close();
  void blank();
  /// A statement outside of blocks, or several, each on its line.
  void lines(const std::vector<std::string>& statements);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void wrapped(std::string_view mark, std::string_view text);

  std::string text_;
  std::size_t depth_ = 0;
};

/// The text as the formatter writes it. What it does not take is returned as it is.
[[nodiscard]] std::string formatted_policy(const std::string& text);

}  // namespace backstay::compiler
