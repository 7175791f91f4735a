#include "tests/unit/runtime/restore/hostile_mutations.hpp"

#include <array>
#include <utility>
#include <vector>

namespace backstay::runtime::testing {

namespace {

class Mutator {
 public:
  Mutator(std::uint64_t seed, std::string top, std::string outside)
      : random_(seed), top_(std::move(top)), outside_(std::move(outside)) {}

  void list(std::string& text) {
    std::vector<std::string> lines = lines_of(text);
    for (std::size_t change = 1 + below(3); change > 0 && !lines.empty(); --change)
      change_line(lines);
    text.clear();
    for (const std::string& line : lines)
      text += line + "\n";
    if (below(8) == 0 && !text.empty())
      text[below(text.size())] = static_cast<char>(random_());
  }

  void bytes(std::string& tar) {
    for (std::size_t flips = below(4); flips > 0 && !tar.empty(); --flips)
      tar[below(tar.size())] ^= static_cast<char>(1U << below(8));
    if (below(10) == 0 && !tar.empty())
      tar.resize(below(tar.size()));
  }

 private:
  std::size_t below(std::size_t limit) { return random_() % limit; }

  static std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t at = 0;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', at)) {
      lines.push_back(text.substr(at, end - at));
      at = end + 1;
    }
    return lines;
  }

  void change_line(std::vector<std::string>& lines) {
    std::string& line = lines[below(lines.size())];
    switch (below(7)) {
      case 0:
        return std::swap(line, lines[below(lines.size())]);
      case 1:
        return lines.push_back(std::string(line));
      case 2:
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(below(lines.size())));
        return;
      case 3:
        return set(line, "\"path\":\"", '"', some_path());
      case 4:
        return set(line, "\"link\":\"", '"', some_path());
      case 5:
        return set(line, "\"type\":\"", '"', some_type());
      default:
        return set(line, "\"mode\":", ',', std::to_string(below(4096)));
    }
  }

  static void set(std::string& line, const std::string& key, char end, const std::string& value) {
    const std::size_t at = line.find(key);
    if (at == std::string::npos)
      return;
    const std::size_t from = at + key.size();
    const std::size_t to = line.find(end, from);
    if (to != std::string::npos)
      line.replace(from, to - from, value);
  }

  std::string some_path() {
    const std::string top = top_.substr(1);
    const std::array<std::string, 12> paths = {outside_ + "/new",
                                               outside_.substr(1) + "/victim",
                                               "../outside/new",
                                               top + "/../outside/new",
                                               top + "/l/new",
                                               top + "/d",
                                               top + "/x",
                                               top + "/d/x",
                                               top + "/l",
                                               top,
                                               ".",
                                               top + "/a-good-file"};
    return paths[below(paths.size())];
  }

  std::string some_type() {
    const std::array<std::string, 7> types = {"file", "directory",        "symlink",     "hardlink",
                                              "fifo", "character-device", "block-device"};
    return types[below(types.size())];
  }

  std::mt19937_64 random_;
  std::string top_;
  std::string outside_;
};

}  // namespace

Forgery mutate(Forgery forgery,
               std::mt19937_64& random,
               const std::string& top,
               const std::string& outside) {
  const std::uint64_t seed = random();
  forgery.bend_list = [=, before = forgery.bend_list](std::string& list) {
    if (before)
      before(list);
    Mutator(seed, top, outside).list(list);
  };
  if (seed % 2 == 0) {
    forgery.bend_tar = [=, before = forgery.bend_tar](std::string& tar) {
      if (before)
        before(tar);
      Mutator(seed + 1, top, outside).bytes(tar);
    };
  }
  return forgery;
}

}  // namespace backstay::runtime::testing
