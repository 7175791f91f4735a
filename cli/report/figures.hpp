// The figures of the page, one function and one file each: values to markup, nothing else. A figure
// is drawn twice, for a desk and for a telephone; the style sheet shows the one that fits.
#pragma once

#include "cli/report/markup.hpp"
#include "cli/report/report_data.hpp"

namespace backstay::cli {

/// Components × days, the worst state of each day.
void draw_wall(Markup& page, const CoverageWall& wall);
/// What each shape of a wall means.
void draw_wall_legend(Markup& page);
/// The steps of a run over its time, those of the critical path emphasised.
void draw_run(Markup& page, const RunChart& chart);
/// The points of a target by day, and what becomes of them.
void draw_calendar(Markup& page, const RetentionCalendar& calendar);
void draw_calendar_legend(Markup& page);
/// How much is used, how fast it grows and when it is full, in a sentence.
[[nodiscard]] std::string storage_sentence(const StorageGrowth& storage);
/// Bytes over time, with a forecast.
void draw_storage(Markup& page, const StorageGrowth& storage);
/// How far back, what is proven, how long it takes.
void draw_ladder(Markup& page, const RestoreLadder& ladder);

/// Whether a run of so many steps shows them all; else the longest and the critical ones.
inline constexpr std::size_t kMostBars = 40;

}  // namespace backstay::cli
