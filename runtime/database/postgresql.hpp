// The way to one PostgreSQL server: its programs, address and login. All talk with it passes here.
//
// psql, pg_dump, pg_dumpall and pg_restore of the system are run. The login is a file in the form
// of libpq's password file (`host:port:database:user:password`), handed over by descriptor as
// PGPASSFILE; its first entry says the user. Without one the server is asked as its own account
// `postgres`, as `setpriv --reuid postgres` makes it, which is how Debian's servers know their
// administrator (pg_hba.conf, `local all postgres peer`).
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/database/mariadb.hpp"  // ServerCall, Rows
#include "runtime/system/secrets.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// One server. Movable; thread-safe as the runner is.
class PostgresServer {
 public:
  using Input = std::function<Result<std::size_t>(std::span<std::byte>)>;
  using Output = std::function<Result<void>(std::span<const std::byte>)>;

  /// Finds the programs and opens the login. Does not connect.
  /// Errors: ToolMissing (no client), Credentials (the login file, or a first entry without user).
  static Result<PostgresServer> open(const plan::Server& server, ServerCall call);

  [[nodiscard]] const plan::Server& facts() const { return server_; }

  /// Runs statements in one session of `database`; all rows of all results, each of `columns`
  /// cells; NULL is empty. Errors: as postgres_error(), Io for a result of another shape.
  [[nodiscard]] Result<Rows> query(const std::string& database,
                                   std::string_view sql,
                                   std::size_t columns) const;

  /// Runs statements for their effect, each by itself; stops at the first that fails.
  [[nodiscard]] Result<void> execute(const std::string& database, std::string_view sql) const;

  /// Runs pg_dump of one database in its custom format, uncompressed: the store compresses, and
  /// equal rows give equal bytes. A failure is in the Exit.
  [[nodiscard]] Result<Exit> dump(const std::string& database, Output output) const;

  /// Runs pg_dumpall for roles and tablespaces, as statements.
  [[nodiscard]] Result<Exit> dump_globals(Output output) const;

  /// Imports an archive into `database`; stops at the first statement that fails.
  [[nodiscard]] Result<Exit> import(const std::string& database, Input archive) const;

  /// Decodes an archive without any server and gives its data as statements.
  [[nodiscard]] Result<Exit> decode(Input archive, Output data) const;

  /// For dry runs: program and arguments as they would be run, on one line.
  [[nodiscard]] std::string show_dump(const std::string& database) const;
  [[nodiscard]] std::string show_import(const std::string& database) const;

 private:
  PostgresServer(plan::Server server, ServerCall call)
      : server_(std::move(server)), call_(std::move(call)) {}

  Result<void> find_programs();
  Result<void> open_login();
  [[nodiscard]] Command command(const std::string& program,
                                const std::vector<std::string>& arguments) const;
  [[nodiscard]] Command session(const std::string& database, std::string_view sql) const;

  plan::Server server_;
  ServerCall call_;
  std::string psql_;
  std::string dump_;
  std::string dump_globals_;
  std::string restore_;
  std::string setpriv_;  ///< empty: programs run as we are
  std::string user_;
  std::optional<SecretFile> login_;
};

}  // namespace backstay::runtime
