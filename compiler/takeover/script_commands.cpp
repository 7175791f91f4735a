#include "compiler/takeover/script_commands.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "compiler/draft/host_facts.hpp"
#include "lang/base/printable.hpp"
#include "lang/base/secret_text.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::compiler {
namespace {

// A name that a policy can hold: printable, and UTF-8.
bool is_tellable(const std::string& text) {
  return lang::printable(text, true) == text;
}

/// The words of a command, told apart.
struct Arguments {
  std::vector<ShellWord> plain;
  std::vector<std::pair<std::string, ShellWord>> options;  ///< `-u`, `--user`, with their value

  [[nodiscard]] bool has(std::string_view option) const {
    return std::any_of(options.begin(), options.end(),
                       [&](const auto& each) { return each.first == option; });
  }

  [[nodiscard]] const ShellWord* value(std::string_view option) const {
    for (const auto& [name, word] : options) {
      if (name == option) {
        return &word;
      }
    }
    return nullptr;
  }
};

// The word behind `at`; of a list that a loop goes through the first, and none of it is an operand.
ShellWord take_value(const std::vector<ShellWord>& words, std::size_t& at) {
  const ShellWord value = words[++at];
  while (at + 1 < words.size() && value.listed && words[at + 1].written == value.written) {
    ++at;
  }
  return value;
}

// `with_value`: one-letter options, and long ones, whose value is the next word.
Arguments told_apart(const std::vector<ShellWord>& words,
                     std::string_view letters_with_value,
                     const std::set<std::string>& long_with_value = {}) {
  Arguments all;
  for (std::size_t at = 0; at < words.size(); ++at) {
    const std::string& text = words[at].text;
    if (text.starts_with("--") && text.size() > 2) {
      const auto equals = text.find('=');
      ShellWord value{equals == std::string::npos ? "" : text.substr(equals + 1)};
      if (equals == std::string::npos && long_with_value.contains(text) && at + 1 < words.size()) {
        value = take_value(words, at);
      }
      all.options.emplace_back(text.substr(0, equals), value);
    } else if (text.size() > 1 && text[0] == '-' && text[1] > ' ') {
      for (std::size_t letter = 1; letter < text.size(); ++letter) {
        const std::string option = {'-', text[letter]};
        if (letters_with_value.find(text[letter]) == std::string_view::npos) {
          all.options.emplace_back(option, ShellWord{});
          continue;
        }
        ShellWord value{text.substr(letter + 1)};
        if (value.text.empty() && at + 1 < words.size()) {
          value = take_value(words, at);
        }
        all.options.emplace_back(option, value);
        break;
      }
    } else {
      all.plain.push_back(words[at]);
    }
  }
  return all;
}

void take_path(const ScriptCommand& command, const ShellWord& word, Takeover& takeover) {
  const std::string path = script_path(word);
  if (path.empty()) {
    takeover.note(
        command.line, NoteKind::NotUnderstood,
        fmt::format("`{}` of something whose path is relative, or made while the script runs",
                    command.program));
    return;
  }
  if (word.glob) {
    const std::string parent = path.substr(0, path.find_first_of("*?["));
    const std::string directory = parent.substr(0, parent.rfind('/'));
    takeover.note(
        command.line, NoteKind::Taken,
        "a pattern of names: the whole directory above it is taken, what is new there, too");
    takeover.paths.push_back(directory.empty() ? "/" : directory);
    return;
  }
  takeover.paths.push_back(path);
}

// Options that name a file with names: nobody reads it here.
void note_lists(const ScriptCommand& command,
                const Arguments& all,
                const std::vector<std::string>& of_names,
                const std::vector<std::string>& of_excludes,
                Takeover& takeover) {
  const auto any = [&](const std::vector<std::string>& options) {
    return std::any_of(options.begin(), options.end(),
                       [&](const std::string& option) { return all.has(option); });
  };
  if (any(of_names)) {
    takeover.note(command.line, NoteKind::NotUnderstood,
                  fmt::format("what `{}` takes stands in another list, which was not read: say it "
                              "as `path`",
                              command.program));
  }
  if (any(of_excludes)) {
    takeover.note(command.line, NoteKind::NotTaken,
                  fmt::format("what `{}` leaves out stands in rules or another file: say it as "
                              "`except /PATH because \"…\"`",
                              command.program));
  }
}

void note_narrower(const ScriptCommand& command,
                   const Arguments& all,
                   const std::vector<std::string>& options,
                   Takeover& takeover) {
  if (std::any_of(options.begin(), options.end(),
                  [&](const std::string& option) { return all.has(option); })) {
    takeover.note(command.line, NoteKind::Taken,
                  "it dumps a part of the database (some tables, some rows, or no rows): here it "
                  "is whole");
  }
}

void note_pipe(const ScriptCommand& command, std::string_view what, Takeover& takeover) {
  if (command.piped && !command.pipefail) {
    takeover.note(
        command.line, NoteKind::Unsafe,
        fmt::format("reports success when the {} failed: only the last command of the pipe is "
                    "asked how it ended. Here no exit status is proof",
                    what));
  }
  if (command.ignored) {
    takeover.note(command.line, NoteKind::Unsafe,
                  fmt::format("`|| true` hides that the {} failed", what));
  }
}

void note_output(const ScriptCommand& command, Takeover& takeover) {
  if (command.output.starts_with("/dev/")) {
    return;
  }
  const auto end = command.output.find_first_of(std::string(1, kUnknown));
  const std::string known = command.output.substr(0, end);
  const auto slash = known.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    const std::string directory = script_path({known.substr(0, slash)});
    takeover.directory = takeover.directory.empty() ? directory : takeover.directory;
  }
  if (!command.output.empty()) {
    takeover.note(command.line, NoteKind::Unsafe,
                  "writes to the final name: a dump that is cut off looks like a whole one");
  }
}

