// The conversation with an editor: life cycle, documents, requests. Text in, text out: whoever
// carries the bytes stands outside.
//
// Source: Language Server Protocol 3.17; JSON-RPC 2.0. Everything is answered in the order in which
// it came; `$/cancelRequest` is thus of no use and ignored.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/language_server/message_stream.hpp"
#include "compiler/language_server/workspace.hpp"

namespace backstay::compiler::lsp {

/// What the program says of itself and was told.
struct ServerOptions {
  std::string version;
  std::map<std::string, std::string> parameters = {};  ///< of --set
};

/// Not thread-safe.
class Server {
 public:
  Server(World world, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Takes one message in; what it gives waits in take_output().
  void handle(const Incoming& incoming);
  /// Compiles what changed and says what was found. To be called when no message waits, so that
  /// fast typing is not compiled letter by letter.
  void settle();
  /// Messages to send, without their headers.
  [[nodiscard]] std::vector<std::string> take_output();

  /// After `exit`.
  [[nodiscard]] bool has_ended() const;
  /// Whether the client said `shutdown` before it left.
  [[nodiscard]] bool was_shut_down() const;

 private:
  class Dialogue;
  std::unique_ptr<Dialogue> dialogue_;
};

}  // namespace backstay::compiler::lsp
