#include "runtime/store/point_in_time.hpp"

#include <array>
#include <ctime>

#include <time.h>

namespace backstay::runtime {
namespace {

using std::chrono::sys_seconds;

/// What `text` says by a format of strptime(3), if it says that and no more.
std::optional<std::tm> read_by(const std::string& text, const char* format) {
  std::tm time{};
  const char* end = ::strptime(text.c_str(), format, &time);
  return end != nullptr && *end == '\0' ? std::optional(time) : std::nullopt;
}

/// strptime(3) takes 31 February: what it read must be what comes out.
std::optional<sys_seconds> instant_of(const std::tm& said, bool utc) {
  std::tm time = said;
  time.tm_isdst = -1;
  const std::time_t at = utc ? ::timegm(&time) : ::mktime(&time);
  const bool same = time.tm_mday == said.tm_mday && time.tm_mon == said.tm_mon;
  return same && at != -1 ? std::optional(sys_seconds(std::chrono::seconds(at))) : std::nullopt;
}

std::optional<sys_seconds> end_of_day(std::tm day) {
  if (!instant_of(day, false))
    return std::nullopt;
  day.tm_hour = 23;
  day.tm_min = 59;
  day.tm_sec = 59;
  return instant_of(day, false);
}

std::optional<sys_seconds> read_date(std::string text) {
  if (const auto day = read_by(text, "%Y-%m-%d"))
    return end_of_day(*day);
  const bool utc = text.ends_with('Z');
  if (utc)
    text.pop_back();
  constexpr std::array<const char*, 4> kForms = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M",
                                                 "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"};
  for (const char* form : kForms) {
    if (const auto time = read_by(text, form))
      return instant_of(*time, utc);
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<sys_seconds>> point_in_time(const std::string& name) {
  if (!name.starts_with('@'))
    return std::optional<sys_seconds>();
  const auto at = read_date(name.substr(1));
  if (at)
    return at;
  return Error{.kind = ErrorKind::Usage,
               .message = "`" + name + "` is no date",
               .hint =
                   "write `@2026-11-01` for that day, `@2026-11-01T14:30` for that minute "
                   "(local time), or `@2026-11-01T14:30:00Z`"};
}

}  // namespace backstay::runtime
