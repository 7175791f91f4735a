#include "compiler/language_server/requests.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "compiler/language_server/code_actions.hpp"
#include "compiler/language_server/completion.hpp"
#include "compiler/language_server/diagnostic_json.hpp"
#include "compiler/language_server/hover.hpp"
#include "compiler/language_server/inlay_hints.hpp"
#include "compiler/language_server/navigation.hpp"
#include "compiler/language_server/outline.hpp"
#include "lang/format/formatter.hpp"

namespace backstay::compiler::lsp {
namespace {

/// One request: the document that it is about, and its parameters.
struct Request {
  Conversation& conversation;
  const Json& params;
  std::string path;
  Places places;

  Request(Conversation& of, const Json& with)
      : conversation(of),
        params(with),
        path(of.names.path_of(with.at("textDocument").at("uri").get<std::string>())),
        places(of.workspace, of.client, of.names) {}

  [[nodiscard]] Workspace& workspace() const { return conversation.workspace; }

  [[nodiscard]] std::size_t offset() { return places.offset(path, params.at("position")); }
};

// ---- names

Json locations(Request& request, const std::vector<FileRange>& ranges) {
  Json list = Json::array();
  for (const FileRange& range : ranges) {
    list.push_back(request.places.location(range));
  }
  return list;
}

Result<Json> definition(Request& request) {
  return locations(request, definitions(request.workspace(), request.path, request.offset()));
}

Result<Json> find_references(Request& request) {
  const bool with_declaration = request.params.at("context").at("includeDeclaration").get<bool>();
  return locations(
      request, references(request.workspace(), request.path, request.offset(), with_declaration));
}

Result<Json> document_highlight(Request& request) {
  constexpr int kRead = 2;  // DocumentHighlightKind
  constexpr int kWrite = 3;
  Json list = Json::array();
  for (const Highlight& one : highlights(request.workspace(), request.path, request.offset())) {
    list.push_back(
        {{"range", request.places.range(one.range)}, {"kind", one.declaration ? kWrite : kRead}});
  }
  return list;
}

Result<Json> prepare(Request& request) {
  BACKSTAY_ASSIGN(const FileRange range,
                  prepare_rename(request.workspace(), request.path, request.offset()));
  const std::string text = request.workspace().text_of(range.path).text();
  return Json{{"range", request.places.range(range)},
              {"placeholder", text.substr(range.begin, range.end - range.begin)}};
}

Result<Json> rename_symbol(Request& request) {
  BACKSTAY_ASSIGN(const std::vector<FileEdit> edits,
                  rename(request.workspace(), request.path, request.offset(),
                         request.params.at("newName").get<std::string>()));
  return request.places.edit(edits);
}

// ---- what stands there, and what may stand there

// Markdown for a client that shows none: without the fences of its samples.
std::string without_fences(std::string_view markdown) {
  std::string text;
  while (!markdown.empty()) {
    const std::size_t end = std::min(markdown.find('\n'), markdown.size());
    const std::string_view line = markdown.substr(0, end);
    if (!line.starts_with("```")) {
      text.append(line).append("\n");
    }
    markdown.remove_prefix(std::min(end + 1, markdown.size()));
  }
  return text;
}

Result<Json> show_hover(Request& request) {
  const auto found = hover(request.workspace(), request.path, request.offset());
  if (!found) {
    return Json();
  }
  const bool markdown = request.conversation.client.markdown;
  return Json{{"contents",
               {{"kind", markdown ? "markdown" : "plaintext"},
                {"value", markdown ? found->markdown : without_fences(found->markdown)}}},
              {"range", request.places.range(found->range)}};
}

// CompletionItemKind of the protocol.
int kind_number(CompletionKind kind) {
  switch (kind) {
    case CompletionKind::Word:
      return 14;  // Keyword
    case CompletionKind::Literal:
      return 14;
    case CompletionKind::Name:
      return 18;  // Reference
    case CompletionKind::Parameter:
      return 6;  // Variable
    case CompletionKind::Library:
      return 9;  // Module
    case CompletionKind::Type:
      return 25;  // TypeParameter
    case CompletionKind::Value:
      return 12;  // Value
  }
  return 1;
}

Result<Json> completion(Request& request) {
  const Completion found = complete(request.workspace(), request.path, request.offset());
  Json items = Json::array();
  std::size_t number = 0;
  for (const CompletionItem& item : found.items) {
    const bool snippet = item.snippet && request.conversation.client.snippets;
    const std::string text = item.snippet && !snippet ? item.label + " " : item.insert;
    std::string order = std::to_string(number++);
    order.insert(0, 6 - std::min<std::size_t>(order.size(), 6), '0');
    Json json{{"label", item.label},
              {"kind", kind_number(item.kind)},
              {"detail", item.detail},
              {"sortText", order},
              {"textEdit", {{"range", request.places.range(found.replaces)}, {"newText", text}}},
              {"insertTextFormat", snippet ? 2 : 1}};
    if (!item.documentation.empty()) {
      json["documentation"] = item.documentation;
    }
    items.push_back(std::move(json));
  }
  return Json{{"isIncomplete", false}, {"items", std::move(items)}};
}

Result<Json> inlay_hint(Request& request) {
  const std::size_t begin =
      request.places.offset(request.path, request.params.at("range").at("start"));
  const std::size_t end = request.places.offset(request.path, request.params.at("range").at("end"));
  Json list = Json::array();
  for (const InlayHint& hint : inlay_hints(request.workspace(), request.path, begin, end)) {
    list.push_back(
        {{"position", request.places.range({request.path, hint.offset, hint.offset}).at("start")},
         {"label", hint.text},
         {"tooltip", hint.tooltip},
         {"paddingLeft", true}});
  }
  return list;
}

// ---- changes

Result<Json> formatting(Request& request) {
  lang::SourceSet sources;
  lang::Diagnostics findings;
  const std::string text = request.workspace().text_of(request.path).text();
  const auto formatted = lang::format(sources, sources.add(request.path, text), findings);
  if (!formatted) {
    return Json();  // there are mistakes of syntax, which are shown
  }
  if (*formatted == text) {
    return Json::array();
  }
  // Only what lies between the first and the last line that differ, so that the view stays.
  const auto limit = std::min(text.size(), formatted->size());
  std::size_t same = 0;
  while (same < limit && text[same] == (*formatted)[same]) {
    ++same;
  }
  same = same == 0 ? 0 : text.rfind('\n', same - 1) + 1;
  std::size_t behind = 0;
  while (behind < limit - same &&
         text[text.size() - 1 - behind] == (*formatted)[formatted->size() - 1 - behind]) {
    ++behind;
  }
  const std::size_t line = text.find('\n', text.size() - behind);
  behind = line == std::string::npos ? 0 : text.size() - line - 1;
  return Json::array({{{"range", request.places.range({request.path, same, text.size() - behind})},
                       {"newText", formatted->substr(same, formatted->size() - behind - same)}}});
}

Result<Json> code_action(Request& request) {
  const Json& range = request.params.at("range");
  const std::size_t begin = request.places.offset(request.path, range.at("start"));
  const std::size_t end = request.places.offset(request.path, range.at("end"));
  const Json& context = request.params.at("context");
  const Json only = context.value("only", Json::array());
  const bool wanted = only.empty() || std::any_of(only.begin(), only.end(), [](const Json& kind) {
                        return kind == "quickfix" || kind == "";
                      });
  Json list = Json::array();
  for (const CodeAction& action : wanted
                                      ? code_actions(request.workspace(), request.path, begin, end)
                                      : std::vector<CodeAction>{}) {
    list.push_back({{"title", action.title},
                    {"kind", "quickfix"},
                    {"diagnostics",
                     Json::array({diagnostic_json(action.finding, action.place, *action.project,
                                                  request.conversation.client, request.places)})},
                    {"isPreferred", action.likeliest},
                    {"edit", request.places.edit(action.edits)}});
  }
  return list;
}

// ---- the shape of a file

constexpr int kSymbolOfDeclaration = 5;  // SymbolKind: Class
constexpr int kSymbolOfFact = 7;         // Property

Json symbol_json(Request& request, const Project& project, const OutlineEntry& entry, int kind) {
  Json children = Json::array();
  for (const OutlineEntry& child : entry.children) {
    children.push_back(symbol_json(request, project, child, kSymbolOfFact));
  }
  return {{"name", entry.name.empty() ? "?" : entry.name},
          {"detail", entry.detail},
          {"kind", kind},
          {"range", request.places.range(project.range_of(entry.whole))},
          {"selectionRange", request.places.range(project.range_of(entry.head))},
          {"children", std::move(children)}};
}

Result<Json> document_symbol(Request& request) {
  Json list = Json::array();
  const auto project = request.workspace().project_of(request.path);
  if (project == nullptr) {
    return list;
  }
  for (const OutlineEntry& entry : outline(*project->file(request.path), project->sources)) {
    if (request.conversation.client.nested_symbols) {
      list.push_back(symbol_json(request, *project, entry, kSymbolOfDeclaration));
    } else {
      list.push_back({{"name", entry.name.empty() ? "?" : entry.name},
                      {"kind", kSymbolOfDeclaration},
                      {"location", request.places.location(project->range_of(entry.whole))},
                      {"containerName", entry.detail}});
    }
  }
  return list;
}

Result<Json> folding_range(Request& request) {
  Json list = Json::array();
  const auto project = request.workspace().project_of(request.path);
  if (project == nullptr) {
    return list;
  }
  for (const Fold& fold : folds(*project->file(request.path), project->sources)) {
    const Json range = request.places.range(project->range_of(fold.range));
    list.push_back({{"startLine", range.at("start").at("line")},
                    {"endLine", range.at("end").at("line")},
                    {"kind", fold.comment ? "comment" : "region"}});
  }
  return list;
}

using Handler = Result<Json> (*)(Request&);

const std::map<std::string_view, Handler>& handlers() {
  static const std::map<std::string_view, Handler> table = {
      {"textDocument/codeAction", code_action},
      {"textDocument/completion", completion},
      {"textDocument/definition", definition},
      {"textDocument/documentHighlight", document_highlight},
      {"textDocument/documentSymbol", document_symbol},
      {"textDocument/foldingRange", folding_range},
      {"textDocument/formatting", formatting},
      {"textDocument/hover", show_hover},
      {"textDocument/inlayHint", inlay_hint},
      {"textDocument/prepareRename", prepare},
      {"textDocument/references", find_references},
      {"textDocument/rename", rename_symbol},
  };
  return table;
}

}  // namespace

std::optional<Result<Json>> answer_request(Conversation& conversation,
                                           std::string_view method,
                                           const Json& params) {
  const auto handler = handlers().find(method);
  if (handler == handlers().end()) {
    return std::nullopt;
  }
  try {
    Request request(conversation, params);
    return handler->second(request);
  } catch (const Json::exception& wrong) {
    return Error{.kind = ErrorKind::Usage, .message = wrong.what()};
  }
}

Json diagnostics_of(Conversation& conversation, const std::string& path) {
  Places places(conversation.workspace, conversation.client, conversation.names);
  Json list = Json::array();
  const FileFindings shown = findings_in(conversation.workspace, path);
  for (const FoundIn& found : shown.findings) {
    list.push_back(
        diagnostic_json(found.finding, found.place, *found.project, conversation.client, places));
  }
  for (const FailedExpectation& failed : shown.failed) {
    list.push_back({{"range", places.range(failed.range)},
                    {"severity", 1},
                    {"source", "backstay test"},
                    {"message", failed.message}});
  }
  return list;
}

}  // namespace backstay::compiler::lsp