/// Which server a command speaks to.
struct ServerPlace {
  std::string address = {};
  std::int64_t port = 0;
  std::string socket = {};
};

TakeoverDatabases& databases_of(TakeoverServer kind, const ServerPlace& place, Takeover& takeover) {
  for (TakeoverDatabases& each : takeover.databases) {
    if (each.kind == kind && each.address == place.address && each.port == place.port &&
        each.socket == place.socket) {
      return each;
    }
  }
  return takeover.databases.emplace_back(TakeoverDatabases{
      .kind = kind, .address = place.address, .port = place.port, .socket = place.socket});
}

std::string address_of(const ShellWord* word) {
  if (word == nullptr || !word->is_known() || word->text == "localhost" ||
      word->text.starts_with('/')) {
    return "";
  }
  const bool plain = std::all_of(word->text.begin(), word->text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':';
  });
  return plain ? word->text : "";
}

const ShellWord* value_of(const Arguments& all, std::string_view letter, std::string_view name) {
  const ShellWord* value = all.value(letter);
  return value != nullptr ? value : all.value(name);
}

// socket  the option that names one; of PostgreSQL the address itself, its directory
ServerPlace place_of(const ScriptCommand& command,
                     const Arguments& all,
                     TakeoverServer kind,
                     Takeover& takeover) {
  const bool is_mariadb = kind == TakeoverServer::Mariadb;
  const ShellWord* host = value_of(all, "-h", "--host");
  const ShellWord* port = value_of(all, is_mariadb ? "-P" : "-p", "--port");
  const ShellWord* socket = is_mariadb ? value_of(all, "-S", "--socket") : host;
  ServerPlace place{.address = address_of(host)};
  if (host != nullptr && !host->is_known()) {
    takeover.note(command.line, NoteKind::NotUnderstood,
                  "which server it speaks to only the running script knows: say its `address`");
  }
  if (socket != nullptr && place.address.empty()) {
    place.socket = script_path(*socket);
  }
  if (port == nullptr) {
    return place;
  }
  const char* end = port->text.data() + port->text.size();
  const bool number = std::from_chars(port->text.data(), end, place.port).ptr == end &&
                      place.port >= 1 && place.port <= 65'535;
  if (!number || place.address.empty()) {
    place.port = 0;
    takeover.note(command.line, NoteKind::NotTaken,
                  number ? "a port of this machine's own server, which is reached by its socket "
                           "here: else say `address` and `port`"
                         : "a port that only the running script knows: say it in the policy");
  } else if (place.port == (is_mariadb ? 3306 : 5432)) {
    place.port = 0;  // as where none is said
  }
  return place;
}

