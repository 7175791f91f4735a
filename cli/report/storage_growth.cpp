// Bytes of a store over time, and where they lead.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cli/report/drawing.hpp"
#include "cli/report/figures.hpp"

namespace backstay::cli {
namespace {

using std::chrono::sys_seconds;

/// A round number of bytes between two marks of the axis.
std::uint64_t byte_step(std::uint64_t most, std::size_t marks) {
  std::uint64_t unit = 1;
  while (unit < (1ULL << 50U)) {
    for (const std::uint64_t times : {1, 2, 5, 10, 20, 50, 100, 200, 500}) {
      if (unit * times * marks >= most)
        return unit * times;
    }
    unit *= 1024;
  }
  return std::max<std::uint64_t>(1, most / marks);
}

class Growth {
 public:
  Growth(Markup& svg, const StorageGrowth& storage, const Canvas& canvas)
      : svg_(svg), storage_(storage), left_(canvas.narrow ? 58 : 74), canvas_(canvas) {
    for (const auto* samples : {&storage.past, &storage.forecast}) {
      for (const StorageSample& sample : *samples) {
        most_ = std::max(most_, sample.high);
        first_ = std::min(first_, sample.at);
        last_ = std::max(last_, sample.at);
      }
    }
    shows_limit_ = storage.limit && *storage.limit <= most_ * 3;
    if (shows_limit_)
      most_ = std::max(most_, *storage.limit);
    step_ = byte_step(most_ + most_ / 20, canvas.narrow ? 4 : 5);
    top_bytes_ = step_ * ((most_ + step_) / step_);
  }

  double draw() {
    draw_bytes_axis();
    draw_time_axis();
    draw_past();
    draw_forecast();
    draw_limit();
    return kHeight;
  }

 private:
  static constexpr double kHeight = 230;
  static constexpr double kTop = 14;
  static constexpr double kBottom = kHeight - 22;

  [[nodiscard]] double x_of(sys_seconds at) const {
    const double whole = static_cast<double>(std::max<std::int64_t>(1, (last_ - first_).count()));
    return left_ + (canvas_.width - left_ - 6) * static_cast<double>((at - first_).count()) / whole;
  }

  [[nodiscard]] double y_of(std::uint64_t bytes) const {
    return kBottom -
           (kBottom - kTop) * static_cast<double>(bytes) / static_cast<double>(top_bytes_);
  }

  void draw_bytes_axis() {
    for (std::uint64_t bytes = 0; bytes <= top_bytes_; bytes += step_) {
      line(svg_, left_, y_of(bytes), canvas_.width, y_of(bytes), "axis");
      label(svg_, left_ - 6, y_of(bytes) + 4, bytes == 0 ? "0" : to_string(ByteSize{bytes}), "t",
            "end");
    }
  }

  void draw_time_axis() {
    double free_from = left_;
    const auto day = std::chrono::floor<std::chrono::days>(first_);
    for (auto at = day; at <= last_; at += std::chrono::days(1)) {
      const std::chrono::local_days local(at.time_since_epoch());
      const bool begins = static_cast<unsigned>(std::chrono::year_month_day(local).day()) == 1;
      const double x = x_of(at);
      if (!begins || x < left_)
        continue;
      line(svg_, x, kBottom, x, kBottom + 4, "tick");
      if (x < free_from || x + 30 > canvas_.width)
        continue;
      const bool leans = x < left_ + 28;  // else it would leave its picture
      label(svg_, x, kHeight - 5, month_text(local), "t", leans ? "start" : "middle");
      free_from = x + (leans ? 96 : 66);
    }
    if (!storage_.now.known())
      return;
    const double x = x_of(storage_.now.at);
    line(svg_, x, kTop, x, kBottom, "now");
    const bool at_end = x > canvas_.width - 50;
    label(svg_, x + (at_end ? -4 : 4), kTop + 13, "today", "t", at_end ? "end" : "start");
  }

