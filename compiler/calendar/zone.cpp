#include "compiler/calendar/zone.hpp"

#include <algorithm>
#include <exception>

#include <date/tz.h>

namespace backstay::compiler {
namespace {

date::local_seconds to_library(std::chrono::local_seconds local) {
  return date::local_seconds(local.time_since_epoch());
}

}  // namespace

Result<Zone> Zone::find(std::string_view name) {
  Zone zone{std::string(name)};
  if (name == "UTC") {
    return zone;
  }
  const std::vector<std::string> known = names();
  if (known.empty()) {
    return Error{.kind = ErrorKind::ToolMissing,
                 .message = "the time-zone database of this machine cannot be read",
                 .hint = "install the package `tzdata`"};
  }
  if (!std::binary_search(known.begin(), known.end(), zone.name_)) {
    return Error{.kind = ErrorKind::NotFound, .message = "there is no zone `" + zone.name_ + "`"};
  }
  try {
    const date::time_zone* const entry = date::locate_zone(zone.name_);
    // Why: the library reads a zone's file at the first question, and throws from there.
    static_cast<void>(entry->get_info(date::sys_seconds{}));
    zone.entry_ = entry;
  } catch (const std::exception& exception) {
    return Error{.kind = ErrorKind::ToolMissing,
                 .message = "zone `" + zone.name_ + "` cannot be read: " + exception.what(),
                 .hint = "install the package `tzdata` anew"};
  }
  return zone;
}

std::vector<std::string> Zone::names() {
  std::vector<std::string> all;
  try {
    for (const date::time_zone& zone : date::get_tzdb().zones) {
      all.push_back(zone.name());
    }
  } catch (const std::exception&) {
    all.clear();
  }
  std::sort(all.begin(), all.end());
  return all;
}

LocalInstant Zone::to_instant(std::chrono::local_seconds local) const {
  if (entry_ == nullptr) {
    return {std::chrono::sys_seconds(local.time_since_epoch())};
  }
  const auto* const zone = static_cast<const date::time_zone*>(entry_);
  const date::local_info info = zone->get_info(to_library(local));
  if (info.result == date::local_info::nonexistent) {
    return {info.first.end, LocalInstant::Kind::Skipped};
  }
  return {std::chrono::sys_seconds(local.time_since_epoch() - info.first.offset),
          info.result == date::local_info::ambiguous ? LocalInstant::Kind::Twice
                                                     : LocalInstant::Kind::Once};
}

std::chrono::local_seconds Zone::to_local(std::chrono::sys_seconds instant) const {
  if (entry_ == nullptr) {
    return std::chrono::local_seconds(instant.time_since_epoch());
  }
  const auto* const zone = static_cast<const date::time_zone*>(entry_);
  return std::chrono::local_seconds(instant.time_since_epoch() + zone->get_info(instant).offset);
}

}  // namespace backstay::compiler
