#include "tests/unit/include_scan.hpp"

#include <algorithm>
#include <array>

namespace backstay::test {
namespace {

/// Files whose path begins with `files` include only what begins with one of `allowed`. The longest
/// prefix that fits a file is its rule.
struct Floor {
  std::string_view files;
  std::vector<std::string_view> allowed;
  std::string_view reason;
};

const std::vector<Floor>& floors() {
  static const std::vector<Floor> table = {
      {"lang/", {"lang/"}, "the language knows no policy's meaning"},
      {"lang/base/", {"lang/base/"}, "base is under syntax and format, and the runtime uses it"},
      {"compiler/", {"compiler/", "lang/"}, "a policy compiles on a machine that runs nothing"},
      {"compiler/plan/",
       {"compiler/plan/", "lang/base/"},
       "the plan is the contract: it knows no policy"},
      {"runtime/",
       {"runtime/", "compiler/plan/", "lang/base/"},
       "the runtime knows plans, never policies"},
      {"cli/", {"cli/", "compiler/", "lang/", "runtime/"}, "the command line stands on all floors"},
  };
  return table;
}

/// Headers whose name begins with `header` are included by files that begin with `owner` alone.
struct Owner {
  std::string_view header;
  std::string_view owner;
  std::string_view ending;  ///< and end so; empty: any
  std::string_view reason;
};

constexpr std::array kOwners = {
    Owner{"CLI/", "cli/", "", "arguments are the command line's"},
    Owner{"SQLiteCpp/", "runtime/database/sqlite", "", "SQLite has one border"},
    Owner{"archive.h", "runtime/archive/", "",
          "libarchive stays replaceable and its quirks in one place"},
    Owner{"archive_entry.h", "runtime/archive/", "", "as archive.h"},
    Owner{"date/", "compiler/calendar/", "", "time zones are the calendar's"},
    Owner{"fmt/", "", "", "text everywhere"},
    Owner{"intel-ipsec-mb.h", "lang/base/sha256_batch.cpp", "", "hashes of several at once"},
    Owner{"nlohmann/json_fwd.hpp", "", "", "it only names the type: headers may bring it"},
    Owner{"nlohmann/", "", ".cpp", "it is slow to compile, so no header of ours brings it"},
    Owner{"openssl/", "lang/base/", ".cpp", "hashes are the one use of libcrypto"},
    Owner{"sqlite3.h", "runtime/database/sqlite", "", "SQLite has one border"},
    Owner{"tao/pegtl", "lang/syntax/", "", "one grammar; its templates are slow to compile"},
    Owner{"yaml-cpp/", "compiler/takeover/tree_yaml.cpp", "",
          "it lets keys stand twice and converts words; one strict layer does neither"},
    Owner{"zstd.h", "runtime/archive/", "", "compression belongs to the archive"},
};

/// Headers of the C library and the kernel that are neither `sys/…` nor `linux/…`.
constexpr std::array<std::string_view, 16> kSystemHeaders = {
    "dirent.h", "errno.h", "fcntl.h",  "grp.h",   "langinfo.h", "malloc.h",  "poll.h", "pthread.h",
    "pwd.h",    "sched.h", "signal.h", "spawn.h", "stdlib.h",   "termios.h", "time.h", "unistd.h"};

bool is_system(std::string_view header) {
  const bool cpp_standard = header.find_first_of("./") == std::string_view::npos;
  return cpp_standard || header.starts_with("sys/") || header.starts_with("linux/") ||
         std::find(kSystemHeaders.begin(), kSystemHeaders.end(), header) != kSystemHeaders.end();
}

std::string quote(std::string_view reason) {
  return " (" + std::string(reason) + ")";
}

std::string objection_to_ours(const Include& include) {
  const Floor* rule = nullptr;
  for (const auto& floor : floors()) {
    if (include.file.starts_with(floor.files) &&
        (rule == nullptr || floor.files.size() > rule->files.size())) {
      rule = &floor;
    }
  }
  if (rule == nullptr) {
    return "belongs to no floor";
  }
  const bool allowed = std::any_of(rule->allowed.begin(), rule->allowed.end(),
                                   [&](auto prefix) { return include.header.starts_with(prefix); });
  return allowed ? "" : std::string(rule->files) + " must not include it" + quote(rule->reason);
}

std::string objection_to_theirs(const Include& include) {
  if (is_system(include.header)) {
    return "";
  }
  for (const auto& owner : kOwners) {
    if (!include.header.starts_with(owner.header)) {
      continue;
    }
    if (include.file.starts_with(owner.owner) && include.file.ends_with(owner.ending)) {
      return "";
    }
    return "only " + std::string(owner.owner) + "*" + std::string(owner.ending) + " includes it" +
           quote(owner.reason);
  }
  return "no rule knows this header: add one to tests/unit/include_scan.cpp, with its reason";
}

std::string_view trim_front(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

}  // namespace

std::vector<Include> includes_of(const std::string& file, std::string_view text) {
  std::vector<Include> found;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = trim_front(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (!line.starts_with('#')) {
      continue;
    }
    line = trim_front(line.substr(1));
    if (!line.starts_with("include")) {
      continue;
    }
    line = trim_front(line.substr(7));
    const bool quoted = line.starts_with('"');
    const auto close = line.find(quoted ? '"' : '>', 1);
    if (close != std::string_view::npos && (quoted || line.starts_with('<'))) {
      found.push_back({file, number, std::string(line.substr(1, close - 1)), quoted});
    }
  }
  return found;
}

std::string objection_to(const Include& include) {
  return include.quoted ? objection_to_ours(include) : objection_to_theirs(include);
}

}  // namespace backstay::test
