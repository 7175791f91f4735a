#include "tests/unit/runtime/store/tree_compare.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lang/base/sha256.hpp"

namespace backstay::runtime::testing {

namespace {

class Describer {
 public:
  explicit Describer(DescribeOptions options) : options_(options) {}

  TreeDescription tree;

  void node(const std::string& path, const std::string& relative) {
    struct stat status {};

    // Programs make their sockets anew: no snapshot holds one.
    if (lstat(path.c_str(), &status) != 0 || S_ISSOCK(status.st_mode))
      return;
    std::ostringstream text;
    text << std::oct << status.st_mode << std::dec << ' ' << status.st_uid << ':' << status.st_gid
         << ' ' << status.st_mtim.tv_sec << '.' << status.st_mtim.tv_nsec;
    if (S_ISREG(status.st_mode))
      regular(path, status, text);
    if (S_ISLNK(status.st_mode))
      text << " -> " << link_text(path);
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
      text << " device " << status.st_rdev;
    if (!S_ISLNK(status.st_mode))
      attributes(path, text);
    if (!S_ISDIR(status.st_mode) && status.st_nlink > 1) {
      text << " links " << first_name_.try_emplace(status.st_ino, relative).first->second;
    }
    tree[relative] = text.str();
    if (S_ISDIR(status.st_mode))
      children(path, relative);
  }

 private:
  void regular(const std::string& path, const struct stat& status, std::ostringstream& text) const {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    text << " size " << status.st_size << " sha256 " << to_hex(sha256(content.str()));
    if (options_.holes)
      text << (status.st_blocks * 512 < status.st_size ? " sparse" : " full");
  }

  static std::string link_text(const std::string& path) {
    std::string text(4096, '\0');
    const ssize_t size = readlink(path.c_str(), text.data(), text.size());
    text.resize(size < 0 ? 0 : static_cast<std::size_t>(size));
    return text;
  }

  static void attributes(const std::string& path, std::ostringstream& text) {
    std::string names(65536, '\0');
    const ssize_t size = llistxattr(path.c_str(), names.data(), names.size());
    std::vector<std::string> list;
    for (ssize_t at = 0; at < size;) {
      list.emplace_back(names.data() + at);
      at += static_cast<ssize_t>(list.back().size()) + 1;
    }
    std::ranges::sort(list);
    for (const std::string& name : list) {
      std::string value(65536, '\0');
      const ssize_t length = lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
      value.resize(length < 0 ? 0 : static_cast<std::size_t>(length));
      text << ' ' << name << '=' << to_hex(sha256(value)).substr(0, 16);
    }
  }

  void children(const std::string& path, const std::string& relative) {
    std::vector<std::string> names;
    if (DIR* directory = opendir(path.c_str())) {
      while (const dirent* entry = readdir(directory))
        names.emplace_back(entry->d_name);
      closedir(directory);
    }
    std::ranges::sort(names);
    for (const std::string& name : names) {
      if (name != "." && name != "..")
        node(path + "/" + name, relative.empty() ? name : relative + "/" + name);
    }
  }

  DescribeOptions options_;
  std::map<ino_t, std::string> first_name_;
};

}  // namespace

TreeDescription describe_tree(const std::string& top, DescribeOptions options) {
  Describer describer(options);
  describer.node(top, "");
  return std::move(describer.tree);
}

std::string difference(const TreeDescription& expected, const TreeDescription& actual) {
  std::string text;
  for (const auto& [path, what] : expected) {
    const auto found = actual.find(path);
    if (found == actual.end()) {
      text += "missing: " + path + "\n";
    } else if (found->second != what) {
      text += "differs: " + path + "\n  expected " + what + "\n  is       " + found->second + "\n";
    }
  }
  for (const auto& [path, what] : actual) {
    if (!expected.contains(path))
      text += "too much: " + path + "\n";
  }
  return text;
}

}  // namespace backstay::runtime::testing
