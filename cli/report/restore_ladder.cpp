// The restore ladder: each point is a rung, the further right the older; what was drilled bears a
// diamond. Below it what is proven of each service.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "cli/report/drawing.hpp"
#include "cli/report/figures.hpp"

namespace backstay::cli {
namespace {

struct AgeMark {
  double seconds;
  const char* text;
};

constexpr std::array<AgeMark, 9> kMarks = {{{600, "10 min"},
                                            {3'600, "1 h"},
                                            {21'600, "6 h"},
                                            {86'400, "1 day"},
                                            {604'800, "1 week"},
                                            {2'629'800, "1 month"},
                                            {7'889'400, "3 months"},
                                            {31'557'600, "1 year"},
                                            {157'788'000, "5 years"}}};

class Ladder {
 public:
  Ladder(Markup& svg, const RestoreLadder& ladder, const Canvas& canvas)
      : svg_(svg), ladder_(ladder), canvas_(canvas), left_(canvas.narrow ? 8 : 190) {
    for (const LadderPlace& place : ladder.places) {
      for (const LadderRung& rung : place.rungs)
        oldest_ = std::max(oldest_, age_of(rung) * 1.15);
    }
  }

  double draw() {
    const double row = canvas_.narrow ? 48 : 36;
    const double bottom = kTop + row * static_cast<double>(ladder_.places.size());
    double free_from = 0;
    for (const AgeMark& mark : kMarks) {
      if (mark.seconds > oldest_)
        break;
      const double x = x_of(mark.seconds);
      line(svg_, x, kTop - 5, x, bottom, "axis");
      const double half = canvas_.narrow ? 22 : 26;
      if (x - half < free_from)
        continue;
      label(svg_, x, 11, mark.text, "t", "middle");
      free_from = x + half;
    }
    double y = kTop;
    for (const LadderPlace& place : ladder_.places) {
      draw_place(place, y);
      y += row;
    }
    return bottom + 4;
  }

 private:
  static constexpr double kTop = 20;
  static constexpr double kYoungest = 300;  // seconds at the left end

  [[nodiscard]] double age_of(const LadderRung& rung) const {
    return static_cast<double>(std::max<std::int64_t>(0, (ladder_.now.at - rung.at.at).count()));
  }

  [[nodiscard]] double x_of(double seconds) const {
    const double whole = std::log(std::max(oldest_, 2 * kYoungest) / kYoungest);
    return left_ +
           (canvas_.width - left_ - 14) * std::log(std::max(1.0, seconds / kYoungest)) / whole;
  }

  void draw_place(const LadderPlace& place, double y) {
    const double rail = y + (canvas_.narrow ? 32 : 18);
    label(svg_, 0, canvas_.narrow ? y + 14 : rail + 4,
          shortened(place.target, canvas_.narrow ? 30 : 18) + (place.is_copy ? " (copy)" : ""),
          "n");
    if (place.rungs.empty()) {
      label(svg_, left_ + 6, rail + 4, place.unknown.empty() ? "no point" : "not known from here",
            "t");
      return;
    }
    line(svg_, x_of(age_of(place.rungs.front())), rail, x_of(age_of(place.rungs.back())), rail,
         "rail");
    for (const LadderRung& rung : place.rungs)
      draw_rung(rung, rail);
  }

  void draw_rung(const LadderRung& rung, double rail) {
    const double x = x_of(age_of(rung));
    const std::string state = rung.partial    ? "partial, cannot stand for the whole"
                              : rung.drilled  ? "restored in a drill"
                              : rung.verified ? "verified"
                                              : "stored";
    svg_.open("g").element("title", fmt::format("{} ({}): {}", rung.at.text,
                                                ago_text(ladder_.now.at, rung.at.at), state));
    if (rung.partial) {
      line(svg_, x, rail - 3, x, rail + 3, "rung-partial");
    } else {
      line(svg_, x, rail - 9, x, rail + 9, rung.verified || rung.drilled ? "rung" : "rung-stored");
    }
    if (rung.drilled)
      path(svg_, fmt::format("M{:.1f} {:.1f}l5 5l-5 5l-5 -5z", x, rail - 5), "diamond");
    svg_.close();
  }

  Markup& svg_;
  const RestoreLadder& ladder_;
  const Canvas& canvas_;
  double left_;
  double oldest_ = 2 * 86'400.0;
};

std::string promise_text(const std::optional<Duration>& promised, std::string_view word) {
  return promised ? fmt::format("{} {}", word, to_string(*promised)) : "";
}

std::vector<std::vector<std::string>> place_rows(const RestoreLadder& ladder) {
  std::vector<std::vector<std::string>> rows;
  for (const LadderPlace& place : ladder.places) {
    std::vector<const LadderRung*> whole;
    const LadderRung* drilled = nullptr;
    for (const LadderRung& rung : place.rungs) {
      if (!rung.partial)
        whole.push_back(&rung);
      if (rung.drilled && drilled == nullptr)
        drilled = &rung;
    }
    const auto text = [&](const LadderRung* rung) {
      return rung == nullptr
                 ? std::string("none")
                 : fmt::format("{}, {}", rung->at.text, ago_text(ladder.now.at, rung->at.at));
    };
    const std::string nothing = place.unknown.empty() ? "none" : place.unknown;
    rows.push_back({place.target + (place.is_copy ? " (copy)" : ""), std::to_string(whole.size()),
                    whole.empty() ? nothing : text(whole.front()),
                    whole.empty() ? nothing : text(whole.back()), text(drilled)});
  }
  return rows;
}

std::vector<std::vector<std::string>> service_rows(const RestoreLadder& ladder) {
  std::vector<std::vector<std::string>> rows;
  for (const LadderService& one : ladder.services) {
    rows.push_back({one.service,
                    one.proven.known() ? fmt::format("{}, {}", one.proven.text,
                                                     ago_text(ladder.now.at, one.proven.at))
                                       : "never",
                    one.proven.known() ? took_text(one.took) : "not measured",
                    promise_text(one.promised_rto, "rto"),
                    promise_text(one.promised_every, "drill every"), one.verdict});
  }
  return rows;
}

}  // namespace

void draw_ladder(Markup& page, const RestoreLadder& ladder) {
  draw_both(page, fmt::format("Points of {} by age", ladder.title),
            [&](Markup& svg, const Canvas& canvas) { return Ladder(svg, ladder, canvas).draw(); });
  page.element(
      "p",
      "Long rungs are complete points (dashed: stored, not verified), short ones partial; a "
      "diamond was restored in a drill.",
      {{"class", "small"}});
  table(page, "How far back each target goes",
        {"Target", "Complete points", "Newest", "Oldest", "Newest that was drilled"},
        place_rows(ladder));
  table(page, "What drills have proven of each service",
        {"Service", "Last proven restore", "It took", "Promised time", "Promised drill", "Verdict"},
        service_rows(ladder));
}

}  // namespace backstay::cli
