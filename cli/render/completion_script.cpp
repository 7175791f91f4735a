#include "cli/render/completion_script.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace backstay::cli {
namespace {

/// Last word of `schedule install`.
std::string last_word(const CompletionVerb& verb) {
  return verb.words.substr(verb.words.rfind(' ') + 1);
}

/// In single quotes, for every one of the three shells.
std::string quoted(const std::string& text, bool fish = false) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'') {
      result += fish ? "\\'" : "'\\''";
    } else if (fish && letter == '\\') {
      result += "\\\\";
    } else {
      result += letter;
    }
  }
  return result + "'";
}

/// `description`, as it stands after the colon of an item of zsh's _describe.
std::string zsh_item(const std::string& name, const std::string& description) {
  std::string text;
  for (const char letter : name) {
    if (letter == ':') {
      text += '\\';
    }
    text += letter;
  }
  return quoted(text + ":" + description);
}

/// `"" install"|"schedule install"`: patterns of a verb and the word after it.
std::string known_steps(const std::vector<CompletionVerb>& verbs) {
  std::vector<std::string> steps;
  for (const CompletionVerb& verb : verbs) {
    for (const std::size_t below : verb.verbs) {
      steps.push_back(fmt::format("\"{} {}\"", verb.words, last_word(verbs[below])));
    }
  }
  return fmt::format("{}", fmt::join(steps, " | "));
}

/// What comes after options whose values are known, a line of a `case` each.
std::string value_cases(const std::vector<CompletionVerb>& verbs, const std::string& command) {
  std::string text;
  for (const CompletionVerb& verb : verbs) {
    for (const CompletionOption& option : verb.options) {
      if (!option.takes_value) {
        continue;
      }
      std::vector<std::string> patterns;
      for (const std::string& name : option.names) {
        patterns.push_back(fmt::format("\"{} {}\"", verb.words, name));
      }
      const std::string then = option.choices.empty() ? std::string("_files_of_backstay")
                                                      : fmt::format(fmt::runtime(command),
                                                                    fmt::join(option.choices, " "));
      text += fmt::format("    {}) {}; return ;;\n", fmt::join(patterns, " | "), then);
    }
  }
  return text;
}

std::vector<std::string> option_names(const CompletionVerb& verb) {
  std::vector<std::string> names;
  for (const CompletionOption& option : verb.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return names;
}

std::vector<std::string> next_words(const std::vector<CompletionVerb>& verbs,
                                    const CompletionVerb& verb) {
  std::vector<std::string> words = verb.choices;
  for (const std::size_t below : verb.verbs) {
    words.push_back(last_word(verbs[below]));
  }
  return words;
}

constexpr const char* kBash =
    R"sh(# Completion of backstay for bash. Written by `backstay completion bash`.
_backstay() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} previous= verb= index
  if ((COMP_CWORD > 0)); then previous=${{COMP_WORDS[COMP_CWORD - 1]}}; fi
  for ((index = 1; index < COMP_CWORD; index++)); do
    case "$verb ${{COMP_WORDS[index]}}" in
    {steps})
      verb="${{verb:+$verb }}${{COMP_WORDS[index]}}" ;;
    esac
  done
  COMPREPLY=()
  _files_of_backstay() {{ :; }}  # bash itself names files where nothing else is offered
  case "$verb $previous" in
{values}  esac
  if [[ $word == -* ]]; then
    case "$verb" in
{options}    esac
  else
    case "$verb" in
{words}    esac
  fi
}}
complete -o default -F _backstay backstay
)sh";

constexpr const char* kZsh = R"sh(#compdef backstay
# Completion of backstay for zsh. Written by `backstay completion zsh`.
_backstay() {{
  local verb= index
  local -a items
  for ((index = 2; index < CURRENT; index++)); do
    case "$verb ${{words[index]}}" in
    {steps})
      verb="${{verb:+$verb }}${{words[index]}}" ;;
    esac
  done
  _files_of_backstay() {{ _files }}
  case "$verb ${{words[CURRENT - 1]}}" in
{values}  esac
  if [[ ${{words[CURRENT]}} == -* ]]; then
    case "$verb" in
{options}    esac
    _describe -o option items
  else
    case "$verb" in
{words}    *) _files; return ;;
    esac
    _describe word items
  fi
}}
_backstay "$@"
)sh";

