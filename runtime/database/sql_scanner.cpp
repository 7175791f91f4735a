// Cuts a dump into statements: see the header.
#include "runtime/database/sql_scanner.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace backstay::runtime {
namespace {

/// Comment lines of a dump are short; a longer one is passed through without being looked at.
constexpr std::size_t kLongestLine = 4096;
/// Kind and name of a statement are known within this; otherwise it is Other.
constexpr std::size_t kLongestHead = 8192;

bool is_space(char byte) {
  return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r' || byte == '\f' ||
         byte == '\v';
}

bool is_word(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '_' || byte == '@' || byte == '$';
}

/// Whether a byte of a word is zero (Bit Twiddling Hacks, "Determine if a word has a zero byte").
constexpr bool has_zero(std::uint64_t word) {
  return ((word - 0x0101010101010101U) & ~word & 0x8080808080808080U) != 0;
}

constexpr std::uint64_t repeated(char byte) {
  return 0x0101010101010101U * static_cast<unsigned char>(byte);
}

/// The place of the next byte that is one of the two, or the end.
std::size_t find_either(std::string_view text, std::size_t at, char one, char other) {
  const std::uint64_t ones = repeated(one);
  const std::uint64_t others = repeated(other);
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    if (has_zero(word ^ ones) || has_zero(word ^ others))
      break;
  }
  while (at < text.size() && text[at] != one && text[at] != other)
    ++at;
  return at;
}

/// Bytes that mean something among the tuples of an INSERT.
constexpr std::array<bool, 256> kMeaningful = [] {
  std::array<bool, 256> table{};
  for (const char byte : std::string_view("'\"`();/*-#")) {
    table[static_cast<unsigned char>(byte)] = true;
  }
  return table;
}();

}  // namespace

Result<void> SqlScanner::feed(std::string_view chunk) {
  for (std::size_t at = 0; at < chunk.size();)
    BACKSTAY_TRY(step(chunk, at));
  return {};
}

Result<void> SqlScanner::step(std::string_view chunk, std::size_t& at) {
  switch (mode_) {
    case Mode::FirstLine:
      return first_line(chunk, at);
    case Mode::Between:
      return between(chunk, at);
    case Mode::Line:
      return line(chunk, at);
    case Mode::Plain:
    case Mode::Single:
    case Mode::Double:
    case Mode::Backtick:
    case Mode::Comment:
    case Mode::LineInside:
      return statement(chunk, at);
  }
  return {};
}

// As much of a statement as the chunk holds, in one piece: a dump is mostly short texts in long
// statements. Until its kind is known, token by token.
Result<void> SqlScanner::statement(std::string_view chunk, std::size_t& at) {
  const std::size_t start = at;
  do {
    token(chunk, at);
  } while (announced_ && !ended_ && at < chunk.size());
  BACKSTAY_TRY(emit(chunk.substr(start, at - start)));
  return ended_ ? end_statement() : Result<void>();
}

void SqlScanner::token(std::string_view chunk, std::size_t& at) {
  switch (mode_) {
    case Mode::Plain:
      return plain(chunk, at);
    case Mode::Single:
      return quoted(chunk, at, '\'');
    case Mode::Double:
      return quoted(chunk, at, '"');
    case Mode::Backtick:
      return quoted(chunk, at, '`');
    case Mode::Comment:
    case Mode::LineInside:
      return comment(chunk, at);
    case Mode::FirstLine:
    case Mode::Between:
    case Mode::Line:
      return;
  }
}

Result<void> SqlScanner::finish() {
  if (mode_ == Mode::FirstLine && !line_.empty()) {
    mode_ = Mode::Between;
    const std::string text = std::exchange(line_, {});
    BACKSTAY_TRY(feed(text));
  }
  if (mode_ == Mode::Line) {  // Why not comment(): a line without its end is a cut one
    mode_ = Mode::Between;
    BACKSTAY_TRY(handler_->between(std::exchange(line_, {})));
  }
  if (mode_ == Mode::Between || mode_ == Mode::FirstLine)
    return {};
  return Error{.kind = ErrorKind::BadInput,
               .message = "the dump ends in the middle of a statement",
               .hint = "the dump was cut; its source has to be dumped again"};
}