void add_name(const ScriptCommand& command,
              const ShellWord& word,
              TakeoverDatabases& into,
              Takeover& takeover) {
  if (!word.is_known() || word.text.empty() || !is_tellable(word.text)) {
    into.all = true;
    takeover.note(command.line, NoteKind::Taken,
                  "which databases only the running script knows: all of the server are taken");
  } else {
    take_database(takeover, into, command.line, word.text);
  }
}

void note_mysql_password(const ScriptCommand& command, const Arguments& all, Takeover& takeover) {
  const ShellWord* word = all.value("-p");
  word = word != nullptr && !word->text.empty() ? word : all.value("--password");
  if (word != nullptr && !word->text.empty()) {
    takeover.note(
        command.line, NoteKind::Secret,
        "a password is an argument: everybody on the machine sees it with `ps`. It was not "
        "copied: put it into the file of the secret that the policy names");
  }
}

void read_mysql_names(const ScriptCommand& command,
                      const Arguments& all,
                      TakeoverDatabases& into,
                      Takeover& takeover) {
  if (all.has("--all-databases") || all.has("-A")) {
    into.all = true;
    takeover.note(
        command.line, NoteKind::Unsafe,
        "dumps the `mysql` schema as tables: on a Galera cluster its restore takes the accounts "
        "of the other nodes. Here accounts and grants are kept as statements");
    return;
  }
  if (all.has("--databases") || all.has("-B")) {
    for (const ShellWord& word : all.plain) {
      add_name(command, word, into, takeover);
    }
  } else if (!all.plain.empty()) {
    // what follows the first one are tables, unless a loop runs the command for each
    for (std::size_t at = 0; at < all.plain.size() && (at == 0 || all.plain[at].listed); ++at) {
      add_name(command, all.plain[at], into, takeover);
    }
  } else {
    into.all = true;
  }
}

bool read_mysqldump(const ScriptCommand& command, Takeover& takeover) {
  // `-p` takes a value only in one word; told_apart() would take the next one.
  std::vector<ShellWord> words = command.words;
  for (ShellWord& word : words) {
    word.text = word.text == "-p" ? "--password" : word.text;
  }
  const Arguments all = told_apart(words, "uhPSpr",
                                   {"--user", "--host", "--port", "--socket", "--result-file",
                                    "--defaults-file", "--defaults-extra-file", "--ignore-table"});
  TakeoverDatabases& into = databases_of(
      TakeoverServer::Mariadb, place_of(command, all, TakeoverServer::Mariadb, takeover), takeover);
  into.has_login = into.has_login || all.has("-u") || all.has("--user") ||
                   all.has("--defaults-file") || all.has("--defaults-extra-file");
  note_mysql_password(command, all, takeover);
  note_pipe(command, "dump", takeover);
  ScriptCommand written = command;
  for (const char* option : {"-r", "--result-file"}) {
    written.output = all.value(option) != nullptr ? all.value(option)->text : written.output;
  }
  note_output(written, takeover);
  if (!all.has("--single-transaction")) {
    takeover.note(
        command.line, NoteKind::Unsafe,
        "without `--single-transaction` each database is of another moment, and writers wait. "
        "Here all databases of a server are of one instant");
  }
  if (!all.has("--routines") && !all.has("-R")) {
    takeover.note(
        command.line, NoteKind::Unsafe,
        "without `--routines --events` procedures, functions and events are not dumped. Here they "
        "are");
  }
  note_narrower(command, all, {"--ignore-table", "--where", "-w", "--no-data", "-d", "--tables"},
                takeover);
  if (all.has("--force") || all.has("-f")) {
    takeover.note(command.line, NoteKind::Unsafe, "`--force` goes on after errors and looks whole");
  }
  read_mysql_names(command, all, into, takeover);
  return true;
}

