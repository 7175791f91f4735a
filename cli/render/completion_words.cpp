#include "cli/render/completion_words.hpp"

#include <CLI/CLI.hpp>

namespace backstay::cli {
namespace {

/// The words of `TEXT:{auto,always,never}`, which is how CLI11 describes a closed choice.
std::vector<std::string> choices_of(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  const auto open = type.find('{');
  const auto close = type.rfind('}');
  std::vector<std::string> choices;
  if (open == std::string::npos || close == std::string::npos || close < open) {
    return choices;
  }
  for (auto begin = open + 1; begin < close;) {
    const auto end = std::min(type.find(',', begin), close);
    choices.push_back(type.substr(begin, end - begin));
    begin = end + 1;
  }
  return choices;
}

std::string one_line(std::string text) {
  for (char& letter : text) {
    if (letter == '\n') {
      letter = ' ';
    }
  }
  return text;
}

CompletionOption option_of(const CLI::Option& option) {
  CompletionOption found{.names = {},
                         .description = one_line(option.get_description()),
                         .takes_value = option.get_items_expected_max() > 0,
                         .choices = choices_of(option)};
  for (const std::string& name : option.get_snames()) {
    found.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    found.names.push_back("--" + name);
  }
  return found;
}

std::size_t add_verb(const CLI::App& app,
                     const std::string& words,
                     const std::vector<CompletionOption>& above,
                     std::vector<CompletionVerb>& verbs) {
  const std::size_t place = verbs.size();
  verbs.push_back({.words = words,
                   .description = one_line(app.get_description()),
                   .options = {},
                   .choices = {},
                   .verbs = {}});
  std::vector<CompletionOption> options;
  std::vector<CompletionOption> inherited = above;
  for (const CLI::Option* option : app.get_options()) {
    CompletionOption found = option_of(*option);
    if (found.names.empty()) {
      auto& choices = verbs[place].choices;
      choices.insert(choices.end(), found.choices.begin(), found.choices.end());
    } else {
      options.push_back(found);
      if (option != app.get_help_ptr()) {
        inherited.push_back(std::move(found));
      }
    }
  }
  options.insert(options.end(), above.begin(), above.end());
  verbs[place].options = std::move(options);
  for (const CLI::App* below : app.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string name = below->get_name();
    const std::size_t child =
        add_verb(*below, words.empty() ? name : words + " " + name, inherited, verbs);
    verbs[place].verbs.push_back(child);
  }
  return place;
}

}  // namespace

std::vector<CompletionVerb> completion_verbs(const CLI::App& app) {
  std::vector<CompletionVerb> verbs;
  add_verb(app, "", {}, verbs);
  return verbs;
}

}  // namespace backstay::cli