constexpr const char* kFish =
    R"sh(# Completion of backstay for fish. Written by `backstay completion fish`.
function __backstay_verb
    set -l verb
    for word in (commandline -opc)[2..-1]
        switch "$verb $word"
            case {steps}
                set verb (string trim -- "$verb $word")
        end
    end
    echo -- "$verb"
end
function __backstay_at
    test (__backstay_verb) = "$argv[1]"
end
)sh";

}  // namespace

std::string bash_completion(const std::vector<CompletionVerb>& verbs) {
  std::string options;
  std::string words;
  for (const CompletionVerb& verb : verbs) {
    options += fmt::format("    \"{}\") COMPREPLY=($(compgen -W \"{}\" -- \"$word\")) ;;\n",
                           verb.words, fmt::join(option_names(verb), " "));
    if (const auto next = next_words(verbs, verb); !next.empty()) {
      words += fmt::format("    \"{}\") COMPREPLY=($(compgen -W \"{}\" -- \"$word\")) ;;\n",
                           verb.words, fmt::join(next, " "));
    }
  }
  return fmt::format(
      kBash, fmt::arg("steps", known_steps(verbs)),
      fmt::arg("values", value_cases(verbs, "COMPREPLY=($(compgen -W \"{}\" -- \"$word\"))")),
      fmt::arg("options", options), fmt::arg("words", words));
}

std::string zsh_completion(const std::vector<CompletionVerb>& verbs) {
  std::string options;
  std::string words;
  for (const CompletionVerb& verb : verbs) {
    std::string items;
    for (const CompletionOption& option : verb.options) {
      for (const std::string& name : option.names) {
        items += " " + zsh_item(name, option.description);
      }
    }
    options += fmt::format("    \"{}\") items=({} ) ;;\n", verb.words, items);
    items.clear();
    for (const std::string& choice : verb.choices) {
      items += " " + quoted(choice);
    }
    for (const std::size_t below : verb.verbs) {
      items += " " + zsh_item(last_word(verbs[below]), verbs[below].description);
    }
    if (!items.empty()) {
      words += fmt::format("    \"{}\") items=({} ) ;;\n", verb.words, items);
    }
  }
  return fmt::format(kZsh, fmt::arg("steps", known_steps(verbs)),
                     fmt::arg("values", value_cases(verbs, "compadd -- {}")),
                     fmt::arg("options", options), fmt::arg("words", words));
}

std::string fish_completion(const std::vector<CompletionVerb>& verbs) {
  std::string steps;
  for (const CompletionVerb& verb : verbs) {
    for (const std::size_t below : verb.verbs) {
      steps +=
          fmt::format("{}\"{} {}\"", steps.empty() ? "" : " ", verb.words, last_word(verbs[below]));
    }
  }
  std::string text = fmt::format(kFish, fmt::arg("steps", steps));
  for (const CompletionVerb& verb : verbs) {
    const std::string at =
        fmt::format("complete -c backstay -n '__backstay_at \"{}\"'", verb.words);
    for (const CompletionOption& option : verb.options) {
      text += at;
      for (const std::string& name : option.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      if (option.takes_value) {
        text += " -r";
      }
      if (!option.choices.empty()) {
        text += fmt::format(" -f -a '{}'", fmt::join(option.choices, " "));
      }
      text += " -d " + quoted(option.description, true) + "\n";
    }
    if (!verb.choices.empty()) {
      text += fmt::format("{} -f -a '{}'\n", at, fmt::join(verb.choices, " "));
    }
    for (const std::size_t below : verb.verbs) {
      text += fmt::format("{} -f -a {} -d {}\n", at, last_word(verbs[below]),
                          quoted(verbs[below].description, true));
    }
  }
  return text;
}

}  // namespace backstay::cli