bool read_pg_dump(const ScriptCommand& command, Takeover& takeover) {
  const Arguments all = told_apart(
      command.words, "UhpdfFjnNtTEZ",
      {"--username", "--host", "--port", "--dbname", "--file", "--format", "--jobs", "--schema",
       "--table", "--exclude-table", "--exclude-schema", "--exclude-table-data", "--compress"});
  TakeoverDatabases& into =
      databases_of(TakeoverServer::Postgresql,
                   place_of(command, all, TakeoverServer::Postgresql, takeover), takeover);
  into.has_login = into.has_login || !into.address.empty();
  note_pipe(command, "dump", takeover);
  note_output(command, takeover);
  note_narrower(command, all,
                {"-t", "--table", "-T", "--exclude-table", "-n", "--schema", "-N",
                 "--exclude-schema", "-s", "--schema-only", "--exclude-table-data"},
                takeover);
  const ShellWord* name = all.value("-d") != nullptr ? all.value("-d") : all.value("--dbname");
  if (command.program == "pg_dumpall") {
    into.all = true;
  } else if (name != nullptr || !all.plain.empty()) {
    add_name(command, name != nullptr ? *name : all.plain.front(), into, takeover);
    takeover.note(command.line, NoteKind::Unsafe,
                  "dumps no roles and grants of the server: a restore on a new one fails. Here "
                  "they are kept");
  } else {
    into.all = true;
  }
  return true;
}

bool read_sqlite(const ScriptCommand& command, Takeover& takeover) {
  const Arguments all = told_apart(command.words, "", {"-cmd", "-init"});
  if (all.plain.size() < 2 || (all.plain[1].text.find(".backup") == std::string::npos &&
                               all.plain[1].text.find(".dump") == std::string::npos)) {
    return false;
  }
  const std::string path = script_path(all.plain.front());
  if (path.empty()) {
    return false;
  }
  takeover.sqlite_files.push_back(path);
  note_pipe(command, "dump", takeover);
  return true;
}

// `tail -n +8 | xargs rm` and `head -n -7 | xargs rm`: so many of the newest stay.
bool read_count(const ScriptCommand& command, Takeover& takeover) {
  const Arguments all = told_apart(command.words, "n");
  const ShellWord* word = all.value("-n");
  const std::string number = word == nullptr ? "" : word->text;
  const bool is_tail = command.program == "tail";
  std::int64_t count = 0;
  if (!command.removes || !number.starts_with(is_tail ? '+' : '-')) {
    return command.reads;
  }
  std::from_chars(number.data() + 1, number.data() + number.size(), count);
  count -= is_tail ? 1 : 0;
  if (count < 1 || count > 36'500) {
    return false;
  }
  if (takeover.keep.empty()) {
    takeover.keep.emplace_back("last", count);
  }
  takeover.note(
      command.line, NoteKind::Unsafe,
      fmt::format("deletes all but the newest {}, whole or not: as many failed runs, and the "
                  "last good one is gone. Here only what was verified counts",
                  count));
  return true;
}

