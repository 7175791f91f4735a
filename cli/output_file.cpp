#include "cli/output_file.hpp"

#include <filesystem>
#include <span>

#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {
namespace {

// The mode that the file gets: an existing one keeps its own.
Result<std::uint32_t> mode_of(runtime::Filesystem& files,
                              const std::string& target,
                              const std::string& path,
                              std::uint32_t mode) {
  const std::string above = std::filesystem::path(target).parent_path().string();
  if (const auto there = files.status(above); !there && there.error().kind == ErrorKind::NotFound) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = "cannot write `" + path + "`: there is no directory `" + above + "`",
                 .hint = "make it, or name a file elsewhere"};
  }
  const auto status = files.status(target);
  if (status && status->type != runtime::FileType::Regular) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "`" + path + "` is not a regular file",
                 .hint = "name a file, or move that away"};
  }
  return status ? status->mode & 07777U : mode;
}

// The first failure ends the writing; what comes after it is dropped.
Result<void> write_pieces(runtime::Filesystem& files,
                          const std::string& beside,
                          const std::function<void(const PieceSink&)>& produce) {
  BACKSTAY_ASSIGN(auto file, files.create(beside));
  Result<void> written;
  produce([&](std::string_view piece) {
    if (written) {
      written = file->write(std::as_bytes(std::span(piece.data(), piece.size())));
    }
  });
  BACKSTAY_TRY(std::move(written));
  BACKSTAY_TRY(file->sync());
  return file->close();
}

}  // namespace

std::string absolute_path(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::absolute(path, ignored).lexically_normal().string();
}

Result<void> write_output_file(const std::string& path,
                               std::string_view content,
                               std::uint32_t mode) {
  return write_output_pieces(
      path, [content](const PieceSink& sink) { sink(content); }, mode);
}

Result<void> write_output_pieces(const std::string& path,
                                 const std::function<void(const PieceSink& sink)>& produce,
                                 std::uint32_t mode) {
  runtime::RealFilesystem files;
  const std::string target = absolute_path(path);
  BACKSTAY_ASSIGN(const std::uint32_t kept_mode, mode_of(files, target, path, mode));
  const std::string beside = target + ".new-" + runtime::random_hex8();
  Result<void> written = write_pieces(files, beside, produce);
  if (written) {
    written = files.change_mode(beside, kept_mode);
  }
  if (written) {
    written = files.rename_replace(beside, target);
  }
  if (!written) {
    (void)files.unlink(beside);
    return written;
  }
  return files.sync_directory(std::filesystem::path(target).parent_path().string());
}

}  // namespace backstay::cli
