// What a report shows, as plain values: no store, no clock, no zone. It is gathered once (gather*)
// and rendered in three forms (page, report_text, report_json), so that all of them say the same.
//
// Names in it come from stores and other machines and are as they were found: each renderer
// escapes.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/units.hpp"

namespace backstay::cli {

/// An instant with its words in the zone of the policy: `2026-11-22 02:30 CET`. Without text: none.
struct Moment {
  std::chrono::sys_seconds at{};
  std::string text = {};

  [[nodiscard]] bool known() const { return !text.empty(); }
};

/// What a status says of one backup on one host, in words.
struct BackupCard {
  std::string policy = {};
  std::string backup = {};
  std::string host = {};
  bool safe = false;
  std::vector<std::string> problems = {};
  std::vector<std::pair<std::string, std::string>> facts = {};  ///< name and value, in order
};

/// Of one component on one day. Rising from good to bad: the worst of a day is what is shown.
enum class DayState : std::uint8_t {
  NoRecord,    ///< before the first thing that is known of the backup
  NothingDue,  ///< or what was due was made up for on a later day
  Verified,
  Stored,
  Partial,
  Missed,  ///< a run was due, and none began before the next one was due
  Failed,
};
inline constexpr std::size_t kDayStates = 7;

struct WallDay {
  DayState state = DayState::NoRecord;
  bool drilled = false;   ///< a point of that day was restored by a drill that passed
  std::string note = {};  ///< `2 runs: 1 failed, 1 verified`
};

/// The days of one component, as many as the wall has.
struct WallRow {
  std::string component = {};
  std::string service = {};
  std::vector<WallDay> days = {};
};

/// Components × days of one backup on one host.
struct CoverageWall {
  std::string title = {};
  std::chrono::local_days first = {};  ///< the last one is today
  std::vector<WallRow> rows = {};
};

/// One step of a run.
struct RunBar {
  std::string id = {};
  std::string kind = {};
  std::string from =
      {};  ///< the declaration that asked for it; empty: the plan has no such step now
  std::string end = {};  ///< `done`, `partial`, `failed`, `skipped`
  std::chrono::milliseconds began{0};
  std::chrono::milliseconds took{0};
  std::uint64_t bytes = 0;
  bool critical = false;  ///< on the path of those that waited for one another
};

struct RunChart {
  std::string title = {};
  std::string run = {};
  std::string status = {};
  Moment started = {};
  std::chrono::milliseconds took{0};      ///< from the first step's start to the last one's end
  std::chrono::milliseconds critical{0};  ///< the critical steps alone
  bool timed = true;  ///< false: of an earlier version, which did not record when steps began
  std::vector<RunBar> bars = {};  ///< in the order in which they began
};

/// One point of a store, there or to come.
struct CalendarPoint {
  Moment at = {};
  std::chrono::local_days day = {};
  std::string id = {};  ///< empty: not there yet
  bool partial = false;
  std::string rule = {};  ///< what keeps it when the play ends, or today: `daily`, `held`
  std::vector<std::string> reasons = {};             ///< all of them, in words
  std::optional<std::chrono::local_days> goes = {};  ///< the day on which no rule keeps it any more
};

/// What there is to be restored on a day of the play.
struct Outlook {
  int in_days = 0;
  std::size_t points = 0;
  Moment oldest = {};
  Moment newest = {};
  Duration longest_gap = {};  ///< between two neighbours
};

/// Of one backup on one host in one target.
struct RetentionCalendar {
  std::string title = {};
  std::string target = {};
  bool is_copy = false;
  std::string rule = {};  ///< `daily 7, weekly 4, at least 3`
  std::chrono::local_days today = {};
  int days_ahead = 90;
  std::vector<CalendarPoint> points = {};  ///< oldest first
  std::vector<Outlook> outlooks = {};      ///< after 0, 30, 60 and 90 days
  std::string unknown = {};                ///< not empty: why nothing can be said
};

/// Bytes that the points of a store take, at an instant.
struct StorageSample {
  std::chrono::sys_seconds at = {};
  std::uint64_t low = 0;
  std::uint64_t high = 0;  ///< equal to `low` where it is no forecast
};

/// One store, for all backups in it that the plans name.
struct StorageGrowth {
  std::string target = {};
  std::string place = {};
  Moment now = {};
  std::vector<StorageSample> past = {};
  std::vector<StorageSample> forecast = {};
  std::uint64_t used = 0;
  std::uint64_t a_day = 0;                  ///< new bytes a day, over the last 30 days
  std::optional<std::uint64_t> limit = {};  ///< where it is full
  std::string limit_from = {};              ///< `capacity 2TiB of the policy`, `free space`
  Moment full_earliest = {};                ///< unknown: not within the days of the forecast
  Moment full_latest = {};
  std::string unknown = {};
};

struct LadderRung {
  Moment at = {};
  bool partial = false;
  bool verified = false;
  bool drilled = false;
};

/// The points of one target.
struct LadderPlace {
  std::string target = {};
  bool is_copy = false;
  std::vector<LadderRung> rungs = {};  ///< newest first
  std::string unknown = {};
};

/// What is proven of restoring one service.
struct LadderService {
  std::string service = {};
  Moment proven = {};  ///< when the last drill of it ended
  std::chrono::milliseconds took{0};
  std::optional<Duration> promised_rto = {};
  std::optional<Duration> promised_every = {};
  std::string verdict = {};  ///< `kept`, `not kept`, `nothing promised`
};

struct RestoreLadder {
  std::string title = {};
  Moment now = {};
  std::vector<LadderPlace> places = {};
  std::vector<LadderService> services = {};
};

struct ReportData {
  bool safe = false;
  std::string answer = {};  ///< are we safe? The sentence of `backstay status`
  Moment made = {};
  std::string machine = {};          ///< where it was made
  std::string tool = {};             ///< version
  std::vector<std::string> sources;  ///< where the numbers come from, and what could not be read
  int days = 0;                      ///< how many the walls show
  std::vector<BackupCard> backups = {};
  std::vector<CoverageWall> walls = {};
  std::vector<RunChart> runs = {};
  std::vector<RetentionCalendar> calendars = {};
  std::vector<StorageGrowth> storage = {};
  std::vector<RestoreLadder> ladders = {};
};

}  // namespace backstay::cli
