#include "compiler/language_server/server_capabilities.hpp"

#include <nlohmann/json.hpp>

#include "compiler/language_server/document_uri.hpp"

namespace backstay::compiler::lsp {

Json server_capabilities(const Client& client, const std::string& version) {
  constexpr int kIncremental = 2;  // TextDocumentSyncKind
  return {{"capabilities",
           {{"positionEncoding", client.encoding == PositionEncoding::Utf8 ? "utf-8" : "utf-16"},
            {"textDocumentSync",
             {{"openClose", true}, {"change", kIncremental}, {"save", {{"includeText", false}}}}},
            {"hoverProvider", true},
            {"completionProvider", {{"triggerCharacters", {" ", ","}}}},
            {"definitionProvider", true},
            {"referencesProvider", true},
            {"documentHighlightProvider", true},
            {"documentSymbolProvider", true},
            {"foldingRangeProvider", true},
            {"documentFormattingProvider", true},
            {"codeActionProvider", {{"codeActionKinds", {"quickfix"}}}},
            {"renameProvider", {{"prepareProvider", true}}},
            {"inlayHintProvider", true}}},
          {"serverInfo", {{"name", "backstay"}, {"version", version}}}};
}

Json watch_request() {
  return {{"id", "watch-policies"},
          {"method", "client/registerCapability"},
          {"params",
           {{"registrations",
             {{{"id", "watch-policies"},
               {"method", "workspace/didChangeWatchedFiles"},
               {"registerOptions", {{"watchers", {{{"globPattern", "**/*.stay"}}}}}}}}}}}};
}

std::vector<std::string> folders_in(const Json& params) {
  std::vector<std::string> uris;
  if (!params.is_object()) {
    return uris;
  }
  const Json folders = params.value("workspaceFolders", Json());
  for (const Json& folder : folders.is_array() ? folders : Json::array()) {
    const Json uri = folder.is_object() ? folder.value("uri", Json()) : Json();
    if (uri.is_string()) {
      uris.push_back(uri.get<std::string>());
    }
  }
  const Json root = params.value("rootUri", Json());
  if (uris.empty() && root.is_string()) {
    uris.push_back(root.get<std::string>());
  }
  const Json path = params.value("rootPath", Json());
  if (uris.empty() && path.is_string() && path.get<std::string>().starts_with('/')) {
    uris.push_back(uri_of_path(path.get<std::string>()));
  }
  return uris;
}

}  // namespace backstay::compiler::lsp
