// A workspace whose files live in memory.
#pragma once

#include <map>
#include <string>

#include "compiler/language_server/workspace.hpp"
#include "tests/support/catch.hpp"

namespace backstay::compiler::lsp {

/// Files by absolute path, read as if they were on disk.
struct Fixture {
  std::map<std::string, std::string> files;
  Workspace workspace;

  explicit Fixture(std::map<std::string, std::string> on_disk)
      : files(std::move(on_disk)), workspace(world()) {
    workspace.add_folder("/w", true);
  }

  World world() {
    return {.read = [this](const std::string& path) -> Result<std::string> {
              const auto file = files.find(path);
              if (file == files.end()) {
                return Error{.kind = ErrorKind::NotFound, .message = "no " + path};
              }
              return file->second;
            },
            .policies_in =
                [this](const std::string& /*folder*/, bool /*deep*/) {
                  std::vector<std::string> paths;
                  for (const auto& [path, text] : files) {
                    paths.push_back(path);
                  }
                  return paths;
                },
            .show_library = {},
            .now = {}};
  }

  /// The offset of `|` in `needle`, where that stands in the file without the mark.
  std::size_t at(const std::string& path, std::string needle) {
    const std::size_t mark = needle.find('|');
    needle.erase(mark, 1);
    const std::size_t begin = files.at(path).find(needle);
    REQUIRE(begin != std::string::npos);
    return begin + mark;
  }
};

}  // namespace backstay::compiler::lsp
