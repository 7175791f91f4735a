#include "cli/usage.hpp"

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

}  // namespace

void report_usage(const CLI::App& app, const CLI::ParseError& mistake, Session& session) {
  const CLI::App& verb = deepest(app);
  const std::string help = fmt::format("see `{} --help`", words_to(verb));
  const std::vector<std::string> extras = app.remaining(true);
  if (extras.empty()) {
    std::string message = mistake.what();
    // A name in capitals stays one: `PLAN is required`.
    if (message.size() > 1 && std::isupper(static_cast<unsigned char>(message[1])) == 0) {
      message.front() =
          static_cast<char>(std::tolower(static_cast<unsigned char>(message.front())));
    }
    session.fail(ExitCode::Usage, message, help);
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
