// What a file of a workspace is, from its first lines: who compiles it, and with what.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace backstay::compiler::lsp {

enum class FileRole : std::uint8_t {
  Policy,   ///< compiled on its own
  Library,  ///< compiled through the policies that import it
  Test,     ///< tests of a policy
  Unknown,  ///< says none of these yet
};

struct WorkspaceFile {
  FileRole role = FileRole::Unknown;
  std::vector<std::string> imports;  ///< files beside, as absolute paths
};

/// path  absolute; decides that `*.test.stay` is a file of tests
[[nodiscard]] WorkspaceFile describe_file(const std::string& path, const std::string& text);

}  // namespace backstay::compiler::lsp
