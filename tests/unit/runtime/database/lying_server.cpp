#include "lying_server.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <unistd.h>

namespace backstay::runtime::testing {
namespace {

template <typename T>
T take_turn(std::deque<T>& turns) {
  T turn = turns.front();
  if (turns.size() > 1)
    turns.pop_front();
  return turn;
}

bool asks(const std::string& sql, const std::string& for_what) {
  return sql.find(for_what) != std::string::npos;
}

std::string read_input(const Command& command) {
  std::string text;
  std::array<std::byte, 4096> buffer{};
  while (command.standard_input) {
    const auto size = command.standard_input(buffer);
    if (!size || *size == 0)
      break;
    text.append(reinterpret_cast<const char*>(buffer.data()), *size);
  }
  return text;
}

Result<Exit> give(const Command& command, const std::string& output, Exit exit) {
  // In pieces of 7 bytes: programs do not write whole lines
  for (std::size_t at = 0; command.standard_output && at < output.size(); at += 7) {
    const std::string piece = output.substr(at, 7);
    BACKSTAY_TRY(command.standard_output(std::as_bytes(std::span(piece))));
  }
  if (!command.standard_output)
    exit.output = output;
  return exit;
}

}  // namespace

std::string LyingServer::answer(const std::string& sql) {
  std::string rows;
  if (asks(sql, "USER_PRIVILEGES")) {
    for (const auto& privilege : privileges)
      rows += privilege + "\tbackup@localhost\n";
  } else if (asks(sql, "SELECT VERSION()")) {
    rows = "10.11.19-MariaDB\t0\t16777216\t0\n";
  } else if (asks(sql, "LOWER(SCHEMA_NAME)")) {
    for (const auto& [name, tables] : databases)
      rows += name + "\n";
  } else if (asks(sql, "DEFAULT_COLLATION_NAME")) {
    for (const auto& [name, tables] : databases) {
      if (asks(sql, "'" + name + "'"))
        rows += name + "\tutf8mb4\tutf8mb4_general_ci\n";
    }
  } else if (asks(sql, "information_schema.ENGINES")) {
    for (const auto& [name, tables] : databases) {
      for (const auto& table : tables) {
        if (!asks(sql, "'" + name + "'"))
          continue;
        const bool old = table.starts_with("myisam");
        rows += name + "\t" + table + "\tBASE TABLE\t" + (old ? "MyISAM\tNO" : "InnoDB\tYES") +
                "\t3\t16384\t\t" + take_turn(altered) + "\n";
      }
    }
  } else if (asks(sql, "ROUTINE_SCHEMA")) {
    rows = take_turn(code);
  } else if (asks(sql, "SHOW CREATE VIEW")) {
    rows = "v\tCREATE VIEW `v` AS select 1\tutf8mb4\tutf8mb4_general_ci\n";
  }
  return rows;
}

Result<Exit> LyingServer::dump(const Command& command) {
  Dump dump;
  {
    const std::lock_guard lock(mutex_);
    dumped_.push_back(command);
    if (!dump_of)
      dump = take_turn(dumps);
  }
  if (dump_of)
    dump = dump_of(command);
  return give(command, dump.output, {.code = dump.status, .output = {}, .errors = dump.errors});
}

Result<Exit> LyingServer::hold(const Command& command) const {
  std::string heard;
  std::array<char, 256> buffer{};
  bool lock_told = false;
  while (true) {
    const ssize_t size = ::read(command.descriptors.back().ours, buffer.data(), buffer.size());
    if (size <= 0)
      return Exit{};
    heard.append(buffer.data(), static_cast<std::size_t>(size));
    if (!lock_told && heard.ends_with("gtid_binlog_pos;\n")) {
      lock_told = true;
      BACKSTAY_TRY(give(command, held, {}));
      if (held.empty())
        return Exit{.code = 1, .output = {}, .errors = "ERROR 1205 (HY000): Lock wait timeout\n"};
    }
    if (heard.ends_with("'released', @@error_count;\n"))
      return give(command, released, {.code = released.empty() ? 1 : 0});
  }
}

Result<Exit> LyingServer::run(const Command& command, std::stop_token /*stop*/) {
  const auto has = [&](const std::string& argument) {
    return std::find(command.arguments.begin(), command.arguments.end(), argument) !=
           command.arguments.end();
  };
  const bool is_dump = command.program.ends_with("/mariadb-dump") ||
                       command.program.ends_with("/stdbuf");  // which starts it
  if (is_dump) {
    if (command.arguments.back() == "--version") {
      return give(command, "mariadb-dump  Ver 10.19 Distrib 10.11.19-MariaDB, for x", {});
    }
    return dump(command);
  }
  if (has("--unbuffered"))
    return hold(command);
  const std::string sql = read_input(command);
  if (!refusal.empty())
    return Exit{.code = 1, .output = {}, .errors = refusal};
  const std::lock_guard lock(mutex_);
  return give(command, answer(sql), {});
}

}  // namespace backstay::runtime::testing