Result<void> SqlScanner::first_line(std::string_view chunk, std::size_t& at) {
  const std::size_t end = chunk.find('\n', at);
  const std::size_t stop = end == std::string_view::npos ? chunk.size() : end + 1;
  line_ += chunk.substr(at, stop - at);
  at = stop;
  if (end == std::string_view::npos && line_.size() < kLongestLine)
    return {};
  mode_ = Mode::Between;
  const std::string text = std::exchange(line_, {});
  if (text.starts_with(kSandboxLine) && text.ends_with('\n'))
    return handler_->between(text);
  return feed(text);
}

Result<void> SqlScanner::between(std::string_view chunk, std::size_t& at) {
  const std::size_t start = at;
  while (at < chunk.size() && is_space(chunk[at])) {
    line_start_ = chunk[at] == '\n';
    ++at;
  }
  if (at > start)
    BACKSTAY_TRY(handler_->between(chunk.substr(start, at - start)));
  if (at == chunk.size())
    return {};
  if (chunk[at] == '-' || chunk[at] == '#') {
    mode_ = Mode::Line;
    marker_ = line_start_ && chunk[at] == '-';
    line_.clear();
  } else {
    start_statement();
  }
  return {};
}

Result<void> SqlScanner::line(std::string_view chunk, std::size_t& at) {
  const std::size_t end = chunk.find('\n', at);
  const std::size_t stop = end == std::string_view::npos ? chunk.size() : end + 1;
  line_ += chunk.substr(at, stop - at);
  at = stop;
  if (end == std::string_view::npos && line_.size() < kLongestLine)
    return {};
  const std::string text = std::exchange(line_, {});
  if (end == std::string_view::npos) {
    marker_ = false;
    return handler_->between(text);
  }
  mode_ = Mode::Between;
  line_start_ = true;
  return marker_ ? handler_->comment(text) : handler_->between(text);
}

void SqlScanner::start_statement() {
  mode_ = Mode::Plain;
  statement_ = {};
  decided_ = announced_ = ended_ = false;
  head_.clear();
  words_.clear();
  word_.clear();
  name_open_ = name_pending_ = name_done_ = values_ = false;
  depth_ = 0;
  last_ = 0;
  opening_ = 0;
}

void SqlScanner::plain(std::string_view chunk, std::size_t& at) {
  while (at < chunk.size() && mode_ == Mode::Plain && !ended_) {
    if (values_ && opening_ == 0) {
      const std::size_t from = at;
      while (at < chunk.size() && !kMeaningful[static_cast<unsigned char>(chunk[at])])
        ++at;
      if (at > from)
        last_ = 0;
      if (at == chunk.size())
        break;
    }
    plain_byte(chunk[at++]);
  }
}

bool SqlScanner::opens_comment(char byte) {
  const int opening = std::exchange(opening_, 0);
  if (opening == 1 && byte == 'M') {
    opening_ = 2;
    return true;
  }
  if (opening == 1 || opening == 2) {
    if (byte != '!') {
      mode_ = Mode::Comment;
      last_ = opening == 1 ? byte : char{0};
    }
    return true;
  }
  if (opening == 3 && is_space(byte)) {
    if (byte != '\n')
      mode_ = Mode::LineInside;
    return true;
  }
  return false;
}

void SqlScanner::plain_byte(char byte) {
  if (name_pending_) {
    name_pending_ = false;
    if (byte == '`') {
      statement_.name += '`';
      name_open_ = true;
      mode_ = Mode::Backtick;
      return;
    }
    name_done_ = true;
    classify();
  }
  if (opens_comment(byte)) {
    end_word();
    return;
  }
  const char last = std::exchange(last_, byte);
  if (last == '/' && byte == '*')
    opening_ = 1;
  if (last == '-' && byte == '-')
    opening_ = 3;
  if (last == '*' && byte == '/')
    last_ = 0;  // the end of a conditional comment opens nothing
  if (opening_ != 0)
    last_ = 0;
  token_byte(byte);
}

