#include "compiler/language_server/client.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "compiler/language_server/document_uri.hpp"

namespace backstay::compiler::lsp {
namespace {

// The member at a JSON pointer, or null; never throws, whatever the client sent.
const Json& member(const Json& of, const char* pointer) {
  static const Json nothing;
  const Json::json_pointer at(pointer);
  return of.contains(at) ? of[at] : nothing;
}

bool is_true(const Json& of, const char* pointer) {
  const Json& value = member(of, pointer);
  return value.is_boolean() && value.get<bool>();
}

bool lists(const Json& of, const char* pointer, const char* word) {
  const Json& value = member(of, pointer);
  return value.is_array() && std::find(value.begin(), value.end(), word) != value.end();
}

}  // namespace

Client read_client(const Json& params) {
  constexpr const char* kDocument = "/capabilities/textDocument/";
  const auto of_document = [&](const char* name) {
    return is_true(params, (std::string(kDocument) + name).c_str());
  };
  Client client;
  if (lists(params, "/capabilities/general/positionEncodings", "utf-8")) {
    client.encoding = PositionEncoding::Utf8;
  }
  client.document_changes =
      is_true(params, "/capabilities/workspace/workspaceEdit/documentChanges");
  client.snippets = of_document("completion/completionItem/snippetSupport");
  client.markdown = lists(params, "/capabilities/textDocument/hover/contentFormat", "markdown");
  client.related_information = of_document("publishDiagnostics/relatedInformation");
  client.nested_symbols = of_document("documentSymbol/hierarchicalDocumentSymbolSupport");
  client.watches_files =
      is_true(params, "/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration");
  return client;
}

std::size_t offset_in(const TextDocument& document,
                      const Json& position,
                      PositionEncoding encoding) {
  const auto count = [&](const char* name) {
    return static_cast<std::size_t>(position.at(name).get<std::uint64_t>());
  };
  return document.offset_of({count("line"), count("character")}, encoding);
}

std::string DocumentNames::path_of(const std::string& uri) {
  auto path = path_of_uri(uri);
  if (!path) {
    std::string name = uri;
    std::replace(name.begin(), name.end(), '/', '|');
    path = std::string(kNoFile) + name;
  }
  uris_.insert_or_assign(*path, uri);
  return *path;
}

std::string DocumentNames::uri_of(const std::string& path) const {
  const auto known = uris_.find(path);
  return known == uris_.end() ? uri_of_path(path) : known->second;
}

const TextDocument& Places::document(const std::string& path) {
  if (const OpenDocument* const open = workspace_.document(path)) {
    return open->document;
  }
  const auto known = texts_.find(path);
  return known != texts_.end() ? known->second
                               : texts_.emplace(path, workspace_.text_of(path)).first->second;
}

Json Places::position(const std::string& path, std::size_t offset) {
  const Position at = document(path).position_of(offset, client_.encoding);
  return {{"line", at.line}, {"character", at.character}};
}

Json Places::range(const FileRange& range) {
  return {{"start", position(range.path, range.begin)}, {"end", position(range.path, range.end)}};
}

Json Places::location(const FileRange& range) {
  if (range.path.starts_with('<') && workspace_.world().show_library) {
    const auto shown =
        workspace_.world().show_library(range.path, workspace_.text_of(range.path).text());
    return {{"uri", uri_of_path(shown.value_or(range.path))}, {"range", this->range(range)}};
  }
  return {{"uri", names_.uri_of(range.path)}, {"range", this->range(range)}};
}

Json Places::edit(const std::vector<FileEdit>& edits) {
  std::map<std::string, Json> by_path;
  for (const FileEdit& one : edits) {
    by_path[one.range.path].push_back({{"range", range(one.range)}, {"newText", one.text}});
  }
  Json changes = Json::object();
  Json versioned = Json::array();
  for (auto& [path, texts] : by_path) {
    const OpenDocument* const open = workspace_.document(path);
    const Json version = open == nullptr ? Json() : Json(open->version);
    const std::string uri = names_.uri_of(path);
    versioned.push_back({{"textDocument", {{"uri", uri}, {"version", version}}}, {"edits", texts}});
    changes[uri] = std::move(texts);
  }
  return client_.document_changes ? Json{{"documentChanges", versioned}}
                                  : Json{{"changes", changes}};
}

std::size_t Places::offset(const std::string& path, const Json& position) {
  return offset_in(document(path), position, client_.encoding);
}

}  // namespace backstay::compiler::lsp
