// Cuts a dump into statements: see the header.
#include "runtime/database/sql_scanner.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace backstay::runtime {
namespace {

/// Comment lines of a dump are short; a longer one is passed through without being looked at.
constexpr std::size_t kLongestLine = 4096;
/// Kind and name of a statement are known within this; otherwise it is Other.
constexpr std::size_t kLongestHead = 8192;
constexpr std::string_view kSandboxLine = "/*M!999999\\-";

bool is_space(char byte) {
  return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r' || byte == '\f' ||
         byte == '\v';
}

bool is_word(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || byte == '_' || byte == '@' || byte == '$';
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
  switch (x_mode) {
    case Mode::FirstLine:
      return first_line(chunk, at);
    case Mode::Between:
      return between(chunk, at);
    case Mode::Line:
      return line(chunk, at);
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
  }
  return {};
}

Result<void> SqlScanner::finish() {
  if (x_mode == Mode::FirstLine && !x_line.empty()) {
    x_mode = Mode::Between;
    const std::string text = std::exchange(x_line, {});
    BACKSTAY_TRY(feed(text));
  }
  if (x_mode == Mode::Line) {  // Why not comment(): a line without its end is a cut one
    x_mode = Mode::Between;
    BACKSTAY_TRY(x_handler->between(std::exchange(x_line, {})));
  }
  if (x_mode == Mode::Between || x_mode == Mode::FirstLine)
    return {};
  return Error{.kind = ErrorKind::BadInput,
               .message = "the dump ends in the middle of a statement",
               .hint = "the dump was cut; its source has to be dumped again"};
}

Result<void> SqlScanner::first_line(std::string_view chunk, std::size_t& at) {
  const std::size_t end = chunk.find('\n', at);
  const std::size_t stop = end == std::string_view::npos ? chunk.size() : end + 1;
  x_line += chunk.substr(at, stop - at);
  at = stop;
  if (end == std::string_view::npos && x_line.size() < kLongestLine)
    return {};
  x_mode = Mode::Between;
  const std::string text = std::exchange(x_line, {});
  if (text.starts_with(kSandboxLine) && text.ends_with('\n'))
    return x_handler->between(text);
  return feed(text);
}

Result<void> SqlScanner::between(std::string_view chunk, std::size_t& at) {
  const std::size_t start = at;
  while (at < chunk.size() && is_space(chunk[at])) {
    x_line_start = chunk[at] == '\n';
    ++at;
  }
  if (at > start)
    BACKSTAY_TRY(x_handler->between(chunk.substr(start, at - start)));
  if (at == chunk.size())
    return {};
  if (chunk[at] == '-' || chunk[at] == '#') {
    x_mode = Mode::Line;
    x_marker = x_line_start && chunk[at] == '-';
    x_line.clear();
  } else {
    start_statement();
  }
  return {};
}

Result<void> SqlScanner::line(std::string_view chunk, std::size_t& at) {
  const std::size_t end = chunk.find('\n', at);
  const std::size_t stop = end == std::string_view::npos ? chunk.size() : end + 1;
  x_line += chunk.substr(at, stop - at);
  at = stop;
  if (end == std::string_view::npos && x_line.size() < kLongestLine)
    return {};
  const std::string text = std::exchange(x_line, {});
  if (end == std::string_view::npos) {
    x_marker = false;
    return x_handler->between(text);
  }
  x_mode = Mode::Between;
  x_line_start = true;
  return x_marker ? x_handler->comment(text) : x_handler->between(text);
}

void SqlScanner::start_statement() {
  x_mode = Mode::Plain;
  x_statement = {};
  x_decided = x_announced = x_ended = false;
  x_head.clear();
  x_words.clear();
  x_word.clear();
  x_name_open = x_name_pending = x_name_done = x_values = false;
  x_depth = 0;
  x_last = 0;
  x_opening = 0;
}

Result<void> SqlScanner::plain(std::string_view chunk, std::size_t& at) {
  const std::size_t start = at;
  while (at < chunk.size() && x_mode == Mode::Plain && !x_ended) {
    if (x_values && x_opening == 0) {
      const std::size_t from = at;
      while (at < chunk.size() && !kMeaningful[static_cast<unsigned char>(chunk[at])])
        ++at;
      if (at > from)
        x_last = 0;
      if (at == chunk.size())
        break;
    }
    plain_byte(chunk[at++]);
  }
  BACKSTAY_TRY(emit(chunk.substr(start, at - start)));
  return x_ended ? end_statement() : Result<void>();
}

bool SqlScanner::opens_comment(char byte) {
  const int opening = std::exchange(x_opening, 0);
  if (opening == 1 && byte == 'M') {
    x_opening = 2;
    return true;
  }
  if (opening == 1 || opening == 2) {
    if (byte != '!') {
      x_mode = Mode::Comment;
      x_last = opening == 1 ? byte : char{0};
    }
    return true;
  }
  if (opening == 3 && is_space(byte)) {
    if (byte != '\n')
      x_mode = Mode::LineInside;
    return true;
  }
  return false;
}

void SqlScanner::plain_byte(char byte) {
  if (x_name_pending) {
    x_name_pending = false;
    if (byte == '`') {
      x_statement.name += '`';
      x_name_open = true;
      x_mode = Mode::Backtick;
      return;
    }
    x_name_done = true;
    classify();
  }
  if (opens_comment(byte)) {
    end_word();
    return;
  }
  const char last = std::exchange(x_last, byte);
  if (last == '/' && byte == '*')
    x_opening = 1;
  if (last == '-' && byte == '-')
    x_opening = 3;
  if (last == '*' && byte == '/')
    x_last = 0;  // the end of a conditional comment opens nothing
  if (x_opening != 0)
    x_last = 0;
  token_byte(byte);
}

void SqlScanner::token_byte(char byte) {
  if (is_word(byte)) {
    if (!x_decided || (x_statement.kind == StatementKind::Insert && !x_values))
      x_word += byte;
    return;
  }
  end_word();
  switch (byte) {
    case '\'':
      x_mode = Mode::Single;
      break;
    case '"':
      x_mode = Mode::Double;
      break;
    case '`':
      x_mode = Mode::Backtick;
      x_name_open = !x_decided && !x_name_done && !x_words.empty();
      break;
    case '#':
      x_mode = Mode::LineInside;
      break;
    case '(':
      if (x_depth++ == 0 && x_values)
        ++x_statement.rows;
      break;
    case ')':
      x_depth = std::max(0, x_depth - 1);
      break;
    case ';':
      x_ended = true;
      break;
    default:
      break;
  }
}

void SqlScanner::end_word() {
  if (x_word.empty())
    return;
  std::string word = std::exchange(x_word, {});
  if (word.front() >= '0' && word.front() <= '9')
    return;  // the version of a conditional comment
  std::transform(word.begin(), word.end(), word.begin(), [](char byte) {
    return byte >= 'a' && byte <= 'z' ? static_cast<char>(byte - 'a' + 'A') : byte;
  });
  if (x_decided) {
    if (x_statement.kind == StatementKind::Insert && x_depth == 0 && word == "VALUES") {
      x_values = true;
    }
    return;
  }
  x_words.push_back(std::move(word));
  classify();
}

void SqlScanner::classify() {
  const auto word = [this](std::size_t index) -> std::string_view {
    return index < x_words.size() ? std::string_view(x_words[index]) : std::string_view();
  };
  const auto named = [this](StatementKind kind) {
    x_statement.kind = kind;
    x_decided = x_name_done;
  };
  if (x_decided || x_words.empty())
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
  x_decided = true;
  if (word(0) == "USE")
    x_statement.kind = StatementKind::Use;
  if (word(0) == "SET" && word(2) == "@OLD_TIME_ZONE")
    x_statement.kind = StatementKind::Footer;
}

Result<void> SqlScanner::quoted(std::string_view chunk, std::size_t& at, char quote) {
  const std::size_t start = at;
  for (; at < chunk.size(); ++at) {
    if (x_escaped) {
      x_escaped = false;
    } else if (chunk[at] == '\\' && quote != '`') {
      x_escaped = true;
    } else if (chunk[at] == quote) {
      break;
    }
  }
  if (x_name_open)
    x_statement.name += chunk.substr(start, at - start);
  if (at < chunk.size()) {
    ++at;
    x_mode = Mode::Plain;
    x_last = 0;
    x_name_pending = std::exchange(x_name_open, false);
  }
  return emit(chunk.substr(start, at - start));
}

Result<void> SqlScanner::comment(std::string_view chunk, std::size_t& at) {
  const std::size_t start = at;
  while (at < chunk.size()) {
    const char last = std::exchange(x_last, chunk[at++]);
    const bool over = x_mode == Mode::LineInside ? x_last == '\n' : last == '*' && x_last == '/';
    if (!over)
      continue;
    x_mode = Mode::Plain;
    x_last = 0;
    break;
  }
  return emit(chunk.substr(start, at - start));
}

Result<void> SqlScanner::emit(std::string_view part) {
  x_statement.length += part.size();
  if (x_announced)
    return x_handler->bytes(part);
  x_head += part;
  if (!x_decided && !x_ended && x_head.size() < kLongestHead)
    return {};
  if (!x_decided) {
    x_statement.kind = StatementKind::Other;
    x_statement.name.clear();
    x_name_open = false;
    x_decided = true;
  }
  return announce();
}

Result<void> SqlScanner::announce() {
  x_announced = true;
  BACKSTAY_TRY(x_handler->begin(x_statement));
  return x_handler->bytes(std::exchange(x_head, {}));
}

Result<void> SqlScanner::end_statement() {
  x_mode = Mode::Between;
  x_line_start = false;
  return x_handler->end(x_statement);
}

}  // namespace backstay::runtime
