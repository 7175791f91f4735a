// What the editor can do, as it says when it begins; and places in its words.
#pragma once

#include <map>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "compiler/language_server/rename.hpp"
#include "compiler/language_server/workspace.hpp"

namespace backstay::compiler::lsp {

using Json = nlohmann::json;

/// The client's capabilities that answers depend on.
struct Client {
  PositionEncoding encoding = PositionEncoding::Utf16;
  bool document_changes = false;     ///< edits may name the version that they are for
  bool snippets = false;             ///< completions may hold places to fill in
  bool markdown = false;             ///< hovers may be Markdown
  bool related_information = false;  ///< diagnostics may name further places
  bool nested_symbols = false;       ///< document symbols may hold others
  bool watches_files = false;        ///< it can be asked to watch files
};

/// params  of `initialize`
[[nodiscard]] Client read_client(const Json& params);

/// Addresses of documents and the paths that the compiler knows them by. Documents that are no
/// files get a path that no file has.
class DocumentNames {
 public:
  /// The path for an address that the client uses; remembers how the client writes it.
  std::string path_of(const std::string& uri);
  [[nodiscard]] std::string uri_of(const std::string& path) const;

 private:
  std::map<std::string, std::string> uris_;  // path → as the client writes it
};

/// The offset of a position as the client gives it. Throws what JSON throws where it is none.
[[nodiscard]] std::size_t offset_in(const TextDocument& document,
                                    const Json& position,
                                    PositionEncoding encoding);

/// Turns offsets into the client's positions; keeps the texts that it needed. Made for one answer.
class Places {
 public:
  Places(const Workspace& workspace, const Client& client, const DocumentNames& names)
      : workspace_(workspace), client_(client), names_(names) {}

  [[nodiscard]] Json range(const FileRange& range);
  [[nodiscard]] Json location(const FileRange& range);
  /// A WorkspaceEdit.
  [[nodiscard]] Json edit(const std::vector<FileEdit>& edits);
  [[nodiscard]] std::size_t offset(const std::string& path, const Json& position);

 private:
  [[nodiscard]] const TextDocument& document(const std::string& path);
  [[nodiscard]] Json position(const std::string& path, std::size_t offset);

  const Workspace& workspace_;
  const Client& client_;
  const DocumentNames& names_;
  std::map<std::string, TextDocument> texts_;  // of files that are not open
};

}  // namespace backstay::compiler::lsp
