#include "runtime/catalogue/catalogue_file.hpp"

#include <array>
#include <cerrno>
#include <thread>

#include <sys/file.h>

#include "runtime/system/environment.hpp"

namespace backstay::runtime {
namespace {

constexpr std::array kBeside = {"-journal", "-wal", "-shm"};

std::string directory_of(const std::string& path) {
  return path.substr(0, path.find_last_of('/'));
}

}  // namespace

Result<CatalogueLock> CatalogueLock::take(Filesystem& files,
                                          const std::string& state_directory,
                                          std::chrono::milliseconds patience,
                                          const std::string& name) {
  const std::string path = state_directory + "/" + name;
  BACKSTAY_ASSIGN(auto file, files.open_append(path));
  const auto until = std::chrono::steady_clock::now() + patience;
  while (::flock(file->descriptor(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      break;  // no locks here: SQLite's own, or luck
    if (std::chrono::steady_clock::now() >= until) {
      return Error{.kind = ErrorKind::Busy,
                   .message = "another run changes the catalogue (`" + path + "` is locked)",
                   .hint = "the next run adds what is missing now",
                   .retry = Retry::Temporary};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return CatalogueLock(std::move(file));
}

Result<std::string> set_catalogue_aside(Filesystem& files, Clock& clock, const std::string& path) {
  const std::string aside =
      path + ".damaged-" + to_compact_utc(clock.now()) + "-" + random_hex8().substr(4);
  BACKSTAY_TRY(files.rename_no_replace(path, aside));
  for (const char* ending : kBeside) {
    if (exists(files, path + ending))
      BACKSTAY_TRY(files.rename_no_replace(path + ending, aside + ending));
  }
  BACKSTAY_TRY(files.sync_directory(directory_of(path)));
  return aside;
}

Result<void> replace_catalogue(Filesystem& files,
                               const std::string& made,
                               const std::string& path) {
  BACKSTAY_ASSIGN(const auto file, files.open_append(made));
  BACKSTAY_TRY(file->sync());
  BACKSTAY_TRY(file->close());
  for (const char* ending : kBeside) {
    if (exists(files, path + ending))
      BACKSTAY_TRY(files.unlink(path + ending));
  }
  BACKSTAY_TRY(files.rename_replace(made, path));
  return files.sync_directory(directory_of(path));
}

std::string name_beside(const std::string& path) {
  return path + ".new-" + random_hex8();
}

void remove_beside(Filesystem& files, const std::string& path) {
  const std::string directory = directory_of(path);
  const std::string begin = path.substr(directory.size() + 1) + ".new-";
  const auto names = files.list(directory);
  for (const std::string& name : names ? *names : std::vector<std::string>{}) {
    if (name.starts_with(begin))
      (void)files.unlink(directory + "/" + name);
  }
}

}  // namespace backstay::runtime
