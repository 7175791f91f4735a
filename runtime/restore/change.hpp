// What a restore changes, one value a change: enough to put back exactly what was there, and to
// remove what was set aside and nothing else, at any later time and after any kill.
//
// Each is noted durably before it is made (ChangeLog), so the list is complete whatever dies. Undo
// and commit look at what is there now before they act: a change that was noted and never made, or
// that is undone already, is left alone. So both may be repeated.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Tells a file or directory from another one that has its name now. Inode numbers are used again;
/// together with the time of birth they are not. Device numbers do not outlive a boot, and all that
/// is compared lies in one directory.
struct FileIdentity {
  std::uint64_t inode = 0;  ///< 0: nothing is there
  std::int64_t born = 0;    ///< ns since 1970; 0: the file system does not know

  [[nodiscard]] bool there() const { return inode != 0; }

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// Nothing was at `path`; `fresh` is put there.
struct PathCreated {
  static constexpr std::string_view kind = "path-created";
  std::string component = {};
  std::string path = {};  ///< absolute
  FileIdentity fresh = {};

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("path", self.path);
    visit("fresh", self.fresh);
  }
};

/// What was at `path` gets the name `aside` beside it, and `fresh` takes its place, in one
/// exchange.
struct PathExchanged {
  static constexpr std::string_view kind = "path-exchanged";
  std::string component = {};
  std::string path = {};   ///< absolute
  std::string aside = {};  ///< absolute
  FileIdentity old = {};
  FileIdentity fresh = {};

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("path", self.path);
    visit("aside", self.aside);
    visit("old", self.old);
    visit("fresh", self.fresh);
  }
};

/// A tree was restored entry by entry; which, says the list of the record (merge_list.hpp).
struct TreeMerged {
  static constexpr std::string_view kind = "tree-merged";
  std::string component = {};
  std::string path = {};   ///< absolute: the top of the tree
  std::string aside = {};  ///< absolute: the directory that holds what was replaced
  std::string list = {};   ///< name of a file in the record's directory

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("path", self.path);
    visit("aside", self.aside);
    visit("list", self.list);
  }
};

/// A SQLite file; its log and journal go aside with it. Nothing was there where `old` is not there.
struct SqliteExchanged {
  static constexpr std::string_view kind = "sqlite-exchanged";
  std::string component = {};
  std::string path = {};
  std::string aside = {};
  std::vector<std::string> sidecars = {};  ///< `-wal` …: those that were there
  FileIdentity old = {};
  FileIdentity fresh = {};

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("path", self.path);
    visit("aside", self.aside);
    visit("sidecars", self.sidecars);
    visit("old", self.old);
    visit("fresh", self.fresh);
  }
};

/// A scratch database was made on a server and filled.
struct DatabaseImported {
  static constexpr std::string_view kind = "database-imported";
  std::string component = {};
  std::string engine = {};  ///< `mariadb`, `postgresql`
  std::string server = {};
  std::string target = {};
  std::string scratch = {};

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("engine", self.engine);
    visit("server", self.server);
    visit("target", self.target);
    visit("scratch", self.scratch);
  }
};

/// A database of a MariaDB server: its tables go to `aside`, those of `scratch` take their place.
struct MariadbExchanged {
  static constexpr std::string_view kind = "mariadb-exchanged";
  std::string component = {};
  std::string server = {};
  std::string target = {};
  std::string scratch = {};
  std::string aside = {};
  bool created = false;                      ///< the database was not there
  std::string old_defaults = {};             ///< `CHARACTER SET … COLLATE …`
  std::vector<std::string> old_tables = {};  ///< moved to `aside`
  std::string code = {};  ///< file in the record's directory with routines, triggers, events,
                          ///< views; empty: there were none
  std::uint64_t code_body_at = 0;
  std::uint64_t code_views_at =
      0;                    ///< views come back when all databases are: they name each other
  bool keeps_none = false;  ///< the old tables are dropped from `aside`: see MariadbDropped

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("server", self.server);
    visit("target", self.target);
    visit("scratch", self.scratch);
    visit("aside", self.aside);
    visit("created", self.created);
    visit("old-defaults", self.old_defaults);
    visit("old-tables", self.old_tables);
    visit("code", self.code);
    visit("code-body-at", self.code_body_at);
    visit("code-views-at", self.code_views_at);
    visit("keeps-none", self.keeps_none);
  }
};

