#include "tests/unit/runtime/store/random_tree.hpp"

#include <array>
#include <random>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/archive/acl.hpp"

namespace backstay::runtime::testing {

namespace {

using namespace std::string_literals;

class Maker {
 public:
  explicit Maker(std::uint64_t seed) : random_(seed) {}

  void directory(const std::string& path, int depth) {
    mkdir(path.c_str(), 0700);
    const int children = below(depth == 0 ? 12 : 7);
    for (int i = 0; i < children; ++i)
      child(path + "/" + name(i), depth);
    if (below(4) == 0)
      attribute(path);
    if (below(4) == 0)
      acl(path, true);
    owner(path);
    chmod(path.c_str(), pick(std::array<mode_t, 4>{0755, 0700, 02775, 01777}));
    times(path);
  }

 private:
  int below(int limit) { return static_cast<int>(random_() % static_cast<std::uint64_t>(limit)); }

  template <typename T, std::size_t N>
  T pick(const std::array<T, N>& from) {
    return from[random_() % N];
  }

  std::string name(int number) {
    const std::array<std::string, 12> odd = {"plain",
                                             std::string(250, 'l'),
                                             "e\xcc\x81 = \xc3\xa9",
                                             "-rf",
                                             "new\nline",
                                             "quote'\"$(x)`",
                                             "\xff\xfe latin \xe9",
                                             "ünïcode",
                                             "a b\tc\\d\x01",
                                             std::string(200, 'n') + std::string(40, 'm'),
                                             "*?[glob]",
                                             "{\"json\":1}"};
    return std::to_string(number) + pick(odd);
  }

  void child(const std::string& path, int depth) {
    switch (below(14)) {
      case 0:
      case 1:
        return depth < 4 ? directory(path, depth + 1) : regular(path, content());
      case 2:
        return symlink(path);
      case 3:
        return hard_link(path);
      case 4:
        return fifo(path);
      case 5:
        return sparse(path);
      case 6:
        return regular(path, ""s);
      case 12:
        return special(path);
      case 13:
        return depth < 4 ? bare_directory(path) : regular(path, content());
      case 7:
        return regular(path, std::string(static_cast<std::size_t>(below(3'000'000)), 'z'));
      default:
        return regular(path, content());
    }
  }

  std::string content() {
    std::string bytes(static_cast<std::size_t>(below(20'000)), '\0');
    for (char& byte : bytes)
      byte = static_cast<char>(random_());
    return bytes;
  }

  void regular(const std::string& path, const std::string& bytes) {
    const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    (void)!write(file, bytes.data(), bytes.size());
    close(file);
    if (below(3) == 0)
      attribute(path);
    if (below(4) == 0)
      acl(path, false);
    owner(path);
    chmod(path.c_str(), pick(std::array<mode_t, 7>{0644, 0600, 04755, 02755, 06711, 01600, 0}));
    if (geteuid() == 0 && below(5) == 0) {
      // cap_net_bind_service=ep, version 2 (linux/capability.h)
      const std::string capability(
          "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 20);
      setxattr(path.c_str(), "security.capability", capability.data(), capability.size(), 0);
    }
    times(path);
    files_.push_back(path);
  }

  void sparse(const std::string& path) {
    const int file = open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0600);
    // Now and then beyond the size from which files are cut into segments.
    const off_t size = below(2) == 0 ? off_t{1} << 20 : (off_t{20} << 20) + below(5000);
    (void)!pwrite(file, "data", 4, size / 2);
    (void)!ftruncate(file, size);
    close(file);
    times(path);
    files_.push_back(path);
  }

  void symlink(const std::string& path) {
    const std::array<std::string, 4> texts = {"../..", "/etc/passwd", "no\nwhere",
                                              std::string(300, 'l')};
    (void)!::symlink(pick(texts).c_str(), path.c_str());
    if (geteuid() == 0)
      (void)!lchown(path.c_str(), 1, 2);
    times(path);
  }

  void hard_link(const std::string& path) {
    if (files_.empty())
      return regular(path, "first");
    (void)!link(files_[random_() % files_.size()].c_str(), path.c_str());
  }

  // A device where that is allowed; else a socket, which no snapshot holds.
  void special(const std::string& path) {
    const mode_t kind = pick(std::array<mode_t, 3>{S_IFCHR, S_IFBLK, S_IFSOCK});
    const dev_t number =
        makedev(static_cast<unsigned>(below(300)), static_cast<unsigned>(below(70'000)));
    if (mknod(path.c_str(), kind | 0640U, number) != 0 &&
        mknod(path.c_str(), S_IFSOCK | 0640U, 0) != 0)
      return;
    owner(path);
    chmod(path.c_str(), pick(std::array<mode_t, 3>{0660, 0600, 0}));
    times(path);
  }

  void bare_directory(const std::string& path) {
    mkdir(path.c_str(), 0700);
    owner(path);
    times(path);
  }

  void fifo(const std::string& path) {
    mkfifo(path.c_str(), 0600);
    owner(path);
    chmod(path.c_str(), 0620);
    times(path);
  }

  void attribute(const std::string& path) {
    const std::string value = content().substr(0, 100);
    setxattr(path.c_str(), "user.origin", value.data(), value.size(), 0);
    setxattr(path.c_str(), "user.a=b%c", "x", 1, 0);
  }

  void acl(const std::string& path, bool is_directory) {
    const auto bytes = acl_to_bytes(
        "user::rwx,user:1:r-x,group::r-x,group:2:rw-,mask::rwx,other::---",
        [](std::string_view text, bool) { return static_cast<std::uint32_t>(text[0] - '0'); });
    setxattr(path.c_str(), kAccessAcl.data(), bytes->data(), bytes->size(), 0);
    if (is_directory && below(2) == 0)
      setxattr(path.c_str(), kDefaultAcl.data(), bytes->data(), bytes->size(), 0);
  }

  void owner(const std::string& path) {
    if (geteuid() != 0)
      return;
    const std::array<uid_t, 4> ids = {0, 1, 33, 123456};
    (void)!lchown(path.c_str(), pick(ids), pick(ids));
  }

  // Before 1970, with a fraction; after 2038 and 2106.
  void times(const std::string& path) {
    const std::array<timespec, 5> choices = {{{.tv_sec = 1'700'000'000, .tv_nsec = 123'456'789},
                                              {.tv_sec = -1'000'000, .tv_nsec = 500'000'000},
                                              {.tv_sec = -1, .tv_nsec = 999'999'999},
                                              {.tv_sec = 4'299'999'999, .tv_nsec = 1},
                                              {.tv_sec = 0, .tv_nsec = 0}}};
    const timespec time = pick(choices);
    const std::array<timespec, 2> both = {time, time};
    utimensat(AT_FDCWD, path.c_str(), both.data(), AT_SYMLINK_NOFOLLOW);
  }

  std::mt19937_64 random_;
  std::vector<std::string> files_;
};

}  // namespace

void make_random_tree(const std::string& top, std::uint64_t seed) {
  Maker(seed).directory(top, 0);
}

}  // namespace backstay::runtime::testing
