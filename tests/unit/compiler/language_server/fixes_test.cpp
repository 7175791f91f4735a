// Every fix of every failing sample takes its finding away.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "compiler/language_server/code_actions.hpp"
#include "compiler/language_server/published_findings.hpp"
#include "tests/unit/compiler/language_server/fixture.hpp"

using namespace backstay;
using namespace backstay::compiler::lsp;

namespace {

namespace fs = std::filesystem;

std::map<std::string, std::string> samples() {
  std::map<std::string, std::string> files;
  const fs::path folder = fs::path(BACKSTAY_SOURCE_DIR) / "tests/golden/diagnostics";
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".stay") {
      std::ifstream file(entry.path(), std::ios::binary);
      files[entry.path().string()] = std::string(std::istreambuf_iterator<char>(file), {});
    }
  }
  return files;
}

std::size_t count_of(Workspace& workspace, const std::string& path, const CodeAction& action) {
  std::size_t count = 0;
  for (const FoundIn& found : findings_in(workspace, path).findings) {
    const bool same = found.finding.kind == action.finding.kind &&
                      found.finding.message == action.finding.message;
    count += same ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST_CASE("every fix of every failing sample takes its finding away", "[lsp]") {
  Fixture fixture(samples());
  std::size_t tried = 0;
  for (const auto& [path, text] : fixture.files) {
    for (const CodeAction& action : code_actions(fixture.workspace, path, 0, text.size())) {
      INFO(path << ": " << action.finding.message << ": " << action.title);
      const std::size_t before = count_of(fixture.workspace, path, action);
      for (const FileEdit& edit : action.edits) {
        fixture.workspace.open(
            edit.range.path,
            with_edits(fixture.files.at(edit.range.path), edit.range.path, action.edits), 1);
      }
      CHECK(count_of(fixture.workspace, path, action) < before);
      for (const FileEdit& edit : action.edits) {
        fixture.workspace.close(edit.range.path);
      }
      ++tried;
    }
  }
  CHECK(tried > 20);
}
