// backstay lsp: the language server on stdin and stdout.
#include <chrono>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "cli/commands/commands.hpp"
#include "cli/editor_files.hpp"
#include "compiler/language_server/server.hpp"

namespace backstay::cli {
namespace {

namespace lsp = compiler::lsp;

struct LspOptions {
  std::vector<std::string> settings;
  bool stdio = false;
};

// False where nobody reads any more.
bool send(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) {
    const std::string bytes = lsp::framed(message);
    for (std::size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = ::write(STDOUT_FILENO, bytes.data() + sent, bytes.size() - sent);
      if (count < 0 && errno != EINTR) {
        return false;
      }
      sent += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
  }
  return true;
}

void converse(Session& session, lsp::Server& server) {
  lsp::MessageStream stream;
  std::string chunk(std::size_t{64} * 1024, '\0');
  while (!server.has_ended()) {
    while (const auto message = stream.next()) {
      server.handle(*message);
      if (server.has_ended() || !send(server.take_output())) {
        break;
      }
    }
    server.settle();
    if (server.has_ended() || !send(server.take_output())) {
      break;
    }
    const ssize_t count = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (count == 0 || (count < 0 && errno != EINTR)) {
      break;
    }
    stream.append(
        std::string_view(chunk).substr(0, count > 0 ? static_cast<std::size_t>(count) : 0));
  }
  // The protocol: 0 after `shutdown`, else 1.
  session.exit_code = server.was_shut_down() ? ExitCode::Done : ExitCode::RunFailed;
}

void run(Session& session, const LspOptions& options) {
  auto parameters = parse_settings(options.settings);
  if (!parameters) {
    session.fail(parameters.error());
    return;
  }
  lsp::World world{
      .read = compiler::read_source_file,
      .policies_in = policies_in,
      .show_library = show_library,
      .now = [] {
        return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
      }};
  lsp::Server server(std::move(world),
                     {.version = BACKSTAY_VERSION, .parameters = std::move(*parameters)});
  converse(session, server);
}

}  // namespace

void add_lsp(CLI::App& app, Session& session) {
  const auto options = std::make_shared<LspOptions>();
  CLI::App* verb = app.add_subcommand("lsp", "Serve an editor: findings while typing, and more");
  verb->add_option("--set", options->settings, "NAME=VALUE: a parameter of the policies")
      ->allow_extra_args(false);
  verb->add_flag("--stdio", options->stdio, "Speak on stdin and stdout; always so");
  verb->footer(
      "An editor starts this, and speaks the Language Server Protocol 3.17 with it on stdin and\n"
      "stdout. It offers diagnostics, hover, completion, definition, references, rename, "
      "formatting,\n"
      "fixes, inlay hints, symbols and folding. Setting editors up: docs/editors.md\n\n"
      "Example (Neovim):\n"
      "  vim.lsp.start({ name = 'backstay', cmd = { 'backstay', 'lsp' } })");
  verb->callback([options, &session] { run(session, *options); });
}

}  // namespace backstay::cli