// `find DIR -ctime +7 -delete`
bool read_find(const ScriptCommand& command, Takeover& takeover) {
  std::int64_t days = 0;
  bool deletes = command.removes;
  bool exactly = true;  // without an age it deletes by name
  for (std::size_t at = 0; at < command.words.size(); ++at) {
    const std::string& text = command.words[at].text;
    if ((text == "-ctime" || text == "-mtime" || text == "-mmin" || text == "-cmin") &&
        at + 1 < command.words.size()) {
      const std::string& age = command.words[at + 1].text;
      const std::size_t sign = age.starts_with('+') ? 1 : 0;
      exactly = sign == 0;
      std::from_chars(age.data() + sign, age.data() + age.size(), days);
      days = text.ends_with("min") ? days / 1440 : days;
    }
    deletes = deletes || text == "-delete" || text == "rm" || text == "/bin/rm";
  }
  if (deletes && days == 0 && !exactly) {
    takeover.note(command.line, NoteKind::Unsafe,
                  "deletes what is older than a day or less: a night without a run, and nothing is "
                  "left");
    return true;
  }
  if (!deletes || days < 1 || days > 36'500) {
    return false;
  }
  if (!command.words.empty() && takeover.directory.empty()) {
    takeover.directory = script_path(command.words.front());
  }
  if (takeover.keep.empty()) {
    takeover.keep.emplace_back("daily", days);
  }
  if (exactly) {
    takeover.note(
        command.line, NoteKind::Unsafe,
        fmt::format("deletes only what is exactly {} days old: what a night without a run "
                    "leaves behind stays for ever. `+{}` was meant",
                    days, days));
  }
  takeover.note(
      command.line, NoteKind::Unsafe,
      fmt::format("deletes by age alone: after {} days of failed dumps the last good one is gone. "
                  "Here {} days *with* a backup stay, and never fewer than three",
                  days + 1, days));
  return true;
}

void take_exclude(const ScriptCommand& command, const ShellWord& word, Takeover& takeover) {
  const std::string path = script_path(word);
  if (path.empty() || word.glob) {
    takeover.note(command.line, NoteKind::NotTaken,
                  "an `--exclude` by name or pattern: say it as `except /PATH because \"…\"`");
  } else {
    takeover.excepts.emplace_back(path, "left out by the script, too");
  }
}

bool read_tar(const ScriptCommand& command, Takeover& takeover) {
  std::vector<ShellWord> words = command.words;
  if (!words.empty() && !words.front().text.starts_with('-')) {
    words.front().text.insert(0, "-");  // the old form: `tar czf FILE …`
  }
  const Arguments all = told_apart(
      words, "fCTX", {"--file", "--directory", "--exclude", "--files-from", "--exclude-from"});
  if (!all.has("-c") && !all.has("--create")) {
    return false;
  }
  const ShellWord* base = all.value("-C") != nullptr ? all.value("-C") : all.value("--directory");
  for (ShellWord word : all.plain) {
    if (base != nullptr && base->is_known() && !word.text.starts_with('/')) {
      word.text = word.text == "." ? base->text : base->text + "/" + word.text;
    }
    take_path(command, word, takeover);
  }
  for (const auto& [option, value] : all.options) {
    if (option == "--exclude") {
      take_exclude(command, value, takeover);
    }
  }
  note_lists(command, all, {"-T", "--files-from"}, {"-X", "--exclude-from"}, takeover);
  const ShellWord* file = all.value("-f") != nullptr ? all.value("-f") : all.value("--file");
  ScriptCommand written = command;
  written.output = file != nullptr && file->text != "-" ? file->text : command.output;
  note_pipe(command, "archive", takeover);
  note_output(written, takeover);
  return true;
}

bool is_remote(const std::string& text) {
  const auto colon = text.find(':');
  return colon != std::string::npos && colon > 0 &&
         text.substr(0, colon).find('/') == std::string::npos;
}

