// A shell script, line by line. Variables and loops over written lists are followed; everything
// else that is not a command known to backups is said to be not understood.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/takeover/script_commands.hpp"
#include "compiler/takeover/shell_words.hpp"
#include "compiler/takeover/takeover.hpp"
#include "lang/base/secret_text.hpp"

namespace backstay::compiler {
namespace {

constexpr std::array<std::string_view, 20> kHarmless = {
    "echo", "printf", "mkdir", "date", "cd",   "umask", "chmod", "chown", "logger", "true",
    ":",    "sleep",  "touch", "exit", "test", "[",     "[[",    "read",  "wait",   "false"};
constexpr std::array<std::string_view, 7> kWrappers = {"sudo", "nice", "ionice", "env",
                                                       "time", "exec", "command"};
// What depends on something: the command behind is read all the same.
constexpr std::array<std::string_view, 4> kConditions = {"if", "elif", "while", "until"};
constexpr std::array<std::string_view, 5> kControl = {"case", "esac", "function", "select", "trap"};

template <typename Words>
bool is_one_of(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
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
      bool whole = true;
      const auto pipelines = shell_pipelines(line, variables_, whole);
      if (!whole) {
        takeover_.note(line.line, NoteKind::NotUnderstood,
                       "its quotes do not end on it, or it is too long to follow");
        continue;
      }
      // Why before the rest: the variables of one line are seen by its later commands.
      for (std::size_t at = 0; at < pipelines.size(); ++at) {
        bool ignored = true;
        const auto again = at == 0 ? pipelines : shell_pipelines(line, variables_, ignored);
        read_pipeline(again[std::min(at, again.size() - 1)]);
      }
    }
  }

 private:
  void read_pipeline(const ShellPipeline& pipeline) {
    for (std::size_t at = 0; at < pipeline.commands.size(); ++at) {
      ScriptCommand command{.line = pipeline.line,
                            .program = {},
                            .words = pipeline.commands[at],
                            .output = pipeline.output,
                            .piped = at + 1 < pipeline.commands.size(),
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
      const bool wrapper = is_one_of(kWrappers, first);
      if (is_one_of(kConditions, first)) {
        note_condition(command.line, first);
        words.erase(words.begin());
        continue;
      }
      if (!(first == "do" || first == "{" || first == "(" || first == "!" || first == "then" ||
            first == "else" || wrapper || read_assignment(command.line, words.front()))) {
        return;
      }
      words.erase(words.begin());
      while (wrapper && !words.empty() &&
             (words.front().text.starts_with('-') ||
              words.front().text.find_first_not_of("0123456789") == std::string::npos)) {
        words.erase(words.begin());
      }
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
    if (command.program == "for") {
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
  bool pipefail_ = false;
};

void note_whole(Takeover& takeover) {
  if (takeover.keep.empty() && !takeover.holds_nothing()) {
    takeover.note(0, NoteKind::Unsafe, "nothing in it removes old backups: the disk fills up");
  }
  if (takeover.remotes.empty()) {
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
