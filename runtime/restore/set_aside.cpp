#include "runtime/restore/set_aside.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

std::string orig_name(const std::string& name, const std::string& run_id) {
  constexpr std::size_t kLongestName = 250;  // of 255: room for a number
  const std::string suffix = ".orig-" + run_id;
  return name.substr(0, kLongestName - suffix.size()) + suffix;
}

Result<std::string> free_name(int directory, const std::string& name) {
  std::string candidate = name;
  for (int count = 2;; ++count) {
    BACKSTAY_ASSIGN(const auto status, status_beneath(directory, candidate));
    if (!status)
      return candidate;
    candidate = name + "." + std::to_string(count);
  }
}

SetAside::SetAside(int directory, std::string path, std::string name, int live)
    : directory_(directory),
      path_(path + (path.ends_with('/') ? "" : "/") + name),
      name_(std::move(name)),
      live_(live) {}

// Makes a directory with the owner and mode of the live one.
Result<void> SetAside::make_directory(const std::string& relative) {
  const auto [parent, name] = split_path(relative);
  BACKSTAY_ASSIGN(const Descriptor directory, open_beneath(top_.get(), parent));
  if (mkdirat(directory.get(), name.c_str(), 0700) != 0) {
    if (errno == EEXIST)
      return {};
    return errno_error(errno, "cannot make `" + path_ + "/" + relative + "`");
  }
  auto live = open_beneath(live_, relative);

  struct stat status {};

  if (!live || fstat(live->get(), &status) != 0)
    return {};
  BACKSTAY_ASSIGN(const Descriptor made, open_beneath(directory.get(), name));
  if (fchown(made.get(), status.st_uid, status.st_gid) != 0 && errno != EPERM) {
    return errno_error(errno, "cannot set the owner of `" + path_ + "/" + relative + "`");
  }
  if (fchmod(made.get(), status.st_mode & 07777U) != 0) {
    return errno_error(errno, "cannot set the mode of `" + path_ + "/" + relative + "`");
  }
  return {};
}

Result<Descriptor> SetAside::parent_of(const std::string& relative) {
  if (!top_.open()) {
    BACKSTAY_FAILPOINT("restore.orig.create");
    if (mkdirat(directory_, name_.c_str(), 0700) != 0) {
      return errno_error(errno, "cannot make `" + path_ + "`");
    }
    BACKSTAY_ASSIGN(top_, open_beneath(directory_, name_));
  }
  for (std::size_t end = relative.find('/'); end != std::string::npos;
       end = relative.find('/', end + 1)) {
    BACKSTAY_TRY(make_directory(relative.substr(0, end)));
  }
  return open_beneath(top_.get(), split_path(relative).first);
}

Result<void> SetAside::move(int live_directory,
                            const std::string& name,
                            const std::string& relative) {
  BACKSTAY_ASSIGN(const Descriptor parent, parent_of(relative));
  BACKSTAY_FAILPOINT("restore.orig.move");
  return move_beneath(live_directory, name, parent.get(), split_path(relative).second);
}

Result<bool> SetAside::keep(int live_directory,
                            const std::string& name,
                            const std::string& relative) {
  BACKSTAY_ASSIGN(const Descriptor parent, parent_of(relative));
  BACKSTAY_FAILPOINT("restore.orig.keep");
  return linkat(live_directory, name.c_str(), parent.get(), split_path(relative).second.c_str(),
                0) == 0;
}

Result<void> SetAside::note_directory(const std::string& relative) {
  BACKSTAY_ASSIGN(const Descriptor made, parent_of(relative.empty() ? "x" : relative + "/x"));
  return {};
}

}  // namespace backstay::runtime
