// What a foreign backup (a shell script, a borgmatic configuration) says that a policy can say,
// too; and, line by line, what was unsafe in it, and what of it is not in the policy.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::compiler {

enum class NoteKind : unsigned char {
  Unsafe,         ///< it did something that loses backups or tells lies; the policy does not
  NotTaken,       ///< understood, and not in the policy: yours to decide
  NotUnderstood,  ///< nobody knows what it did
  Secret,         ///< a password stands there; it is nowhere else
  Taken,          ///< it is in the policy, and how
};

/// About one line of the source.
struct TakeoverNote {
  std::size_t line = 0;  ///< from 1; 0: about the whole
  NoteKind kind = NoteKind::Taken;
  std::string text;  ///< no secret, also none of the source's
};

enum class TakeoverServer : unsigned char { Mariadb, Postgresql };

/// Databases of one server.
struct TakeoverDatabases {
  TakeoverServer kind = TakeoverServer::Mariadb;
  std::string address = {};  ///< empty: this machine's socket
  std::int64_t port = 0;     ///< 0: the usual one
  std::string socket = {};   ///< of this machine's server; empty: the usual one
  bool all = false;
  std::vector<std::string> names = {};
  bool has_login = false;  ///< the source gave an account: the policy asks for one
};

struct Takeover {
  std::string source;                                             ///< name of the file
  std::vector<std::string> paths = {};                            ///< absolute
  std::vector<std::pair<std::string, std::string>> excepts = {};  ///< pattern, reason
  std::vector<std::string> sqlite_files = {};
  std::vector<TakeoverDatabases> databases = {};
  std::string directory = {};             ///< where it put backups on this machine
  std::vector<std::string> remotes = {};  ///< `user@host:/path`: where it copied to
  /// `daily 7`; none: it kept everything
  std::vector<std::pair<std::string, std::int64_t>> keep = {};
  std::string schedule = {};  ///< `every day at 02:30`, where the source says when it runs
  bool leaves = false;        ///< something of it goes to another machine, in whatever way
  bool healthcheck = false;   ///< it told somebody by calling a URL
  std::vector<TakeoverNote> notes = {};

  void note(std::size_t line, NoteKind kind, std::string text) {
    notes.push_back({line, kind, std::move(text)});
  }

  [[nodiscard]] bool holds_nothing() const {
    return paths.empty() && sqlite_files.empty() && databases.empty();
  }
};

/// Adds a database by name, once; the server's own schemas are not taken, which a note says.
void take_database(Takeover& takeover,
                   TakeoverDatabases& into,
                   std::size_t line,
                   const std::string& name);

/// Takes away servers of which nothing is left to take.
inline void drop_empty_servers(Takeover& takeover) {
  std::erase_if(takeover.databases,
                [](const TakeoverDatabases& each) { return !each.all && each.names.empty(); });
}

/// Bytes of a source that is read at most.
inline constexpr std::size_t kLargestTakeover = 256U << 10U;

/// Reads a shell script by what its lines look like; nothing of it is ever carried out.
/// Errors: BadInput for what is no text.
[[nodiscard]] Result<Takeover> read_cron_script(const std::string& name, std::string_view text);

/// Reads a configuration of borgmatic, both the flat form and the earlier one in sections.
/// Errors: BadInput with line and column for what is no YAML, or not of this kind.
[[nodiscard]] Result<Takeover> read_borgmatic(const std::string& name, std::string_view text);

/// A policy that does what the source did, and more safely, with every note as a comment.
/// host  the machine that it is for
[[nodiscard]] std::string takeover_policy(const Takeover& takeover, const std::string& host);

/// `unsafe`, `not taken`, `not understood`, `secret`, `taken`
[[nodiscard]] std::string_view note_word(NoteKind kind);

}  // namespace backstay::compiler
