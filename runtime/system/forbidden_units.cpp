// Units that must not start while a restore is half-done: a drop-in in the administrator's
// directory, so that it holds across reboots, whatever starts the unit, and without Backstay.
#include <fmt/format.h>

#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

constexpr const char* kDropIn = "backstay-restore.conf";

std::string directory_of(const std::string& unit) {
  return unit_directory() + "/" + unit + ".d";
}

std::string drop_in_of(const std::string& unit) {
  return directory_of(unit) + "/" + kDropIn;
}

/// `%` begins a specifier in a unit file (systemd.unit(5)).
std::string escaped(const std::string& path) {
  std::string text;
  for (const char letter : path) {
    text += letter == '%' ? std::string("%%") : std::string(1, letter);
  }
  return text;
}

std::string content_for(const std::string& marker) {
  return fmt::format(
      "# Written by backstay: a restore is not finished, and this unit must not start on it.\n"
      "# `backstay restore --undo` and `--commit` take this file away.\n"
      "[Unit]\n"
      "ConditionPathExists=!{}\n",
      escaped(marker));
}

}  // namespace

bool start_is_forbidden(Filesystem& files, const std::string& unit) {
  return exists(files, drop_in_of(unit));
}

Result<void> ServiceManager::forbid_start(Filesystem& files,
                                          const std::vector<std::string>& units,
                                          const std::string& marker) {
  if (!marker.starts_with("/") || marker.find('\n') != std::string::npos) {
    return Error{.kind = ErrorKind::Usage,
                 .message = fmt::format("`{}` cannot stand in a unit file", marker)};
  }
  const std::string content = content_for(marker);
  bool changed = false;
  for (const std::string& unit : units) {
    const auto there = read_file(files, drop_in_of(unit));
    if (there && *there == content) {
      continue;
    }
    BACKSTAY_TRY(make_directories(files, directory_of(unit), 0755));
    BACKSTAY_TRY(replace_file(files, drop_in_of(unit), content, 0644));
    BACKSTAY_TRY(files.sync_directory(unit_directory()));
    changed = true;
  }
  return changed ? reload() : Result<void>();
}

Result<void> ServiceManager::allow_start(Filesystem& files, const std::vector<std::string>& units) {
  bool changed = false;
  for (const std::string& unit : units) {
    auto removed = files.unlink(drop_in_of(unit));
    if (!removed && removed.error().kind != ErrorKind::NotFound) {
      return removed;
    }
    changed = changed || removed;
    if (removed) {
      BACKSTAY_TRY(files.sync_directory(directory_of(unit)));
      (void)files.remove_directory(directory_of(unit));  // where nobody else's drop-in is in it
    }
  }
  return changed ? reload() : Result<void>();
}

}  // namespace backstay::runtime