void take_remote(const ScriptCommand& command, const ShellWord& word, Takeover& takeover) {
  if (lang::find_secret_in_address(word.text)) {
    takeover.note(command.line, NoteKind::Secret,
                  "a password stands in the address that is copied to");
  } else if (word.is_known() && !word.text.starts_with("rsync:")) {
    takeover.remotes.push_back(word.text);
    takeover.note(
        command.line, NoteKind::NotTaken,
        "the copy to another machine stands in the policy with marks before it: a key that may "
        "not delete has to be set up there");
  } else {
    takeover.note(command.line, NoteKind::NotUnderstood,
                  "a copy to a place that the script makes up");
  }
}

bool read_copy(const ScriptCommand& command, Takeover& takeover) {
  const bool is_rsync = command.program == "rsync";
  const Arguments all =
      told_apart(command.words,
                 is_rsync                   ? "eTBf"
                 : command.program == "scp" ? "PiFoS"
                                            : "tS",
                 {"--rsh", "--exclude", "--include", "--bwlimit", "--exclude-from", "--filter",
                  "--link-dest", "--files-from", "--include-from", "--backup-dir", "--log-file"});
  if (all.plain.size() < 2) {
    return false;
  }
  const ShellWord& to = all.plain.back();
  for (std::size_t at = 0; at + 1 < all.plain.size(); ++at) {
    const std::string path = script_path(all.plain[at]);
    const bool of_backups =
        !takeover.directory.empty() && !path.empty() && lies_in(path, takeover.directory);
    if (is_remote(all.plain[at].text)) {
      takeover.note(
          command.line, NoteKind::NotTaken,
          "it fetches from another machine, which has a policy of its own: `backstay init` there");
    } else if (!of_backups) {
      take_path(command, all.plain[at], takeover);
    }
  }
  if (is_rsync) {
    note_lists(command, all, {"--files-from"},
               {"--exclude-from", "--include-from", "--filter", "-f", "-F", "-C", "--include"},
               takeover);
  }
  for (const auto& [option, value] : all.options) {
    if (option == "--exclude") {
      take_exclude(command, value, takeover);
    }
  }
  if (is_remote(to.text)) {
    take_remote(command, to, takeover);
  } else if (!all.has("--link-dest")) {
    takeover.note(
        command.line, NoteKind::Unsafe,
        "one copy, written over in place: a file that is damaged or deleted today is gone from "
        "the backup tomorrow. Here each run is a snapshot");
  }
  if (all.has("--delete")) {
    takeover.note(command.line, NoteKind::Unsafe,
                  "`--delete` takes from the copy what was lost here");
  }
  note_pipe(command, "copy", takeover);
  return true;
}

bool read_units(const ScriptCommand& command, Takeover& takeover) {
  takeover.note(
      command.line, NoteKind::NotTaken,
      "stops or starts a service: say `units …` and `quiesce stop` in the service; an aborted run "
      "starts it again, which the script does not");
  return true;
}

constexpr std::string_view kSshLetters = "bcDEeFIiJLlmOopQRSWw";

