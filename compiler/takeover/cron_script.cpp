// A shell script, line by line. Variables and loops over written lists are followed; everything
// else that is not a command known to backups is said to be not understood.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>

#include <fmt/format.h>

#include "compiler/takeover/crontab.hpp"
#include "compiler/takeover/script_commands.hpp"
#include "compiler/takeover/shell_words.hpp"
#include "compiler/takeover/takeover.hpp"
#include "lang/base/secret_text.hpp"

namespace backstay::compiler {
namespace {

constexpr std::array<std::string_view, 20> kHarmless = {
    "echo", "printf", "mkdir", "date", "cd",   "umask", "chmod", "chown", "logger", "true",
    ":",    "sleep",  "touch", "exit", "test", "[",     "[[",    "read",  "wait",   "false"};

/// A program that runs another one.
struct Wrapper {
  std::string_view program;
  std::string_view letters;  ///< options whose value is the next word
  int operands;              ///< words of its own before the other program
};

constexpr std::array<Wrapper, 15> kWrappers = {{{"sudo", "ughpCTRD", 0},
                                                {"doas", "uC", 0},
                                                {"runuser", "ugG", 0},
                                                {"nice", "n", 0},
                                                {"ionice", "cnp", 0},
                                                {"chrt", "", 1},
                                                {"env", "uCS", 0},
                                                {"timeout", "ks", 1},
                                                {"flock", "wE", 1},
                                                {"nohup", "", 0},
                                                {"setsid", "", 0},
                                                {"chronic", "", 0},
                                                {"time", "fo", 0},
                                                {"exec", "a", 0},
                                                {"command", "", 0}}};
// Programs that carry out a text: `sh -c TEXT`, `su - USER -c TEXT`.
constexpr std::array<std::string_view, 6> kShells = {"sh", "bash",    "dash",
                                                     "su", "runuser", "flock"};
// What is worth reading where its output is kept in a variable.
constexpr std::array<std::string_view, 10> kDumpers = {
    "mysqldump", "mariadb-dump", "pg_dump", "pg_dumpall", "tar",
    "rsync",     "cp",           "scp",     "restic",     "borg"};
// They say which server is dumped where the command does not.
constexpr std::array<std::string_view, 6> kServerVariables = {
    "PGHOST", "PGPORT", "PGDATABASE", "MYSQL_HOST", "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT"};
// What depends on something: the command behind is read all the same.
constexpr std::array<std::string_view, 4> kConditions = {"if", "elif", "while", "until"};
constexpr std::array<std::string_view, 5> kControl = {"case", "esac", "function", "select", "trap"};

template <typename Words>
bool is_one_of(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const Wrapper* wrapper_of(std::string_view program) {
  const auto* found = std::find_if(kWrappers.begin(), kWrappers.end(),
                                   [&](const Wrapper& each) { return each.program == program; });
  return found == kWrappers.end() ? nullptr : found;
}

// Takes a wrapper with its options and operands from the front.
void unwrap(const Wrapper& wrapper, std::vector<ShellWord>& words) {
  std::size_t at = 1;
  while (at < words.size() && words[at].text.starts_with('-') && words[at].text != "-c") {
    const std::string& option = words[at++].text;
    if (option == "--") {
      break;
    }
    const bool short_one = option.size() == 2 && option[1] != '-';
    at += short_one && wrapper.letters.find(option[1]) != std::string_view::npos ? 1 : 0;
  }
  at += static_cast<std::size_t>(wrapper.operands);
  words.erase(words.begin(),
              words.begin() + static_cast<std::ptrdiff_t>(std::min(at, words.size())));
}

// The text behind `-c`, also as the last letter of several; null: none. Behind more than one
// operand the option is that of another program.
const ShellWord* text_to_run(const std::vector<ShellWord>& words, std::size_t first) {
  std::size_t operands = 0;
  for (std::size_t at = first; at + 1 < words.size() && operands < 2; ++at) {
    const std::string& text = words[at].text;
    const bool letters = text.size() > 1 && text.size() < 5 && text[0] == '-' && text[1] != '-';
    if (text == "--command" || (letters && text.ends_with('c'))) {
      return &words[at + 1];
    }
    operands += text.starts_with('-') ? 0 : 1;
  }
  return nullptr;
}

std::string base_name(const std::string& program) {
  return program.substr(program.rfind('/') + 1);
}

bool is_variable_name(std::string_view text) {
  return !text.empty() && !(text[0] >= '0' && text[0] <= '9') &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

/// What is known while the script is read from its top.
class ScriptReader {
 public:
  explicit ScriptReader(Takeover& takeover) : takeover_(takeover) {}

  void read(std::string_view text) {
    for (const ShellLine& line : shell_lines(text)) {
      if (!in_function_.empty()) {
        read_in_function(line);
      } else if (!begins_function(line)) {
        read_outside(line);
      }
    }
    for (const auto& [name, function] : functions_) {
      if (!function.called) {
        takeover_.note(function.line, NoteKind::NotUnderstood,
                       "a function that nothing calls was not read");
      }
    }
  }

 private:
  struct Function {
    std::size_t line = 0;
    std::vector<ShellLine> lines = {};
    bool called = false;
  };

  void read_in_function(const ShellLine& line) {
    if (line.text == "}") {
      in_function_.clear();
    } else if (line.text != "{") {
      functions_[in_function_].lines.push_back(line);
    }
  }

  // `name() {` or `function name {`; one that is written on one line is read as what it holds.
  bool begins_function(const ShellLine& line) {
    std::string_view text = line.text;
    const bool word = text.starts_with("function ");
    text.remove_prefix(word ? 9 : 0);
    std::size_t end = 0;
    while (end < text.size() && is_variable_name(text.substr(0, end + 1))) {
      ++end;
    }
    const std::string name(text.substr(0, end));
    text.remove_prefix(end);
    std::string rest;
    std::copy_if(text.begin(), text.end(), std::back_inserter(rest),
                 [](char c) { return c != ' ' && c != '\t'; });
    if (name.empty() ||
        !(rest == "(){" || rest == "()" || (word && (rest == "{" || rest.empty())))) {
      return false;
    }
    in_function_ = name;
    functions_[name] = {.line = line.line};
    return true;
  }

  // Its lines with the arguments of the call; a list that a loop goes through is one argument.
  void call(Function& function, const std::vector<ShellWord>& words) {
    constexpr int kDeepest = 8;
    constexpr std::size_t kMostLines = 20'000;
    function.called = true;
    lines_read_ += function.lines.size();
    if (depth_ == kDeepest || lines_read_ > kMostLines) {
      return;
    }
    const ShellVariables before = variables_;
    int number = 0;
    for (std::size_t at = 0; at < words.size(); ++at) {
      auto& values = variables_[std::to_string(++number)] = {words[at].text};
      while (words[at].listed && at + 1 < words.size() && words[at + 1].listed) {
        values.push_back(words[++at].text);
      }
    }
    ++depth_;
    for (const ShellLine& line : std::vector<ShellLine>(function.lines)) {
      read_line(line);
    }
    --depth_;
    for (int one = 1; one <= number; ++one) {
      variables_.erase(std::to_string(one));
    }
    for (const auto& [name, values] : before) {
      variables_.try_emplace(name, values);
    }
  }

  [[nodiscard]] std::size_t taken() const {
    std::size_t count = takeover_.paths.size() + takeover_.sqlite_files.size();
    for (const TakeoverDatabases& each : takeover_.databases) {
      count += 1 + each.names.size();
    }
    return count;
  }

  void read_outside(const ShellLine& line) {
    const auto entry = read_crontab_line(line.text);
    if (!entry) {
      read_line(line);
      return;
    }
    if (entry->cut) {
      takeover_.note(line.line, NoteKind::Unsafe,
                     "cron ends the command at the first `%` that is not written `\\%`: what "
                     "stands behind was never carried out");
    }
    const std::size_t before = taken();
    read_line({.line = line.line, .text = entry->command});
    if (taken() == before) {
      return;
    }
    if (takeover_.schedule.empty() && !entry->schedule.empty()) {
      takeover_.schedule = entry->schedule;
    } else if (takeover_.schedule != entry->schedule) {
      takeover_.note(line.line, NoteKind::NotTaken,
                     "it runs at other times than the schedule of the policy");
    }
  }

  // A text that a shell carries out in its own right.
  void read_text(std::size_t line, const std::string& text) {
    constexpr int kDeepest = 8;
    if (depth_ == kDeepest) {
      takeover_.note(line, NoteKind::NotUnderstood, "shells within shells are not followed so far");
      return;
    }
    ++depth_;
    read_line({.line = line, .text = text});
    --depth_;
  }

  // Dumps whose messages, or whose output, a variable keeps.
  void read_substitutions(const ShellLine& line) {
    for (const std::string& text : shell_substitutions(line.text)) {
      bool whole = true;
      const auto pipelines = shell_pipelines({.line = line.line, .text = text}, variables_, whole);
      const bool dumps =
          std::any_of(pipelines.begin(), pipelines.end(), [](const ShellPipeline& pipeline) {
            return std::any_of(
                pipeline.commands.begin(), pipeline.commands.end(), [](const auto& words) {
                  return std::any_of(words.begin(), words.end(), [](const ShellWord& word) {
                    return is_one_of(kDumpers, base_name(word.text));
                  });
                });
          });
      if (whole && dumps) {
        read_text(line.line, text);
      }
    }
  }

  void read_line(const ShellLine& line) {
    read_substitutions(line);
    bool whole = true;
    const auto pipelines = shell_pipelines(line, variables_, whole);
    if (!whole) {
      takeover_.note(line.line, NoteKind::NotUnderstood,
                     "its quotes do not end on it, or it is too long to follow");
      return;
    }
    // Why before the rest: the variables of one line are seen by its later commands.
    for (std::size_t at = 0; at < pipelines.size(); ++at) {
      bool ignored = true;
      const auto again = at == 0 ? pipelines : shell_pipelines(line, variables_, ignored);
      read_pipeline(again[std::min(at, again.size() - 1)]);
    }
  }

  static bool is_removal(const std::vector<ShellWord>& words) {
    return base_name(words.front().text) == "xargs" &&
           std::any_of(words.begin(), words.end(),
                       [](const ShellWord& word) { return base_name(word.text) == "rm"; });
  }

  void read_pipeline(const ShellPipeline& pipeline) {
    const auto& commands = pipeline.commands;
    for (std::size_t at = 0; at < commands.size(); ++at) {
      ScriptCommand command{.line = pipeline.line,
                            .program = {},
                            .words = commands[at],
                            .output = pipeline.output,
                            .piped = at + 1 < commands.size(),
                            .reads = at > 0,
                            .removes = at + 1 < commands.size() && is_removal(commands[at + 1]),
                            .pipefail = pipefail_,
                            .ignored = pipeline.ignored};
      read_command(command);
    }
  }

  bool read_assignment(std::size_t line, const ShellWord& word) {
    const auto equals = word.text.find('=');
    const std::string name = word.text.substr(0, equals);
    if (equals == std::string::npos || !is_variable_name(name)) {
      return false;
    }
    const std::string value = word.text.substr(equals + 1);
    const bool secret = lang::find_secret_in_setting(name, value).has_value() ||
                        lang::find_secret_in_text(value).has_value();
    if (secret || name == "MYSQL_PWD" || name == "PGPASSWORD") {
      takeover_.note(line, NoteKind::Secret,
                     "a password stands here, readable to whoever can read the script; it was not "
                     "copied: put it into the file of the secret that the policy names");
      variables_[name] = {std::string(1, kUnknown)};
    } else {
      variables_[name] = {value};
    }
    if (is_one_of(kServerVariables, name)) {
      takeover_.note(line, NoteKind::NotTaken,
                     fmt::format("`{}` says which server or database is dumped where a command "
                                 "does not: say it in the policy",
                                 name));
    }
    return true;
  }

  void read_for(const ScriptCommand& command) {
    std::vector<std::string> values;
    bool known = command.words.size() > 2 && command.words[1].text == "in";
    for (std::size_t at = 2; at < command.words.size(); ++at) {
      known = known && command.words[at].is_known() && !command.words[at].glob;
      values.push_back(command.words[at].text);
    }
    if (command.words.empty() || !known) {
      takeover_.note(command.line, NoteKind::NotUnderstood,
                     "a loop over what only the running script knows");
      values = {std::string(1, kUnknown)};
    }
    if (!command.words.empty() && is_variable_name(command.words[0].text)) {
      variables_[command.words[0].text] = values;
    }
  }

  void read_set(const std::vector<ShellWord>& words) {
    pipefail_ = pipefail_ || std::any_of(words.begin(), words.end(), [](const ShellWord& word) {
                  return word.text == "pipefail";
                });
  }

  void note_condition(std::size_t line, const std::string& word) {
    takeover_.note(line, NoteKind::NotUnderstood,
                   fmt::format("`{}`: what depends on it was read as if it always happened", word));
  }

  // Takes assignments, `sudo`, `do` and their like from the front.
  void strip(ScriptCommand& command) {
    auto& words = command.words;
    while (!words.empty()) {
      const std::string first = base_name(words.front().text);
      const Wrapper* wrapper = wrapper_of(first);
      if (wrapper != nullptr && is_one_of(kShells, first) && text_to_run(words, 1) != nullptr) {
        return;
      }
      if (wrapper != nullptr) {
        unwrap(*wrapper, words);
        continue;
      }
      if (is_one_of(kConditions, first)) {
        note_condition(command.line, first);
        words.erase(words.begin());
        continue;
      }
      if (!(first == "do" || first == "{" || first == "(" || first == "!" || first == "then" ||
            first == "else" || read_assignment(command.line, words.front()))) {
        return;
      }
      words.erase(words.begin());
    }
  }

  void read_command(ScriptCommand command) {
    strip(command);
    if (command.words.empty()) {
      return;
    }
    const ShellWord first = command.words.front();
    command.words.erase(command.words.begin());
    command.program = base_name(first.text);
    if (const auto function = functions_.find(first.text); function != functions_.end()) {
      call(function->second, command.words);
    } else if (const ShellWord* text = text_to_run(command.words, 0);
               text != nullptr && is_one_of(kShells, command.program)) {
      read_text(command.line, text->text);
    } else if (command.program == "for") {
      read_for(command);
    } else if (command.program == "set") {
      read_set(command.words);
    } else if (command.program == "export" || command.program == "local" ||
               command.program == "readonly" || command.program == "declare") {
      for (const ShellWord& word : command.words) {
        (void)read_assignment(command.line, word);
      }
    } else if (command.program == "done" || command.program == "}" || command.program == ")" ||
               command.program == "fi" || is_one_of(kHarmless, command.program)) {
      // nothing of a backup
    } else if (is_one_of(kControl, command.program)) {
      note_condition(command.line, command.program);
    } else if (!first.is_known() || !read_script_command(command, takeover_)) {
      const bool tellable = first.is_known() && !lang::find_secret_in_text(command.program) &&
                            command.program.size() <= 40 &&
                            std::all_of(command.program.begin(), command.program.end(),
                                        [](char c) { return c > ' ' && c < 0x7f; });
      takeover_.note(command.line, NoteKind::NotUnderstood,
                     tellable ? fmt::format("`{}` is not known to backups", command.program)
                              : "what it runs only the script itself knows");
    }
  }

  Takeover& takeover_;
  ShellVariables variables_;
  std::map<std::string, Function> functions_;
  std::string in_function_;  ///< whose lines are read; empty: none
  int depth_ = 0;
  std::size_t lines_read_ = 0;  ///< of functions
  bool pipefail_ = false;
};

void note_whole(Takeover& takeover) {
  if (takeover.keep.empty() && !takeover.holds_nothing()) {
    takeover.note(0, NoteKind::Unsafe, "nothing in it removes old backups: the disk fills up");
  }
  if (takeover.remotes.empty() && !takeover.leaves) {
    takeover.note(
        0, NoteKind::Unsafe,
        "nothing that is understood leaves this machine: what burns it burns its backups");
  }
  takeover.note(
      0, NoteKind::Unsafe,
      "nothing in it ever reads a backup again: whether one can be restored is not known. "
      "`backstay verify` and `backstay drill` do that");
}

}  // namespace

Result<Takeover> read_cron_script(const std::string& name, std::string_view text) {
  if (text.size() > kLargestTakeover) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("{} is larger than {} KiB", name, kLargestTakeover >> 10U),
                 .hint = "take the part that makes the backup"};
  }
  if (text.find('\0') != std::string_view::npos) {
    return Error{.kind = ErrorKind::BadInput, .message = name + " is no text: it holds zero bytes"};
  }
  if (std::count(text.begin(), text.end(), '\n') > 5'000) {
    return Error{.kind = ErrorKind::BadInput, .message = name + " has more than 5000 lines"};
  }
  Takeover takeover{.source = name};
  ScriptReader(takeover).read(text);
  drop_empty_servers(takeover);
  note_whole(takeover);
  return takeover;
}

}  // namespace backstay::compiler
