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
    ++written_;
    for (ShellWord& word : words_) {
      word.written = written_;
    }
    if (redirects_) {
      current_.output = words_.front().text;
    } else if (reads_ && words_.front().text.starts_with("/dev/")) {
      // nothing is read
    } else {
      auto& command = current_.commands.back();
      whole_ = whole_ && command.size() < kMostWords;
      if (whole_) {
        command.insert(command.end(), words_.begin(), words_.end());
      }
    }
    redirects_ = false;
    reads_ = false;
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

  // `NAME=` before it: what is assigned is not split.
  [[nodiscard]] bool is_assigned() const {
    const std::string begun = has_word_ && words_.size() == 1 ? words_.front().text : "";
    const auto equals = begun.find('=');
    return equals != std::string::npos && equals > 0 &&
           std::all_of(begun.begin(), begun.begin() + static_cast<std::ptrdiff_t>(equals),
                       is_name_byte);
  }

  // A word for each part between blanks; what stands around it belongs to the first and the last.
  void add_split(const std::string& value) {
    constexpr const char* kBlanks = " \t\n";
    std::size_t at = 0;
    while (at < value.size()) {
      const std::size_t begin = value.find_first_not_of(kBlanks, at);
      if (begin != at) {
        end_word();
      }
      if (begin == std::string::npos) {
        return;
      }
      at = std::min(value.find_first_of(kBlanks, begin), value.size());
      add_text(std::string_view(value).substr(begin, at - begin));
    }
  }

  // A list makes a word for each of its values.
  void add_value(const std::string& name, bool quoted) {
    const auto found = variables_.find(name);
    if (found == variables_.end() || found->second.empty() || found->second.size() > kMostValues) {
      add(kUnknown);
      return;
    }
    if (found->second.size() == 1) {
      if (quoted || is_assigned()) {
        add_text(found->second.front());
      } else {
        add_split(found->second.front());
      }
      return;
    }
    const std::vector<ShellWord> before = has_word_ ? words_ : std::vector<ShellWord>(1);
    has_word_ = true;
    words_.clear();
    for (const ShellWord& word : before) {
      for (const std::string& value : found->second) {
        if (words_.size() < kMostValues) {
          words_.push_back({word.text + value, word.glob, true, 0});
        }
      }
    }
  }

  // `NAME`, `NAME[@]`, `NAME:-VALUE` between the braces of `${…}`.
  void add_braced(const std::string& text, bool quoted) {
    const std::size_t end = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), is_name_byte) - text.begin());
    const std::string name = text.substr(0, end);
    const std::string rest = text.substr(end);
    const bool with_default = rest.starts_with(":-") || rest.starts_with(":=");
    if (rest.empty()) {
      add_value(name, quoted);
    } else if (rest == "[@]" || rest == "[*]") {
      add_value(name, false);
    } else if (with_default && variables_.contains(name)) {
      add_value(name, quoted);
    } else if (with_default && rest.find_first_of("$`\"'\\ ") == std::string::npos) {
      add_text(rest.substr(2));  // what it is unless somebody says otherwise
    } else {
      add(kUnknown);
    }
  }

  // `$(…)`, `${…}`, `$NAME`, `$1`; at_ is behind the `$`.
  void read_dollar(bool quoted) {
    const char next = at_ < text_.size() ? text_[at_] : ' ';
    if (next == '(' || next == '{') {
      const char close = next == '(' ? ')' : '}';
      const std::size_t begin = ++at_;
      for (int depth = 1; at_ < text_.size() && depth > 0; ++at_) {
        depth += text_[at_] == next ? 1 : text_[at_] == close ? -1 : 0;
      }
      const std::string inside(text_.substr(begin, at_ - begin - (at_ > begin ? 1 : 0)));
      if (next == '{') {
        add_braced(inside, quoted);
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
      add_value(std::string(text_.substr(begin, at_ - begin)), quoted);
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
        read_dollar(true);
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
        read_dollar(false);
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
      case '<':
        if (has_word_ || at_ == text_.size() ||
            std::string_view("<(&").find(text_[at_]) != std::string_view::npos) {
          break;
        }
        reads_ = true;  // a file that is read is one of its words
        while (at_ < text_.size() && text_[at_] == ' ') {
          ++at_;
        }
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
  bool reads_ = false;
  std::size_t written_ = 0;
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

// `NAME=(a b)` with all that follows up to the `)` → `NAME="a b"`. Words with blanks or expansions
// of commands in them are not known.
bool is_array_begin(std::string_view line) {
  for (const std::string_view word : {"declare -a ", "local -a ", "readonly -a ", "local "}) {
    if (line.starts_with(word)) {
      line.remove_prefix(word.size());
    }
  }
  const auto equals = line.find('=');
  return equals != std::string_view::npos && equals > 0 &&
         line.substr(equals + 1).starts_with('(') &&
         std::all_of(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(equals),
                     is_name_byte);
}

std::string array_as_text(const std::string& line) {
  const auto open = line.find("=(");
  std::size_t close = open + 2;
  for (int depth = 1; close < line.size(); ++close) {
    depth += line[close] == '(' ? 1 : line[close] == ')' ? -1 : 0;
    if (depth == 0) {
      break;
    }
  }
  const std::string inside = line.substr(open + 2, close - open - 2);
  std::string words;
  char quote = 0;
  for (const char c : inside) {
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    } else if (c == '`' || c == '\\' || c == '(' || (quote != 0 && c == ' ')) {
      words = std::string("`?`");
      break;
    } else {
      words += c;
    }
  }
  return line.substr(0, open) + "=\"" + words + "\"" +
         (close < line.size() ? line.substr(close + 1) : "");
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
    if (!(line.starts_with('#') && is_array_begin(current.text))) {
      current.text += line;
    }
    if (is_array_begin(current.text) && !text.empty() &&
        current.text.find(')') == std::string::npos && current.text.size() < kLongestWord) {
      current.text += " ";
      continue;
    }
    if (is_array_begin(current.text) && current.text.find(')') != std::string::npos) {
      current.text = array_as_text(current.text);
    }
    if (!current.text.empty() && current.text.front() != '#') {
      until = here_document_end(current.text);
      lines.push_back(current);
    }
    current = {};
  }
  return lines;
}

std::vector<std::string> shell_substitutions(std::string_view line) {
  std::vector<std::string> found;
  bool single = false;
  bool twice = false;  // in double quotes
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '\\' && !single) {
      ++at;
    } else if (c == '\'' && !twice) {
      single = !single;
    } else if (c == '"' && !single) {
      twice = !twice;
    } else if (!single && (c == '`' || (c == '$' && line.substr(at + 1).starts_with('(')))) {
      const std::size_t begin = at + (c == '`' ? 1 : 2);
      std::size_t end = begin;
      for (int depth = 1; end < line.size(); ++end) {
        depth += c == '`' ? -(line[end] == '`') : (line[end] == '(') - (line[end] == ')');
        if (depth == 0) {
          break;
        }
      }
      found.emplace_back(line.substr(begin, end - begin));
      at = end;
    }
  }
  return found;
}

std::vector<ShellPipeline> shell_pipelines(const ShellLine& line,
                                           const ShellVariables& variables,
                                           bool& whole) {
  return LineReader(line, variables).read(whole);
}

}  // namespace backstay::compiler
