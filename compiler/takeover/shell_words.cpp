// Quoting and separators as in POSIX.1-2017, Shell Command Language, 2.2 to 2.10; of expansions
// only plain variables.
#include "compiler/takeover/shell_words.hpp"

#include <algorithm>

namespace backstay::compiler {
namespace {

// A short script may say much: a variable of variables of variables.
constexpr std::size_t kLongestWord = 8'192;
constexpr std::size_t kMostValues = 500;
constexpr std::size_t kMostWords = 5'000;

bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/// Reads one line from its begin to its end.
class LineReader {
 public:
  LineReader(const ShellLine& line, const ShellVariables& variables)
      : line_(line), text_(line.text), variables_(variables) {}

  std::vector<ShellPipeline> read(bool& whole) {
    begin_pipeline();
    while (at_ < text_.size()) {
      read_byte();
    }
    end_pipeline();
    whole = whole_;
    return std::move(done_);
  }

 private:
  void begin_pipeline() {
    current_ = {.line = line_.line};
    current_.commands.emplace_back();
  }

  void end_word() {
    if (!has_word_) {
      return;
    }
    if (redirects_) {
      current_.output = words_.front().text;
    } else {
      auto& command = current_.commands.back();
      whole_ = whole_ && command.size() < kMostWords;
      if (whole_) {
        command.insert(command.end(), words_.begin(), words_.end());
      }
    }
    redirects_ = false;
    has_word_ = false;
    words_.clear();
  }

  void end_pipeline() {
    end_word();
    std::erase_if(current_.commands, [](const auto& command) { return command.empty(); });
    const bool after_or = after_or_;
    after_or_ = false;
    if (current_.commands.empty()) {
      return;
    }
    const std::string& first = current_.commands.front().front().text;
    if (after_or && (first == "true" || first == ":") && !done_.empty()) {
      done_.back().ignored = true;
    } else {
      done_.push_back(std::move(current_));
    }
  }

  void add(char c) { add_text(std::string_view(&c, 1)); }

  void add_text(std::string_view text) {
    if (!has_word_) {
      words_.assign(1, {});
      has_word_ = true;
    }
    for (ShellWord& word : words_) {
      if (word.text.size() + text.size() > kLongestWord) {
        word.text = kUnknown;
      }
      word.text += text.substr(0, kLongestWord);
    }
  }

  // A list makes a word for each of its values.
  void add_value(const std::string& name) {
    const auto found = variables_.find(name);
    if (found == variables_.end() || found->second.empty() || found->second.size() > kMostValues) {
      add(kUnknown);
      return;
    }
    if (found->second.size() == 1) {
      add_text(found->second.front());
      return;
    }
    const std::vector<ShellWord> before = has_word_ ? words_ : std::vector<ShellWord>(1);
    has_word_ = true;
    words_.clear();
    for (const ShellWord& word : before) {
      for (const std::string& value : found->second) {
        if (words_.size() < kMostValues) {
          words_.push_back({word.text + value, word.glob, true});
        }
      }
    }
  }

  // `$(…)`, `${…}`, `$NAME`, `$1`; at_ is behind the `$`.
  void read_dollar() {
    const char next = at_ < text_.size() ? text_[at_] : ' ';
    if (next == '(' || next == '{') {
      const char close = next == '(' ? ')' : '}';
      const std::size_t begin = ++at_;
      for (int depth = 1; at_ < text_.size() && depth > 0; ++at_) {
        depth += text_[at_] == next ? 1 : text_[at_] == close ? -1 : 0;
      }
      const std::string name(text_.substr(begin, at_ - begin - (at_ > begin ? 1 : 0)));
      if (next == '{' && std::all_of(name.begin(), name.end(), is_name_byte)) {
        add_value(name);
      } else {
        add(kUnknown);
      }
      return;
    }
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_byte(text_[at_])) {
      ++at_;
    }
    if (at_ == begin) {
      at_ += next == ' ' ? 0 : 1;  // `$?`, `$#` and their like
      add(kUnknown);
    } else {
      add_value(std::string(text_.substr(begin, at_ - begin)));
    }
  }

  void read_backquote() {
    const auto end = text_.find('`', at_);
    whole_ = whole_ && end != std::string_view::npos;
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    add(kUnknown);
  }

