#include "cli/output_file.hpp"

#include <filesystem>

#include "runtime/system/filesystem.hpp"

namespace backstay::cli {

std::string absolute_path(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).lexically_normal().string();
}

Result<void> write_output_file(const std::string& path,
                               std::string_view content,
                               std::uint32_t mode) {
  runtime::RealFilesystem files;
  const std::string target = absolute_path(path);
  const auto status = files.status(target);
  if (status && status->type != runtime::FileType::Regular) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "`" + path + "` is not a regular file",
                 .hint = "name a file, or move that away"};
  }
  return runtime::replace_file(files, target, content, status ? status->mode & 07777U : mode);
}

}  // namespace backstay::cli
