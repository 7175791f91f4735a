// Changes to a random tree, between two backups of it.
#include <array>
#include <filesystem>
#include <fstream>
#include <random>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/unit/runtime/store/random_tree.hpp"

namespace backstay::runtime::testing {

namespace {

namespace fs = std::filesystem;

class Changer {
 public:
  explicit Changer(std::uint64_t seed) : random_(seed) {}

  void change(const std::string& top) {
    std::vector<fs::path> files;
    std::vector<fs::path> directories = {top};
    for (const auto& entry : fs::recursive_directory_iterator(top)) {
      if (entry.is_symlink())
        continue;
      if (entry.is_regular_file())
        files.push_back(entry.path());
      if (entry.is_directory())
        directories.push_back(entry.path());
    }
    for (const fs::path& file : files) {
      if (below(4) == 0)
        change_file(file, directories[random_() % directories.size()]);
    }
    for (int i = below(4); i > 0; --i) {
      const fs::path place = directories[random_() % directories.size()];
      if (fs::exists(place))
        write(place / ("new" + std::to_string(random_() % 1000)), random_bytes(below(30'000)));
    }
    // A directory under another name: everything in it has another path.
    if (below(3) == 0 && directories.size() > 1) {
      const fs::path moved = directories[1 + random_() % (directories.size() - 1)];
      fs::rename(moved, moved.string() + "~");
    }
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint64_t>(limit)); }

  std::string random_bytes(int size) {
    std::string bytes(static_cast<std::size_t>(size), '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(random_());
    return bytes;
  }

  static void write(const fs::path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }

  void change_file(const fs::path& file, const fs::path& directory) {
    struct stat status {};

    if (lstat(file.c_str(), &status) != 0)
      return;
    const std::string other = (directory / ("moved" + std::to_string(random_() % 1000))).string();
    switch (below(10)) {
      case 0:
        std::ofstream(file, std::ios::binary | std::ios::app) << random_bytes(1 + below(5000));
        return;
      case 1:
        (void)!truncate(file.c_str(), status.st_size / 2);
        return;
      case 2:
        return same_size_and_time(file, status);
      case 3:
        (void)!rename(file.c_str(), other.c_str());
        return;
      case 4:
        (void)!link(file.c_str(), other.c_str());
        return;
      case 5:
        chmod(file.c_str(), 0640);
        return;
      case 6:
        setxattr(file.c_str(), "user.changed", "yes", 3, 0);
        return;
      case 7:  // grows by a hole
        (void)!truncate(file.c_str(), status.st_size + (1 << 20));
        return;
      case 8:
        unlink(file.c_str());
        mkdir(file.c_str(), 0755);
        write(file / "inside", random_bytes(below(100)));
        return;
      default:
        unlink(file.c_str());
        return;
    }
  }

  // What a time alone does not show.
  void same_size_and_time(const fs::path& file, const struct stat& status) {
    const int descriptor = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    const std::string bytes = random_bytes(static_cast<int>(std::min<off_t>(status.st_size, 5000)));
    (void)!pwrite(descriptor, bytes.data(), bytes.size(), 0);
    close(descriptor);
    const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
    utimensat(AT_FDCWD, file.c_str(), times.data(), 0);
  }

  std::mt19937_64 random_;
};

}  // namespace

void change_random_tree(const std::string& top, std::uint64_t seed) {
  Changer(seed).change(top);
}

}  // namespace backstay::runtime::testing