// `… | ssh HOST 'cat > FILE'`: what arrives there is a copy elsewhere.
bool read_ssh(const ScriptCommand& command, Takeover& takeover) {
  std::size_t at = 0;
  while (at < command.words.size() && command.words[at].text.starts_with('-')) {
    const std::string& option = command.words[at].text;
    at += option.size() == 2 && kSshLetters.find(option[1]) != std::string_view::npos ? 2 : 1;
  }
  if (at >= command.words.size()) {
    return false;
  }
  if (!command.reads) {
    takeover.note(
        command.line, NoteKind::NotTaken,
        "it runs on another machine, which has a policy of its own: `backstay init` there");
    return true;
  }
  takeover.leaves = true;
  takeover.note(
      command.line, NoteKind::Unsafe,
      "nobody compares what arrives on the other machine with what was sent: a line that is "
      "cut leaves half of it there under its final name. Here a copy counts when it was "
      "read back");
  std::string far;
  for (std::size_t word = at + 1; word < command.words.size(); ++word) {
    far += command.words[word].text + " ";
  }
  for (const char* sign : {">", "of=", "tee "}) {
    const auto found = far.rfind(sign);
    const auto begin = found == std::string::npos
                           ? found
                           : far.find_first_not_of(' ', found + std::string_view(sign).size());
    const std::string file =
        begin == std::string::npos ? "" : far.substr(begin, far.find(' ', begin) - begin);
    const auto slash = file.substr(0, file.find(kUnknown)).rfind('/');
    if (slash != std::string::npos && slash > 0 && file.starts_with('/')) {
      const std::string directory = file.substr(0, slash);
      const std::string remote = command.words[at].text + ":" + directory;
      const auto& known = takeover.remotes;
      const bool sound = !script_path({directory}).empty() && command.words[at].is_known() &&
                         is_tellable(remote) && !lang::find_secret_in_text(remote);
      if (sound && std::find(known.begin(), known.end(), remote) == known.end()) {
        take_remote(command, {remote}, takeover);
      }
      return true;
    }
  }
  takeover.note(command.line, NoteKind::NotTaken,
                "a copy on another machine: say it as a `target` with `rsync`");
  return true;
}

// `docker exec -i NAME mysqldump …`
bool read_container(const ScriptCommand& command, Takeover& takeover) {
  const auto& words = command.words;
  if (words.empty() || words.front().text != "exec") {
    return false;
  }
  std::size_t at = 1;
  while (at < words.size() && words[at].text.starts_with('-')) {
    const std::string& option = words[at].text;
    const bool with_value = option == "-e" || option == "-u" || option == "-w" ||
                            option == "--env" || option == "--user" || option == "--workdir";
    const std::string setting = with_value && at + 1 < words.size() ? words[at + 1].text : option;
    if (setting.find("PASSWORD") != std::string::npos ||
        setting.find("_PWD") != std::string::npos) {
      takeover.note(command.line, NoteKind::Secret,
                    "a password is an argument: everybody on the machine sees it with `ps`. It was "
                    "not copied: put it into the file of the secret that the policy names");
    }
    at += with_value ? 2 : 1;
  }
  if (at + 1 >= words.size()) {
    return false;
  }
  const std::string& program = words[at + 1].text;
  ScriptCommand inside = command;
  inside.program = program.substr(program.rfind('/') + 1);
  inside.words.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 2, words.end());
  if (inside.program != "mysqldump" && inside.program != "mariadb-dump" &&
      inside.program != "pg_dump" && inside.program != "pg_dumpall") {
    return false;
  }
  takeover.note(
      command.line, NoteKind::Taken,
      "the server is in a container: say by which `address` and `port`, or by which socket, "
      "this machine reaches it");
  return read_script_command(inside, takeover);
}

// Programs that keep or send backups by themselves.
bool read_other_tool(const ScriptCommand& command, Takeover& takeover) {
  const std::string& program = command.program;
  const Arguments all =
      told_apart(command.words, program == "borg" ? "eC" : "rpoe",
                 {"--repo", "--password-file", "--exclude", "--iexclude", "--exclude-file",
                  "--exclude-from", "--files-from", "--patterns-from", "--pattern", "--compression",
                  "--comment", "--tag", "--host", "--exclude-if-present", "--password-command"});
  const std::string verb = all.plain.empty() ? "" : all.plain.front().text;
  const bool is_backup =
      (program == "restic" && verb == "backup") || (program == "borg" && verb == "create");
  if (is_backup) {
    for (std::size_t at = program == "borg" ? 2 : 1; at < all.plain.size(); ++at) {
      take_path(command, all.plain[at], takeover);
    }
    for (const auto& [option, value] : all.options) {
      if (option == "-e" || option == "--exclude" || option == "--iexclude") {
        take_exclude(command, value, takeover);
      }
    }
    note_lists(command, all, {"--files-from", "--patterns-from", "--pattern"},
               {"--exclude-file", "--exclude-from", "--exclude-if-present", "--exclude-caches"},
               takeover);
  }
  takeover.leaves = true;
  takeover.note(
      command.line, NoteKind::NotTaken,
      fmt::format("`{}`: what it wrote stays as it is; say where copies go as a `target` with "
                  "`rclone`, `restic` or `rsync`",
                  program));
  return true;
}