/// The old tables of a database, which a MariadbExchanged set aside, are dropped before the new
/// ones are imported: there is no space for both. A snapshot holds them.
struct MariadbDropped {
  static constexpr std::string_view kind = "mariadb-dropped";
  std::string component = {};
  std::string server = {};
  std::string target = {};
  std::string scratch = {};
  std::string aside = {};
  std::string snapshot = {};  ///< the keep-current one, whole id
  std::string kept = {};      ///< component of it

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("server", self.server);
    visit("target", self.target);
    visit("scratch", self.scratch);
    visit("aside", self.aside);
    visit("snapshot", self.snapshot);
    visit("kept", self.kept);
  }
};

/// Accounts, roles and grants of a MariaDB server were added and corrected.
struct MariadbAccounts {
  static constexpr std::string_view kind = "mariadb-accounts";
  std::string component = {};  ///< empty: grants on single objects may have changed, accounts not
  std::string server = {};
  std::string before = {};    ///< file in the record's directory: all of them as they were
  std::string restored = {};  ///< the same of what the snapshot brought

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("server", self.server);
    visit("before", self.before);
    visit("restored", self.restored);
  }
};

/// A database of a PostgreSQL server is renamed to `aside`, and `scratch` to its name.
struct PostgresqlExchanged {
  static constexpr std::string_view kind = "postgresql-exchanged";
  std::string component = {};
  std::string server = {};
  std::string target = {};
  std::string scratch = {};
  std::string aside = {};
  bool created = false;  ///< the database was not there

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("server", self.server);
    visit("target", self.target);
    visit("scratch", self.scratch);
    visit("aside", self.aside);
    visit("created", self.created);
  }
};

/// Roles of a PostgreSQL server were added and corrected.
struct PostgresqlRoles {
  static constexpr std::string_view kind = "postgresql-roles";
  std::string component = {};
  std::string server = {};
  std::string before = {};                ///< file in the record's directory: `pg_dumpall` of them
  std::vector<std::string> created = {};  ///< roles that were not there

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("server", self.server);
    visit("before", self.before);
    visit("created", self.created);
  }
};

/// Something was fed to a command, which alone knows what it did with it: no undo.
struct CommandFed {
  static constexpr std::string_view kind = "command-fed";
  std::string component = {};
  std::vector<std::string> command = {};

  static void fields(auto& self, auto&& visit) {
    visit("component", self.component);
    visit("command", self.command);
  }
};

using Change = std::variant<PathCreated,
                            PathExchanged,
                            TreeMerged,
                            SqliteExchanged,
                            DatabaseImported,
                            MariadbExchanged,
                            MariadbDropped,
                            MariadbAccounts,
                            PostgresqlExchanged,
                            PostgresqlRoles,
                            CommandFed>;

/// `Noted`: it may have been made, wholly or in part. `TakenBack`: there is nothing to undo.
enum class ChangeState : std::uint8_t { Noted, Made, TakenBack };

struct RecordedChange {
  std::size_t number = 0;  ///< from 1, in the order of the changes
  Change change;
  ChangeState state = ChangeState::Noted;
};

/// Where changes are noted. A restore beside, whose places nobody uses, has none.
class ChangeLog {
 public:
  virtual ~ChangeLog() = default;

  /// Durable when it returns; only then the change may be made. The number names it. Errors: Io,
  /// NoSpace.
  [[nodiscard]] virtual Result<std::size_t> about_to(const Change& change) = 0;
  /// The change is whole and durable.
  [[nodiscard]] virtual Result<void> made(std::size_t number) = 0;
  /// It was taken back, or never made.
  [[nodiscard]] virtual Result<void> taken_back(std::size_t number) = 0;
  /// Keeps a file beside the notes, durable before about_to() is called: lists, code, accounts. Its
  /// name.
  [[nodiscard]] virtual Result<std::string> keep(const std::string& name,
                                                 std::string_view text) = 0;
  [[nodiscard]] virtual Result<std::string> read_kept(const std::string& name) const = 0;
  /// All, also those of a try that died. Alive until the next call of another function.
  [[nodiscard]] virtual const std::vector<RecordedChange>& changes() const = 0;
};

/// The identity of what is at `name` in an open directory (`AT_FDCWD` and a whole path also work);
/// not there() where nothing is. Follows no link.
[[nodiscard]] Result<FileIdentity> identity_of(int directory, const std::string& name);

/// One line of JSON with its kind and all fields; and back. Errors: BadInput.
[[nodiscard]] std::string to_json(const Change& change);
[[nodiscard]] Result<Change> parse_change(std::string_view json);

[[nodiscard]] const std::string& component_of(const Change& change);
/// For people: `exchange /etc/nova, keeping the old one as /etc/nova.orig-RUN`.
[[nodiscard]] std::string describe(const Change& change);

}  // namespace backstay::runtime