  void read_double_quoted() {
    add_text("");
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        return;
      }
      if (c == '\\' && at_ < text_.size()) {
        add(text_[at_++]);
      } else if (c == '$') {
        read_dollar();
      } else if (c == '`') {
        read_backquote();
      } else {
        add(c);
      }
    }
    whole_ = false;
  }

  void read_single_quoted() {
    const auto end = text_.find('\'', at_);
    whole_ = whole_ && end != std::string_view::npos;
    add_text(std::string(text_.substr(at_, end == std::string_view::npos ? end : end - at_)));
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
  }

  void read_separator(char c) {
    const bool twice = at_ < text_.size() && text_[at_] == c;
    at_ += twice ? 1 : 0;
    if (c == '|' && !twice) {
      end_word();
      current_.commands.emplace_back();
      return;
    }
    end_pipeline();
    after_or_ = c == '|';
    begin_pipeline();
  }

  // `>`, `>>`, `2>`, `2>&1`, `&>`; at_ is behind the `>`.
  void read_redirection() {
    std::string number;
    if (has_word_ && words_.size() == 1 && words_.front().text.size() == 1 &&
        words_.front().text[0] >= '0' && words_.front().text[0] <= '9') {
      number = words_.front().text;
      has_word_ = false;
      words_.clear();
    }
    end_word();
    at_ += at_ < text_.size() && text_[at_] == '>' ? 1 : 0;
    const bool duplicates = at_ < text_.size() && text_[at_] == '&';
    if (duplicates) {  // `2>&1`: the word behind names a descriptor
      while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ';' && text_[at_] != '|') {
        ++at_;
      }
      return;
    }
    while (at_ < text_.size() && text_[at_] == ' ') {
      ++at_;
    }
    redirects_ = number.empty() || number == "1";
    if (!redirects_) {  // errors: nothing of a backup
      while (at_ < text_.size() && text_[at_] != ' ' && text_[at_] != ';' && text_[at_] != '|') {
        ++at_;
      }
    }
  }

  void read_byte() {
    const char c = text_[at_++];
    switch (c) {
      case ' ':
      case '\t':
        end_word();
        return;
      case '"':
        read_double_quoted();
        return;
      case '\'':
        read_single_quoted();
        return;
      case '\\':
        if (at_ < text_.size()) {
          add(text_[at_++]);
        }
        return;
      case '$':
        read_dollar();
        return;
      case '`':
        read_backquote();
        return;
      case ';':
      case '|':
        read_separator(c);
        return;
      case '&':
        if (at_ < text_.size() && text_[at_] == '>') {
          return;  // `&>`
        }
        read_separator(c);
        return;
      case '>':
        read_redirection();
        return;
      case '#':
        if (!has_word_) {
          at_ = text_.size();
          return;
        }
        break;
      case '*':
      case '?':
      case '[':
        add(c);
        for (ShellWord& word : words_) {
          word.glob = true;
        }
        return;
    }
    add(c);
  }

  const ShellLine& line_;
  std::string_view text_;
  const ShellVariables& variables_;
  std::size_t at_ = 0;
  bool whole_ = true;
  bool has_word_ = false;
  bool redirects_ = false;
  bool after_or_ = false;
  std::vector<ShellWord> words_;
  ShellPipeline current_;
  std::vector<ShellPipeline> done_;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The word that ends the here document that a line begins; empty where it begins none.
std::string here_document_end(std::string_view line) {
  const auto at = line.find("<<");
  if (at == std::string_view::npos || line.substr(at).starts_with("<<<")) {
    return "";
  }
  std::string word;
  for (const char c : trimmed(line.substr(at + 2))) {
    if (is_name_byte(c)) {
      word += c;
    } else if (c != '-' && c != '"' && c != '\'' && c != '\\' && c != ' ') {
      break;
    } else if (!word.empty()) {
      break;
    }
  }
  return word;
}

}  // namespace

bool ShellWord::is_known() const {
  return text.find(kUnknown) == std::string::npos;
}

std::vector<ShellLine> shell_lines(std::string_view text) {
  std::vector<ShellLine> lines;
  std::string until;  // the end of a here document
  ShellLine current;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!until.empty()) {
      until = trimmed(line) == until ? "" : until;
      continue;
    }
    line = trimmed(line);
    current.line = current.text.empty() ? number : current.line;
    if (line.ends_with('\\') && !text.empty()) {
      current.text += std::string(line.substr(0, line.size() - 1)) + " ";
      continue;
    }
    current.text += line;
    if (!current.text.empty() && current.text.front() != '#') {
      until = here_document_end(current.text);
      lines.push_back(current);
    }
    current = {};
  }
  return lines;
}

std::vector<ShellPipeline> shell_pipelines(const ShellLine& line,
                                           const ShellVariables& variables,
                                           bool& whole) {
  return LineReader(line, variables).read(whole);
}

}  // namespace backstay::compiler