  void draw_past() {
    if (storage_.past.empty())
      return;
    std::string outline;
    double x = 0;
    for (const StorageSample& sample : storage_.past) {
      x = x_of(sample.at);
      outline += outline.empty() ? fmt::format("M{:.1f} {:.1f}", x, y_of(sample.high))
                                 : fmt::format("H{:.1f}V{:.1f}", x, y_of(sample.high));
    }
    if (storage_.now.known()) {
      x = std::max(x, x_of(storage_.now.at));
      outline += fmt::format("H{:.1f}", x);
    }
    path(svg_, outline + fmt::format("V{:.1f}H{:.1f}z", kBottom, x_of(storage_.past.front().at)),
         "area", "Used now: " + to_human(ByteSize{storage_.used}));
    path(svg_, outline, "area-line");
  }

  void draw_forecast() {
    const auto& samples = storage_.forecast;
    if (samples.size() < 2)
      return;
    std::string high;
    std::string low;
    for (const StorageSample& sample : samples) {
      high += fmt::format("{}{:.1f} {:.1f}", high.empty() ? 'M' : 'L', x_of(sample.at),
                          y_of(sample.high));
    }
    for (auto sample = samples.rbegin(); sample != samples.rend(); ++sample)
      low += fmt::format("{}{:.1f} {:.1f}", low.empty() ? 'M' : 'L', x_of(sample->at),
                         y_of(sample->low));
    path(svg_, high + "L" + low.substr(1) + "z", "band",
         fmt::format("In 90 days between {} and {}", to_human(ByteSize{samples.back().low}),
                     to_human(ByteSize{samples.back().high})));
    path(svg_, high, "band-line");
    path(svg_, low, "band-line");
  }

  void draw_limit() {
    if (!shows_limit_)
      return;
    const double y = y_of(*storage_.limit);
    line(svg_, left_, y, canvas_.width, y, "limit");
    label(svg_, left_ + 4, y - 4, "full at " + to_human(ByteSize{*storage_.limit}), "t strong");
  }

  Markup& svg_;
  const StorageGrowth& storage_;
  double left_;
  const Canvas& canvas_;
  sys_seconds first_ = sys_seconds::max();
  sys_seconds last_ = sys_seconds::min();
  std::uint64_t most_ = 1;
  std::uint64_t step_ = 1;
  std::uint64_t top_bytes_ = 1;
  bool shows_limit_ = false;
};

}  // namespace

std::string storage_sentence(const StorageGrowth& storage) {
  std::string text = fmt::format("{} used", to_human(ByteSize{storage.used}));
  if (storage.forecast.empty())
    return text + "; how fast it grows is not known from one point.";
  text += fmt::format(", about {} new a day.", to_human(ByteSize{storage.a_day}));
  if (!storage.limit)
    return text + " How much fits there is not known from here.";
  text += fmt::format(" Full at {} ({}): ", to_human(ByteSize{*storage.limit}), storage.limit_from);
  if (storage.full_latest.known())
    return text +
           fmt::format("between {} and {}.", storage.full_earliest.text, storage.full_latest.text);
  if (storage.full_earliest.known())
    return text + fmt::format("{} at the earliest.", storage.full_earliest.text);
  return text + "not within 90 days.";
}

void draw_storage(Markup& page, const StorageGrowth& storage) {
  page.open("p").text("In ").element("code", storage.place).text(". ");
  prose(page, storage.unknown.empty() ? storage_sentence(storage) : storage.unknown);
  page.close();
  if (storage.forecast.empty())
    return;
  draw_both(page,
            fmt::format("Bytes in {} over time: {}", storage.target, storage_sentence(storage)),
            [&](Markup& svg, const Canvas& canvas) { return Growth(svg, storage, canvas).draw(); });
  page.element(
      "p",
      "Solid: the points that are there, by the day on which their bytes came. Dashed: the 90 "
      "days to come, between two assumptions: what new runs bring goes with their points, or "
      "never.",
      {{"class", "small"}});
  std::vector<std::vector<std::string>> rows = {
      {"today", to_human(ByteSize{storage.used}), to_human(ByteSize{storage.used})}};
  for (const std::size_t ahead : {30U, 60U, 90U}) {
    if (ahead < storage.forecast.size()) {
      const StorageSample& sample = storage.forecast[ahead];
      rows.push_back({fmt::format("in {} days", ahead), to_human(ByteSize{sample.low}),
                      to_human(ByteSize{sample.high})});
    }
  }
  table(page, fmt::format("Bytes in {}", storage.target), {"When", "At least", "At most"}, rows);
}

}  // namespace backstay::cli
