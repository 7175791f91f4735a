// Cuts the stream of a mariadb-dump into comments and statements, byte by byte, without keeping it.
//
// A dump may be of any size and its data may look like anything, also like the markers of a dump.
// So the stream is read as the server would read it: literals, quoted names, comments and
// conditional comments (`/*!50001 … */`, whose content is SQL). What is outside of statements can
// never be data. Literals follow mariadb-dump's own rules: it sets SQL_MODE without
// NO_BACKSLASH_ESCAPES and ANSI_QUOTES in the stream's header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Begins the first line of newer dumps: it forbids the client that reads them commands of its own.
/// Clients from before May 2024 stop at it (mariadb.org, "mariadb-dump file compatibility change").
inline constexpr std::string_view kSandboxLine = "/*M!999999\\-";

/// What a statement of a dump does, as far as anybody here wants to know.
enum class StatementKind : std::uint8_t {
  CreateDatabase,
  Use,
  CreateTable,
  CreateSequence,
  CreateView,
  Insert,
  Footer,  ///< `SET TIME_ZONE=@OLD_TIME_ZONE`: the first statement after the last database
  Other,
};

struct Statement {
  StatementKind kind = StatementKind::Other;
  std::string name;  ///< the table, view or database, without quotes; empty for Use and others
  std::uint64_t rows = 0;    ///< Insert, at its end: number of tuples
  std::uint64_t length = 0;  ///< at its end: bytes, `;` included
};

/// Takes the pieces in their order; all pieces together are the stream.
class StatementHandler {
 public:
  virtual ~StatementHandler() = default;
  /// A whole line that begins with `--` outside of any statement, with its newline.
  virtual Result<void> comment(std::string_view line) = 0;
  /// White space and other comments between statements.
  virtual Result<void> between(std::string_view text) = 0;
  /// A statement begins; its kind and name are known already.
  virtual Result<void> begin(const Statement& statement) = 0;
  virtual Result<void> bytes(std::string_view part) = 0;
  virtual Result<void> end(const Statement& statement) = 0;
};

/// One stream. Not thread-safe.
class SqlScanner {
 public:
  explicit SqlScanner(StatementHandler& handler) : handler_(&handler) {}

  /// Chunks of any size, cut anywhere. Errors: those of the handler.
  Result<void> feed(std::string_view chunk);
  /// The stream is over. Errors: BadInput where it ends within a statement, a literal or a comment.
  Result<void> finish();

 private:
  enum class Mode : std::uint8_t {
    FirstLine,   ///< until the first newline: it may switch the client's sandbox mode on
    Between,     ///< outside of statements
    Line,        ///< in a line comment outside of statements
    Plain,       ///< in a statement
    Single,      ///< '…'
    Double,      ///< "…"
    Backtick,    ///< `…`
    Comment,     ///< /* … */ within a statement
    LineInside,  ///< `-- …` or `# …` within a statement
  };

  Result<void> first_line(std::string_view chunk, std::size_t& at);
  Result<void> between(std::string_view chunk, std::size_t& at);
  Result<void> line(std::string_view chunk, std::size_t& at);
  Result<void> statement(std::string_view chunk, std::size_t& at);
  void token(std::string_view chunk, std::size_t& at);
  void plain(std::string_view chunk, std::size_t& at);
  void quoted(std::string_view chunk, std::size_t& at, char quote);
  void comment(std::string_view chunk, std::size_t& at);
  Result<void> step(std::string_view chunk, std::size_t& at);

  void plain_byte(char byte);
  bool opens_comment(char byte);
  void token_byte(char byte);
  void end_word();
  void classify();
  void start_statement();
  Result<void> emit(std::string_view part);
  Result<void> announce();
  Result<void> end_statement();

  StatementHandler* handler_;
  Mode mode_ = Mode::FirstLine;
  bool line_start_ = true;  ///< Between: at the first column
  bool marker_ = false;     ///< Line: it began at the first column
  bool escaped_ = false;    ///< the byte before was an escaping backslash
  char last_ = 0;           ///< the byte before, where two make a token
  int opening_ = 0;         ///< 1 after `/*`, 2 after `/*M`, 3 after `--`
  std::string line_;        ///< FirstLine, Line: what there is of it

  Statement statement_;
  bool decided_ = false;    ///< kind and name are known
  bool announced_ = false;  ///< and the handler has been told
  bool ended_ = false;      ///< the `;` was seen
  std::string head_;        ///< the statement's bytes until it is announced
  std::vector<std::string> words_;
  std::string word_;
  bool name_open_ = false;     ///< within the first quoted name
  bool name_pending_ = false;  ///< after its closing quote, which may be the half of a double one
  bool name_done_ = false;
  bool values_ = false;  ///< Insert: VALUES was seen
  int depth_ = 0;        ///< parentheses
};

}  // namespace backstay::runtime