void SqlScanner::token_byte(char byte) {
  if (is_word(byte)) {
    if (!decided_ || (statement_.kind == StatementKind::Insert && !values_))
      word_ += byte;
    return;
  }
  end_word();
  switch (byte) {
    case '\'':
      mode_ = Mode::Single;
      break;
    case '"':
      mode_ = Mode::Double;
      break;
    case '`':
      mode_ = Mode::Backtick;
      name_open_ = !decided_ && !name_done_ && !words_.empty();
      break;
    case '#':
      mode_ = Mode::LineInside;
      break;
    case '(':
      if (depth_++ == 0 && values_)
        ++statement_.rows;
      break;
    case ')':
      depth_ = std::max(0, depth_ - 1);
      break;
    case ';':
      ended_ = true;
      break;
    default:
      break;
  }
}

void SqlScanner::end_word() {
  if (word_.empty())
    return;
  std::string word = std::exchange(word_, {});
  if (word.front() >= '0' && word.front() <= '9')
    return;  // the version of a conditional comment
  std::transform(word.begin(), word.end(), word.begin(), [](char byte) {
    return byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
  });
  if (decided_) {
    if (statement_.kind == StatementKind::Insert && depth_ == 0 && word == "VALUES") {
      values_ = true;
    }
    return;
  }
  words_.push_back(std::move(word));
  classify();
}

void SqlScanner::classify() {
  const auto word = [this](std::size_t index) -> std::string_view {
    return index < words_.size() ? std::string_view(words_[index]) : std::string_view();
  };
  const auto named = [this](StatementKind kind) {
    statement_.kind = kind;
    decided_ = name_done_;
  };
  if (decided_ || words_.empty())
    return;
  if (word(0) == "CREATE" && word(1).empty())
    return;
  if (word(0) == "INSERT" && word(1).empty())
    return;
  if (word(0) == "SET" && (word(1).empty() || (word(1) == "TIME_ZONE" && word(2).empty())))
    return;
  if (word(0) == "CREATE" && word(1) == "DATABASE")
    return named(StatementKind::CreateDatabase);
  if (word(0) == "CREATE" && word(1) == "TABLE")
    return named(StatementKind::CreateTable);
  if (word(0) == "CREATE" && word(1) == "SEQUENCE")
    return named(StatementKind::CreateSequence);
  if (word(0) == "CREATE" && word(1) == "VIEW")
    return named(StatementKind::CreateView);
  if (word(0) == "INSERT")
    return named(StatementKind::Insert);
  decided_ = true;
  if (word(0) == "USE")
    statement_.kind = StatementKind::Use;
  if (word(0) == "SET" && word(2) == "@OLD_TIME_ZONE")
    statement_.kind = StatementKind::Footer;
}

void SqlScanner::quoted(std::string_view chunk, std::size_t& at, char quote) {
  const std::size_t start = at;
  while (at < chunk.size()) {
    if (escaped_) {
      escaped_ = false;
      ++at;
      continue;
    }
    at = find_either(chunk, at, quote, quote == '`' ? quote : '\\');
    if (at == chunk.size() || chunk[at] == quote)
      break;
    escaped_ = true;
    ++at;
  }
  if (name_open_)
    statement_.name += chunk.substr(start, at - start);
  if (at == chunk.size())
    return;
  ++at;
  mode_ = Mode::Plain;
  last_ = 0;
  name_pending_ = std::exchange(name_open_, false);
}

void SqlScanner::comment(std::string_view chunk, std::size_t& at) {
  while (at < chunk.size()) {
    const char last = std::exchange(last_, chunk[at++]);
    const bool over = mode_ == Mode::LineInside ? last_ == '\n' : last == '*' && last_ == '/';
    if (!over)
      continue;
    mode_ = Mode::Plain;
    last_ = 0;
    break;
  }
}

Result<void> SqlScanner::emit(std::string_view part) {
  statement_.length += part.size();
  if (announced_)
    return handler_->bytes(part);
  head_ += part;
  if (!decided_ && !ended_ && head_.size() < kLongestHead)
    return {};
  if (!decided_) {
    statement_.kind = StatementKind::Other;
    statement_.name.clear();
    name_open_ = false;
    decided_ = true;
  }
  return announce();
}

Result<void> SqlScanner::announce() {
  announced_ = true;
  BACKSTAY_TRY(handler_->begin(statement_));
  return handler_->bytes(std::exchange(head_, {}));
}

Result<void> SqlScanner::end_statement() {
  mode_ = Mode::Between;
  line_start_ = false;
  return handler_->end(statement_);
}

}  // namespace backstay::runtime
