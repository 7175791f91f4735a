// The compiler's one look at the world: reading a source file.
#include <cerrno>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/compile.hpp"

namespace backstay::compiler {
namespace {

// One byte more than a source may have: enough to see that it is too large.
constexpr std::size_t kMostBytes = (std::size_t{1} << 20U) + 1;

Error failure(int error_number, const std::string& path) {
  Error error = errno_error(error_number, "`" + path + "`");
  error.hint = error_number == ENOENT   ? "look at the spelling of the path"
               : error_number == EACCES ? "look at the owner and mode of the file"
                                        : "";
  return error;
}

Result<std::string> read_all(int file, const std::string& path) {
  std::string text;
  std::string chunk(std::size_t{64} * 1024, '\0');
  while (text.size() < kMostBytes) {
    const ssize_t count =
        ::read(file, chunk.data(), std::min(chunk.size(), kMostBytes - text.size()));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return failure(errno, path);
    }
    if (count == 0) {
      break;
    }
    text.append(chunk, 0, static_cast<std::size_t>(count));
  }
  return text;
}

}  // namespace

Result<std::string> read_source_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return failure(errno, path);
  }

  struct stat status {};

  if (::fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
    ::close(file);
    return Error{.kind = ErrorKind::Io,
                 .message = "`" + path + "` is a directory",
                 .hint = "name a file in it"};
  }
  Result<std::string> text = read_all(file, path);
  ::close(file);
  return text;
}

}  // namespace backstay::compiler
