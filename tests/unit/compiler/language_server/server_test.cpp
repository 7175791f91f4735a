#include "compiler/language_server/server.hpp"

#include <nlohmann/json.hpp>
#include <rapidcheck.h>

#include "tests/unit/compiler/language_server/fixture.hpp"

using namespace backstay;
using namespace backstay::compiler::lsp;
using nlohmann::json;

namespace {

struct Talk {
  Fixture fixture;
  Server server;

  explicit Talk(std::map<std::string, std::string> files = {})
      : fixture(std::move(files)), server(fixture.world(), {.version = "0", .parameters = {}}) {}

  std::vector<json> say(const json& message) {
    server.handle({message.dump(), {}});
    server.settle();
    std::vector<json> answers;
    for (const std::string& answer : server.take_output()) {
      answers.push_back(json::parse(answer));
    }
    return answers;
  }

  json ask(const char* method, const json& params) {
    return say({{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}).at(0);
  }

  std::vector<json> tell(const char* method, const json& params) {
    return say({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
  }
};

json document(const char* text) {
  return {{"textDocument", {{"uri", "file:///w/a.stay"}, {"version", 1}, {"text", text}}}};
}

}  // namespace

TEST_CASE("nothing is answered before the client has said who it is", "[lsp]") {
  Talk talk;
  CHECK(talk.ask("textDocument/hover", {})["error"]["code"] == -32002);
  CHECK(talk.tell("textDocument/didOpen", document("x")).empty());
  CHECK(talk.ask("initialize",
                 {{"capabilities", json::object()}})["result"]["capabilities"]["hoverProvider"] ==
        true);
}

TEST_CASE("what is open is checked once, when no message waits", "[lsp]") {
  Talk talk;
  static_cast<void>(talk.ask("initialize", json::object()));
  talk.server.handle({json{{"jsonrpc", "2.0"},
                           {"method", "textDocument/didOpen"},
                           {"params", document("policy a\n")}}
                          .dump(),
                      {}});
  CHECK(talk.server.take_output().empty());
  const auto published = talk.tell("textDocument/didSave", {});
  REQUIRE(published.size() == 1);
  CHECK(published[0]["params"]["diagnostics"][0]["code"] == "BST0120");
  CHECK(talk.tell("textDocument/didSave", {}).empty());  // nothing new to say
  const auto closed = talk.tell("textDocument/didClose", document(""));
  REQUIRE(closed.size() == 1);
  CHECK(closed[0]["params"]["diagnostics"].empty());
}

TEST_CASE("the server says whether it was shut down before it ended", "[lsp]") {
  Talk talk;
  static_cast<void>(talk.ask("initialize", json::object()));
  CHECK(talk.ask("shutdown", json::object())["result"].is_null());
  CHECK_FALSE(talk.server.has_ended());
  CHECK(talk.tell("exit", {}).empty());
  CHECK(talk.server.has_ended());
  CHECK(talk.server.was_shut_down());
}

TEST_CASE("any text can be asked anything at any place", "[lsp]") {
  CHECK(rc::check("a text in pieces, every request", [] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "language 1\n", "policy p\n", "library l\n", "service s", " from l", " {", "\n", "}",
        "host h", "hosts h[1-3]", "on h[1-2], h", "set a b", "param a name", " = b", "profile l",
        "path /x", "without needs s", "schedule s {\nevery day at 02:30", "zone UTC\n",
        "moved service a -> b", "import \"./b.stay\"", "import linux.sqlite-service", ",", "\"",
        "#", "## d\n", "\u00e4", "7 ", "test \"t\" {", "captures s.a before l"));
    std::string text;
    for (const std::string& piece : pieces) {
      text += piece;
    }
    const auto* const file = *rc::gen::element("/w/a.stay", "/w/a.test.stay");
    Talk talk(std::map<std::string, std::string>{{"/w/b.stay", "language 1\nlibrary b\nsite x\n"}});
    static_cast<void>(talk.ask("initialize", json::object()));
    const std::string uri = std::string("file://") + file;
    static_cast<void>(
        talk.tell("textDocument/didOpen",
                  {{"textDocument", {{"uri", uri}, {"version", 1}, {"text", text}}}}));
    const json place{{"line", *rc::gen::inRange(0, 12)}, {"character", *rc::gen::inRange(0, 20)}};
    for (const char* const method :
         {"hover", "completion", "definition", "references", "rename", "prepareRename", "inlayHint",
          "documentSymbol", "foldingRange", "formatting", "codeAction", "documentHighlight"}) {
      const json answer =
          talk.ask((std::string("textDocument/") + method).c_str(),
                   {{"textDocument", {{"uri", uri}}},
                    {"position", place},
                    {"range", {{"start", {{"line", 0}, {"character", 0}}}, {"end", place}}},
                    {"context", {{"includeDeclaration", true}}},
                    {"newName", "fresh"}});
      RC_LOG() << text << "\n" << method << "\n" << answer.dump();
      const bool refused = answer.contains("error") && answer["error"]["code"] == -32803;
      RC_ASSERT((answer.contains("result") || refused));
    }
  }));
}

TEST_CASE("no message ends the server", "[lsp]") {
  CHECK(rc::check("any JSON of the right shape", [] {
    Talk talk;
    static_cast<void>(talk.ask("initialize", json::object()));
    static_cast<void>(talk.tell("textDocument/didOpen", document("service a {\n  path /b\n")));
    const auto value = [] {
      return *rc::gen::element<json>(
          json(), json(-1), json(3), json(1e300), json("x"), json::array(), json::array({1}),
          json::object(), json{{"line", 1}, {"character", 2}}, json{{"uri", "file:///w/a.stay"}},
          json{{"start", {{"line", 0}, {"character", 0}}},
               {"end", {{"line", 9}, {"character", 9}}}});
    };
    const auto* const method = *rc::gen::element(
        "textDocument/hover", "textDocument/completion", "textDocument/rename",
        "textDocument/codeAction", "textDocument/didChange", "textDocument/inlayHint",
        "textDocument/references", "workspace/didChangeWatchedFiles", "initialize");
    json params = json::object();
    for (const char* const name :
         {"textDocument", "position", "range", "context", "newName", "contentChanges", "changes"}) {
      if (*rc::gen::arbitrary<bool>()) {
        params[name] = value();
      }
    }
    const bool request = *rc::gen::arbitrary<bool>();
    const auto answers =
        request ? std::vector<json>{talk.ask(method, params)} : talk.tell(method, params);
    for (const json& answer : answers) {
      RC_ASSERT(answer["jsonrpc"] == "2.0");
      const bool answered = answer.contains("result") || answer.contains("error");
      RC_ASSERT((!request || answered));
    }
  }));
}
