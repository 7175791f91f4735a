// A MariaDB server and its programs as a script: what they say is set by the test, true or not.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/system/subprocess.hpp"

namespace backstay::runtime::testing {

/// Answers the queries of runtime/database by what they ask for.
class LyingServer final : public CommandRunner {
 public:
  /// What one run of mariadb-dump does.
  struct Dump {
    std::string output;
    int status = 0;
    std::string errors = {};
  };

  /// database → tables
  std::map<std::string, std::vector<std::string>> databases;
  std::vector<std::string> privileges = {"SELECT", "SHOW VIEW", "TRIGGER", "EVENT"};
  /// Answers to successive runs of mariadb-dump; the last one stays.
  std::deque<Dump> dumps;
  /// Where set: the answer to each run, by its arguments. Called by several threads at once.
  std::function<Dump(const Command&)> dump_of;
  /// What the session that holds the backup lock says: to the lock, and to its end.
  std::string held =
      "staged\t0\nBinlog_snapshot_file\tlog.1\nBinlog_snapshot_position\t4\nheld\t0-1-1\n";
  std::string released = "released\t0\n";
  /// `DATABASE\tVIEW\tNAME` rows of successive listings of code objects; the last one stays.
  std::deque<std::string> code = {""};
  /// When a table was altered last, as successive listings of tables tell; the last one stays.
  std::deque<std::string> altered = {"2026-11-01 02:30:00"};
  /// Of every client call: a status other than 0 with this on stderr.
  std::string refusal;

  Result<Exit> run(const Command& command, std::stop_token stop) override;

  [[nodiscard]] const std::vector<Command>& dumped() const { return dumped_; }

 private:
  [[nodiscard]] std::string answer(const std::string& sql);
  Result<Exit> dump(const Command& command);
  Result<Exit> hold(const Command& command) const;

  std::mutex mutex_;
  std::vector<Command> dumped_;
};

}  // namespace backstay::runtime::testing
