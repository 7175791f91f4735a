#include "compiler/load/source_reader.hpp"

#include <filesystem>

#include "compiler/load/import_path.hpp"

namespace backstay::compiler {
namespace {

namespace fs = std::filesystem;

// Both without symbolic links.
bool lies_below(const fs::path& path, const fs::path& folder) {
  const fs::path way = path.lexically_relative(folder);
  return !way.empty() && *way.begin() != "..";
}

}  // namespace

FileReader source_reader(const std::string& entry) {
  return [entry](const std::string& path) -> Result<std::string> {
    const std::string folder = folder_of(entry);
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    if (path == entry || error) {
      return read_source_file(path);  // which says what is the matter
    }
    const fs::path root = fs::canonical(folder.empty() ? "." : folder, error);
    if (error || !lies_below(real, root)) {
      return Error{.kind = ErrorKind::Refused,
                   .message = "the import leads out of the policy's folder by a symbolic link"};
    }
    return read_source_file(real.string());
  };
}

}  // namespace backstay::compiler
