#include "cli/report/build_storage.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/report/build_calendar.hpp"
#include "cli/report/drawing.hpp"

namespace backstay::cli {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::sys_seconds;

constexpr int kPaceDays = 30;

class Forecast {
 public:
  Forecast(const StoredBytes& bytes,
           const std::vector<const RetentionCalendar*>& calendars,
           const PlanCalendar& calendar,
           sys_seconds now)
      : bytes_(bytes), calendar_(calendar), now_(now) {
    for (const RetentionCalendar* one : calendars) {
      for (const CalendarPoint& point : one->points) {
        if (point.id.empty())
          to_come_.push_back(&point);
        else if (point.goes)
          goes_.emplace(point.id, *point.goes);
      }
    }
  }

  /// New bytes a day over the last days. The very first snapshot is no growth: it is the beginning.
  [[nodiscard]] std::uint64_t pace() const {
    const auto borne = bytes_.first_borne();
    std::uint64_t sum = 0;
    sys_seconds from = now_;
    for (std::size_t index = 1; index < borne.size(); ++index) {
      if (bytes_.snapshots[index].at < now_ - days(kPaceDays))
        continue;
      sum += borne[index];
      from = std::min(from, bytes_.snapshots[index - 1].at);
    }
    const auto span =
        std::chrono::ceil<days>(now_ - std::max(from, now_ - days(kPaceDays))).count();
    return sum / static_cast<std::uint64_t>(std::clamp<std::int64_t>(span, 1, kPaceDays));
  }

  /// After each day from today on. The newest snapshot is what the next ones are linked from: its
  /// bytes stay.
  [[nodiscard]] std::vector<StorageSample> samples(std::uint64_t a_day) const {
    std::vector<StorageSample> all;
    const local_days today = calendar_.day_of(now_);
    const std::uint64_t each =
        to_come_.empty() ? 0 : a_day * static_cast<std::uint64_t>(kDaysAhead) / to_come_.size();
    for (int ahead = 0; ahead <= kDaysAhead; ++ahead) {
      const local_days day = today + days(ahead);
      std::uint64_t made = 0;
      std::uint64_t kept = 0;
      for (const CalendarPoint* point : to_come_) {
        if (ahead == 0 || point->day > day)
          continue;
        ++made;
        kept += !point->goes || *point->goes > day ? 1 : 0;
      }
      const std::uint64_t there = ahead == 0 ? bytes_.used(all_alive()) : bytes_.used(alive(day));
      all.push_back({.at = ahead == 0 ? now_ : calendar_.begin_of(day),
                     .low = there + each * kept,
                     .high = there + each * made});
    }
    return all;
  }

 private:
  [[nodiscard]] std::vector<bool> all_alive() const {
    return std::vector<bool>(bytes_.snapshots.size(), true);
  }

  [[nodiscard]] std::vector<bool> alive(local_days day) const {
    std::vector<bool> alive = all_alive();
    for (std::size_t index = 0; index + 1 < alive.size(); ++index) {
      const auto goes = goes_.find(bytes_.snapshots[index].id);
      alive[index] = goes == goes_.end() || goes->second > day;
    }
    return alive;
  }

  const StoredBytes& bytes_;
  const PlanCalendar& calendar_;
  sys_seconds now_;
  std::vector<const CalendarPoint*> to_come_;
  std::map<std::string, local_days> goes_;
};

std::vector<StorageSample> past_of(const StoredBytes& bytes) {
  std::vector<StorageSample> past;
  std::uint64_t sum = 0;
  const auto borne = bytes.first_borne();
  for (std::size_t index = 0; index < borne.size(); ++index) {
    sum += borne[index];
    past.push_back({.at = bytes.snapshots[index].at, .low = sum, .high = sum});
  }
  return past;
}

void find_limit(StorageGrowth& growth,
                const plan::Target& target,
                std::optional<std::uint64_t> free) {
  if (free) {
    growth.limit = growth.used + *free;
    growth.limit_from = "what is used and what is free there now";
  }
  const auto capacity = parse_byte_size(target.capacity);
  if (capacity && (!growth.limit || capacity->bytes < *growth.limit)) {
    growth.limit = capacity->bytes;
    growth.limit_from = fmt::format("`capacity {}` of the policy", target.capacity);
  }
}

}  // namespace

StorageGrowth build_storage(const plan::Target& target,
                            const StoredBytes& bytes,
                            const std::vector<const RetentionCalendar*>& calendars,
                            std::optional<std::uint64_t> free,
                            const PlanCalendar& calendar,
                            sys_seconds now) {
  StorageGrowth growth{.target = target.name, .place = target.path, .now = calendar.moment(now)};
  growth.past = past_of(bytes);
  growth.used = growth.past.empty() ? 0 : growth.past.back().high;
  find_limit(growth, target, free);
  if (growth.past.empty()) {
    growth.unknown = "There is no point in it yet.";
    return growth;
  }
  if (bytes.snapshots.size() < 2)
    return growth;  // one point has no pace
  const Forecast forecast(bytes, calendars, calendar, now);
  growth.a_day = forecast.pace();
  growth.forecast = forecast.samples(growth.a_day);
  for (const StorageSample& sample : growth.forecast) {
    const Moment day{.at = sample.at, .text = day_text(calendar.day_of(sample.at))};
    if (growth.limit && sample.high >= *growth.limit && !growth.full_earliest.known())
      growth.full_earliest = day;
    if (growth.limit && sample.low >= *growth.limit && !growth.full_latest.known())
      growth.full_latest = day;
  }
  return growth;
}

}  // namespace backstay::cli
