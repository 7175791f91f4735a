#include "cli/usage.hpp"

#include <algorithm>
#include <cctype>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "lang/base/suggest.hpp"

namespace backstay::cli {
namespace {

const CLI::App& deepest(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? app : deepest(*chosen.front());
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* level = &app; level != nullptr; level = level->get_parent()) {
    for (const CLI::Option* option : level->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back("--" + name);
      }
    }
  }
  return names;
}

std::vector<std::string> verb_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(verb->get_name());
  }
  return names;
}

/// `backstay schedule list`.
std::string words_to(const CLI::App& verb) {
  const CLI::App* above = verb.get_parent();
  return above == nullptr ? verb.get_name() : words_to(*above) + " " + verb.get_name();
}

/// What is wrong with the number of values of an option, in words; the library's own for the rest.
std::string describe(const CLI::ParseError& mistake) {
  std::string message = mistake.what();
  const std::string option = message.substr(0, message.find(':'));
  if (mistake.get_name() == "ArgumentMismatch" && option.starts_with("-")) {
    if (message.find("required but received") != std::string::npos)
      return fmt::format("`{}` is given more than once", option);
    if (message.ends_with("missing"))
      return fmt::format("`{}` lacks its value", option);
  }
  // A name in capitals stays one: `PLAN is required`.
  if (message.size() > 1 && std::isupper(static_cast<unsigned char>(message[1])) == 0)
    message.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(message.front())));
  return message;
}

}  // namespace

bool has_no_empty_word(const std::vector<std::string>& words, Session& session) {
  const auto empty = std::find(words.begin(), words.end(), std::string());
  if (empty == words.end())
    return true;
  const bool of_option = empty != words.begin() && (empty - 1)->starts_with("-");
  session.fail(ExitCode::Usage,
               of_option ? fmt::format("`{}` is given an empty value", *(empty - 1))
                         : "an argument is empty",
               "is a variable not set? Give the value, or leave the word out");
  return false;
}

void report_usage(const CLI::App& app, const CLI::ParseError& mistake, Session& session) {
  const CLI::App& verb = deepest(app);
  const std::string help = fmt::format("see `{} --help`", words_to(verb));
  const std::vector<std::string> extras = app.remaining(true);
  if (extras.empty()) {
    session.fail(ExitCode::Usage, describe(mistake), help);
    return;
  }
  const std::string& word = extras.front();
  if (word.starts_with("-")) {
    const std::string guess = did_you_mean(word.substr(0, word.find('=')), option_names(verb));
    session.fail(ExitCode::Usage, fmt::format("unknown option `{}`", word),
                 guess.empty() ? help : guess);
    return;
  }
  const bool takes_verbs = !verb_names(verb).empty();
  const std::string guess = takes_verbs ? did_you_mean(word, verb_names(verb)) : "";
  session.fail(ExitCode::Usage,
               fmt::format("{} `{}`", takes_verbs ? "unknown verb" : "surplus argument", word),
               guess.empty() ? help : guess);
}

}  // namespace backstay::cli
