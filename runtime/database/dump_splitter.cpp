// Splits a dump at its database markers: see the header.
#include "runtime/database/dump_splitter.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace backstay::runtime {
namespace {

constexpr std::string_view kRule = "--\n";
constexpr std::string_view kMarker = "-- Current Database: ";
constexpr std::string_view kTrailer = "-- Dump completed";
constexpr std::string_view kPosition = "-- CHANGE MASTER TO ";
constexpr std::string_view kGtid = "-- SET GLOBAL gtid_slave_pos=";
/// The header and the footer are kept in memory; a real one has 2 KiB.
constexpr std::size_t kLongestFrame = 1U << 20U;

Error bad_dump(std::string message) {
  return {.kind = ErrorKind::BadInput,
          .message = std::move(message),
          .hint = "this is not what mariadb-dump writes; is the program what it claims to be?"};
}

/// What stands between the first `'` after `key` and the next one.
std::string quoted_value(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  if (at == std::string_view::npos)
    return {};
  const std::size_t open = line.find('\'', at);
  if (open == std::string_view::npos)
    return {};
  const std::size_t close = line.find('\'', open + 1);
  return close == std::string_view::npos ? std::string()
                                         : std::string(line.substr(open + 1, close - open - 1));
}

std::uint64_t number_after(std::string_view line, std::string_view key) {
  const std::size_t at = line.find(key);
  std::uint64_t number = 0;
  if (at == std::string_view::npos)
    return number;
  const std::string_view digits = line.substr(at + key.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

/// A name may hold newlines; in a comment each is followed by `-- `, which is not the name's.
std::string joined_lines(std::string_view comment) {
  std::string text;
  for (std::size_t at = 0; at < comment.size(); ++at) {
    text += comment[at];
    if (comment[at] == '\n' && comment.substr(at + 1).starts_with("-- "))
      at += 3;
  }
  return text;
}

/// Whether a comment ends within a quoted name: inner backticks are doubled, so they are even else.
/// The header's first comment names host and database as they are.
bool ends_in_name(std::string_view comment) {
  return !comment.starts_with("-- Host: ") &&
         std::count(comment.begin(), comment.end(), '`') % 2 != 0;
}

}  // namespace

std::string database_marker(std::string_view comment) {
  if (!comment.starts_with(kMarker) || !comment.ends_with("`\n"))
    return {};
  const std::string whole = joined_lines(comment);
  std::string_view line = whole;
  line.remove_prefix(kMarker.size());
  line.remove_suffix(2);
  if (!line.starts_with('`'))
    return {};
  line.remove_prefix(1);
  std::string name;
  for (std::size_t at = 0; at < line.size(); ++at) {
    name += line[at];
    if (line[at] != '`')
      continue;
    if (at + 1 == line.size() || line[at + 1] != '`')
      return {};
    ++at;
  }
  return name;
}

DumpSplitter::DumpSplitter(DumpSink sink) : sink_(std::move(sink)), scanner_(*this) {}

Result<void> DumpSplitter::put(std::string_view text) {
  switch (section_) {
    case Section::Header:
      header_ += text;
      break;
    case Section::Database:
      return sink_.write(summary_.databases.back().name, text);
    case Section::Footer:
      footer_ += text;
      break;
  }
  if (std::max(header_.size(), footer_.size()) <= kLongestFrame)
    return {};
  return bad_dump("the dump's header or footer is longer than 1 MiB");
}

Result<void> DumpSplitter::release_rule() {
  if (rule_.empty())
    return {};
  return put(std::exchange(rule_, {}));
}

bool DumpSplitter::take_coordinates(std::string_view line) {
  if (line.starts_with(kGtid)) {
    summary_.gtid = quoted_value(line, kGtid);
    return true;
  }
  if (!line.starts_with(kPosition))
    return false;
  summary_.log_file = quoted_value(line, "MASTER_LOG_FILE=");
  summary_.log_position = number_after(line, "MASTER_LOG_POS=");
  return true;
}

Result<void> DumpSplitter::comment(std::string_view line) {
  open_comment_ += line;
  if (ends_in_name(open_comment_)) {
    return open_comment_.size() <= kLongestFrame ? Result<void>()
                                                 : bad_dump("a comment in the dump has no end");
  }
  return whole_comment(std::exchange(open_comment_, {}));
}

Result<void> DumpSplitter::whole_comment(std::string_view line) {
  completed_ = section_ == Section::Footer && line.starts_with(kTrailer);
  if (take_coordinates(line))
    return {};
  if (line == kRule) {
    BACKSTAY_TRY(release_rule());
    rule_ = line;
    return {};
  }
  std::string name = database_marker(line);
  if (!name.empty())
    return open_database(std::move(name), line);
  BACKSTAY_TRY(release_rule());
  return put(line);
}

Result<void> DumpSplitter::open_database(std::string name, std::string_view marker) {
  if (section_ == Section::Footer) {
    return bad_dump("database `" + name + "` comes after the dump's footer");
  }
  const bool twice =
      std::any_of(summary_.databases.begin(), summary_.databases.end(),
                  [&](const DumpedDatabase& database) { return database.name == name; });
  if (twice)
    return bad_dump("database `" + name + "` is in the dump twice");
  if (header_.find("SQL_MODE='NO_AUTO_VALUE_ON_ZERO'") == std::string::npos) {
    return bad_dump("the dump's header does not set SQL_MODE");
  }
  section_ = Section::Database;
  summary_.databases.push_back({.name = name, .tables = {}, .views = {}});
  BACKSTAY_TRY(sink_.open(name));
  BACKSTAY_TRY(put(header_));
  BACKSTAY_TRY(release_rule());
  return put(marker);
}

Result<void> DumpSplitter::between(std::string_view text) {
  if (text.find_first_not_of(" \n\r\t") != std::string_view::npos)
    completed_ = false;
  BACKSTAY_TRY(release_rule());
  return put(text);
}

Result<void> DumpSplitter::begin(const Statement& statement) {
  completed_ = false;
  BACKSTAY_TRY(release_rule());
  if (statement.kind == StatementKind::Footer && section_ == Section::Database) {
    section_ = Section::Footer;
  }
  return {};
}

Result<void> DumpSplitter::bytes(std::string_view part) {
  return put(part);
}

Result<void> DumpSplitter::end(const Statement& statement) {
  if (section_ != Section::Database)
    return {};
  DumpedDatabase& database = summary_.databases.back();
  database.longest_statement = std::max(database.longest_statement, statement.length);
  switch (statement.kind) {
    case StatementKind::CreateTable:
      database.tables[statement.name];
      break;
    case StatementKind::CreateSequence:
      database.tables[statement.name].sequence = true;
      break;
    case StatementKind::CreateView:
      database.views.push_back(statement.name);
      break;
    case StatementKind::Insert:
      database.tables[statement.name].rows += statement.rows;
      break;
    case StatementKind::CreateDatabase:
    case StatementKind::Use:
    case StatementKind::Footer:
    case StatementKind::Other:
      break;
  }
  return {};
}

Result<DumpSummary> DumpSplitter::finish() {
  BACKSTAY_TRY(scanner_.finish());
  if (!open_comment_.empty())
    return bad_dump("the dump ends within a name in a comment");
  BACKSTAY_TRY(release_rule());
  if (!completed_) {
    return Error{.kind = ErrorKind::Verification,
                 .message = "the dump does not end with `-- Dump completed`",
                 .hint =
                     "mariadb-dump was cut short or runs with `skip-comments`; look for it in "
                     "the client's option files"};
  }
  for (const DumpedDatabase& database : summary_.databases) {
    BACKSTAY_TRY(sink_.write(database.name, footer_));
  }
  return std::move(summary_);
}

}  // namespace backstay::runtime
