// backstay completion: what a shell needs to complete verbs, options and their values.
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands/commands.hpp"
#include "cli/render/completion_script.hpp"

namespace backstay::cli {

void add_completion(CLI::App& app, Session& session) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* verb = app.add_subcommand("completion", "Print a completion script for a shell");
  verb->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  verb->footer(
      "Examples:\n"
      "  source <(backstay completion bash)\n"
      "  backstay completion zsh > ~/.zfunc/_backstay   (a directory of $fpath)\n"
      "  backstay completion fish > ~/.config/fish/completions/backstay.fish");
  verb->callback([shell, &app, &session] {
    const auto verbs = completion_verbs(app);
    session.print(*shell == "bash"  ? bash_completion(verbs)
                  : *shell == "zsh" ? zsh_completion(verbs)
                                    : fish_completion(verbs));
  });
}

}  // namespace backstay::cli