// `gzip -c FILE > COPY`, `cat FILE | ssh …`: a copy of a file. At the end of a pipe compressors say
// nothing, for the store compresses; and what they compress in its place is no copy.
void read_filter(const ScriptCommand& command, Takeover& takeover) {
  const Arguments all =
      told_apart(command.words, command.program == "cat" ? "" : "oTSDM", {"--threads"});
  const bool copies = !command.output.empty() || command.piped || all.has("-o");
  if (command.reads || !copies || command.output.starts_with("/dev/")) {
    return;
  }
  for (const ShellWord& word : all.plain) {
    const std::string before = word.text.substr(0, word.text.find(kUnknown));
    const bool of_backups = !takeover.directory.empty() && before.starts_with('/') &&
                            lies_in(before.substr(0, before.rfind('/')), takeover.directory);
    const bool of_kernel =
        before.starts_with("/proc/") || before.starts_with("/sys/") || before.starts_with("/dev/");
    if (!of_backups && !of_kernel && !word.text.starts_with('<')) {
      take_path(command, word, takeover);
    }
  }
}

}  // namespace

std::string script_path(const ShellWord& word) {
  const std::string path = lang::normalized_path(word.text);
  const bool sound = word.is_known() && word.text.starts_with('/') &&
                     !lang::has_parent_segment(path) && is_tellable(path) && path.size() < 4096 &&
                     std::none_of(path.begin(), path.end(),
                                  [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  return sound && !lang::find_secret_in_text(path) ? path : "";
}

bool read_script_command(const ScriptCommand& command, Takeover& takeover) {
  const std::string& program = command.program;
  if (program == "mysqldump" || program == "mariadb-dump") {
    return read_mysqldump(command, takeover);
  }
  if (program == "pg_dump" || program == "pg_dumpall") {
    return read_pg_dump(command, takeover);
  }
  if (program == "sqlite3") {
    return read_sqlite(command, takeover);
  }
  if (program == "find") {
    return read_find(command, takeover);
  }
  if (program == "tar") {
    return read_tar(command, takeover);
  }
  if (program == "cp" || program == "rsync" || program == "scp") {
    return read_copy(command, takeover);
  }
  if (program == "systemctl" || program == "service") {
    return read_units(command, takeover);
  }
  if (program == "mariabackup" || program == "mariadb-backup" || program == "xtrabackup") {
    databases_of(TakeoverServer::Mariadb, {}, takeover).all = true;
    takeover.note(
        command.line, NoteKind::Taken,
        "a physical copy of the server; here its databases are dumped, each to be restored "
        "alone, unless the server says `method physical`");
    return true;
  }
  if (program == "ssh") {
    return read_ssh(command, takeover);
  }
  if (program == "docker" || program == "podman") {
    return read_container(command, takeover);
  }
  if (program == "tail" || program == "head") {
    return read_count(command, takeover);
  }
  if (program == "aws" || program == "s3cmd" || program == "swift" || program == "rclone" ||
      program == "restic" || program == "borg") {
    return read_other_tool(command, takeover);
  }
  if (program == "ls" || (program == "xargs" && command.reads)) {
    return program == "ls" ||
           std::any_of(command.words.begin(), command.words.end(), [](const ShellWord& word) {
             return word.text == "rm" || word.text == "/bin/rm";
           });
  }
  if (program == "gzip" || program == "bzip2" || program == "xz" || program == "zstd" ||
      program == "pigz" || program == "cat") {
    read_filter(command, takeover);
    return true;
  }
  return false;
}

}  // namespace backstay::compiler
