#include "compiler/language_server/server.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "compiler/language_server/document_uri.hpp"
#include "compiler/language_server/published_findings.hpp"
#include "compiler/language_server/requests.hpp"
#include "compiler/language_server/server_capabilities.hpp"

namespace backstay::compiler::lsp {
namespace {

// ErrorCodes of JSON-RPC and of the protocol.
constexpr int kParseError = -32700;
constexpr int kInvalidRequest = -32600;
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;
constexpr int kNotInitialized = -32002;
constexpr int kRequestFailed = -32803;
constexpr int kInternalError = -32603;

bool is_id(const Json& id) {
  return id.is_number_integer() || id.is_string() || id.is_null();
}

std::string written(const Json& message) {
  return message.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

class Server::Dialogue {
 public:
  Dialogue(World world, ServerOptions options)
      : options_(std::move(options)), conversation_{Workspace(std::move(world))} {
    conversation_.workspace.set_parameters(options_.parameters);
  }

  void handle(const Incoming& incoming) {
    if (!incoming.error.empty()) {
      fail(Json(), kParseError, incoming.error);
      return;
    }
    Json message;
    try {
      message = Json::parse(incoming.content);
    } catch (const Json::exception& wrong) {
      fail(Json(), kParseError, wrong.what());
      return;
    }
    try {
      dispatch(message);
    } catch (const std::exception& bug) {  // the conversation outlives it
      fail(message.is_object() ? message.value("id", Json()) : Json(), kInternalError, bug.what());
    }
  }

  void settle() {
    if (!std::exchange(unsettled_, false)) {
      return;
    }
    try {
      publish_all();
    } catch (const std::exception& bug) {
      complain("publishDiagnostics", bug.what());
    }
  }

  std::vector<std::string> output;
  bool ended = false;
  bool shut_down = false;

 private:
  enum class State { New, Ready, ShutDown };

  void publish_all() {
    std::set<std::string> live;
    for (const std::string& open : conversation_.workspace.open_paths()) {
      for (std::string& path : files_around(conversation_.workspace, open)) {
        const bool test = path.ends_with(".test.stay");
        if (!test || conversation_.workspace.document(path) != nullptr) {
          live.insert(std::move(path));
        }
      }
    }
    for (const std::string& path : live) {
      publish(path, diagnostics_of(conversation_, path));
    }
    for (auto shown = published_.begin(); shown != published_.end();) {
      const std::string path = (shown++)->first;
      if (!live.contains(path)) {
        publish(path, Json::array());
        published_.erase(path);
      }
    }
  }

  // ---- messages

  void dispatch(const Json& message) {
    const bool is_message = message.is_object() && message.value("jsonrpc", Json()) == "2.0";
    const Json id = message.is_object() ? message.value("id", Json()) : Json();
    if (!is_message || !is_id(id)) {
      fail(Json(), kInvalidRequest, "not a message of JSON-RPC 2.0");
      return;
    }
    if (!message.contains("method")) {
      if (!message.contains("result") && !message.contains("error")) {
        fail(id, kInvalidRequest, "neither a request nor an answer");
      }
      return;  // an answer to what we asked: nothing depends on it
    }
    const Json method = message["method"];
    const Json params = message.value("params", Json::object());
    if (!method.is_string()) {
      fail(id, kInvalidRequest, "`method` is no string");
    } else if (message.contains("id")) {
      request(id, method.get<std::string>(), params);
    } else {
      notification(method.get<std::string>(), params);
    }
  }

  void send(Json message) {
    message["jsonrpc"] = "2.0";
    output.push_back(written(message));
  }

  void succeed(const Json& id, Json result) { send({{"id", id}, {"result", std::move(result)}}); }

  void fail(const Json& id, int code, const std::string& message) {
    send({{"id", id}, {"error", {{"code", code}, {"message", message}}}});
  }

  // ---- requests

  void request(const Json& id, const std::string& method, const Json& params) {
    if (method == "initialize") {
      initialize(id, params);
    } else if (state_ == State::New) {
      fail(id, kNotInitialized, "the first request is `initialize`");
    } else if (state_ == State::ShutDown) {
      fail(id, kInvalidRequest, "nothing but `exit` follows `shutdown`");
    } else if (method == "shutdown") {
      state_ = State::ShutDown;
      shut_down = true;
      succeed(id, Json());
    } else {
      answer(id, method, params);
    }
  }

  void answer(const Json& id, const std::string& method, const Json& params) {
    auto result = answer_request(conversation_, method, params);
    if (!result) {
      fail(id, kMethodNotFound, "no method `" + method + "`");
    } else if (*result) {
      succeed(id, std::move(**result));
    } else {
      const Error& error = result->error();
      const std::string hint = error.hint.empty() ? "" : " (" + error.hint + ")";
      fail(id, error.kind == ErrorKind::Usage ? kInvalidParams : kRequestFailed,
           error.message + hint);
    }
  }

  void initialize(const Json& id, const Json& params) {
    if (state_ != State::New) {
      fail(id, kInvalidRequest, "`initialize` comes once");
      return;
    }
    conversation_.client = read_client(params);
    for (const std::string& uri : folders_in(params)) {
      if (const auto folder = path_of_uri(uri)) {
        conversation_.workspace.add_folder(*folder, true);
      }
    }
    add_parameters(params);
    state_ = State::Ready;
    succeed(id, server_capabilities(conversation_.client, options_.version));
  }

  // `initializationOptions.parameters`: values as --set gives them, which win.
  void add_parameters(const Json& params) {
    const Json options =
        params.is_object() ? params.value("initializationOptions", Json()) : Json();
    const Json given = options.is_object() ? options.value("parameters", Json()) : Json();
    std::map<std::string, std::string> parameters = options_.parameters;
    if (given.is_object()) {
      for (const auto& [name, value] : given.items()) {
        parameters.emplace(name, value.is_string() ? value.get<std::string>() : value.dump());
      }
    }
    conversation_.workspace.set_parameters(std::move(parameters));
  }

  // ---- notifications

  void notification(const std::string& method, const Json& params) {
    if (method == "exit") {
      ended = true;
      return;
    }
    if (state_ != State::Ready) {
      return;
    }
    try {
      if (method == "initialized") {
        if (conversation_.client.watches_files) {
          send(watch_request());
        }
      } else if (method == "textDocument/didOpen") {
        did_open(params.at("textDocument"));
      } else if (method == "textDocument/didChange") {
        did_change(params);
      } else if (method == "textDocument/didClose") {
        did_close(params);
      } else if (method == "workspace/didChangeWatchedFiles") {
        files_changed(params.at("changes"));
      }
      unsettled_ = unsettled_ || method.starts_with("textDocument/did") ||
                   method.starts_with("workspace/did");
    } catch (const Json::exception& wrong) {
      complain(method, wrong.what());
    }
  }

  // There is no answer to a notification, so the mistake goes to the client's log.
  void complain(const std::string& method, const std::string& what) {
    constexpr int kWarning = 2;
    send({{"method", "window/logMessage"},
          {"params", {{"type", kWarning}, {"message", "backstay: " + method + ": " + what}}}});
  }

  void did_open(const Json& document) {
    conversation_.workspace.open(conversation_.names.path_of(document.at("uri").get<std::string>()),
                                 document.at("text").get<std::string>(),
                                 document.value("version", std::int64_t{0}));
  }

  void did_change(const Json& params) {
    const Json& named = params.at("textDocument");
    const std::string path = conversation_.names.path_of(named.at("uri").get<std::string>());
    OpenDocument* const open = conversation_.workspace.edit(path);
    if (open == nullptr) {
      complain("textDocument/didChange", "the document is not open");
      return;
    }
    TextDocument document = open->document;  // all changes are made, or none
    const PositionEncoding encoding = conversation_.client.encoding;
    for (const Json& change : params.at("contentChanges")) {
      const std::string text = change.at("text").get<std::string>();
      if (change.contains("range")) {
        const Json& range = change["range"];
        const std::size_t begin = offset_in(document, range.at("start"), encoding);
        document.replace(begin, offset_in(document, range.at("end"), encoding), text);
      } else {
        document = TextDocument(text);
      }
    }
    open->document = std::move(document);
    const Json version = named.value("version", Json());
    open->version = version.is_number_integer() ? version.get<std::int64_t>() : open->version + 1;
    conversation_.workspace.changed(path);
  }

  void did_close(const Json& params) {
    conversation_.workspace.close(
        conversation_.names.path_of(params.at("textDocument").at("uri").get<std::string>()));
  }

  void files_changed(const Json& changes) {
    std::vector<std::string> paths;
    for (const Json& change : changes) {
      if (const auto path = path_of_uri(change.at("uri").get<std::string>())) {
        paths.push_back(*path);
      }
    }
    conversation_.workspace.files_changed(paths);
  }

  // ---- diagnostics

  void publish(const std::string& path, const Json& diagnostics) {
    Json params{{"uri", conversation_.names.uri_of(path)}, {"diagnostics", diagnostics}};
    if (const OpenDocument* const open = conversation_.workspace.document(path)) {
      params["version"] = open->version;
    }
    std::string text = written(params);
    std::string& shown = published_[path];
    const bool nothing_to_say = shown.empty() && diagnostics.empty() && !params.contains("version");
    if (shown != text && !nothing_to_say) {
      shown = std::move(text);
      send({{"method", "textDocument/publishDiagnostics"}, {"params", std::move(params)}});
    }
  }

  ServerOptions options_;
  Conversation conversation_;
  State state_ = State::New;
  bool unsettled_ = false;
  std::map<std::string, std::string> published_;  // path → what was said of it last
};

Server::Server(World world, ServerOptions options)
    : dialogue_(std::make_unique<Dialogue>(std::move(world), std::move(options))) {}

Server::~Server() = default;

void Server::handle(const Incoming& incoming) {
  dialogue_->handle(incoming);
}

void Server::settle() {
  dialogue_->settle();
}

std::vector<std::string> Server::take_output() {
  return std::exchange(dialogue_->output, {});
}

bool Server::has_ended() const {
  return dialogue_->ended;
}

bool Server::was_shut_down() const {
  return dialogue_->shut_down;
}

}  // namespace backstay::compiler::lsp
