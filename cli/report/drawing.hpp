// What the figures share: the two widths, pictures with a name, tables that can be listened to, and
// how dates and quantities are written.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/report/markup.hpp"
#include "lang/base/units.hpp"

namespace backstay::cli {

/// One of the two ways to draw a figure. One unit is one CSS pixel when it is shown at its width.
struct Canvas {
  double width = 0;
  bool narrow = false;
};

inline constexpr Canvas kDesk{.width = 1056, .narrow = false};
inline constexpr Canvas kPhone{.width = 342, .narrow = true};

/// Draws into an SVG that is open and returns the height that it took.
using Draw = std::function<double(Markup& svg, const Canvas& canvas)>;

/// Both ways, each in an `<svg role="img">` with the name.
void draw_both(Markup& page, const std::string& name, const Draw& draw);
/// One way alone: for a figure of several pictures, of which paper takes each as a whole.
void draw_on(Markup& page, const Canvas& canvas, const std::string& name, const Draw& draw);
/// One SVG of a fixed size.
void draw_one(Markup& page,
              const std::string& name,
              double width,
              double height,
              const std::function<void(Markup&)>& draw);

/// `<text>` at a place; `anchor` is start, middle or end.
void label(Markup& svg,
           double x,
           double y,
           std::string_view text,
           std::string_view css = "t",
           std::string_view anchor = "start");
void line(Markup& svg, double x1, double y1, double x2, double y2, std::string_view css);
void box(Markup& svg, double x, double y, double width, double height, std::string_view css);
/// A path with a title that shows when a pointer rests on it.
void path(Markup& svg,
          const std::string& data,
          std::string_view css,
          const std::string& title = {});

/// Text in which what stands between backticks is code.
void prose(Markup& page, std::string_view text);

/// A table with a caption; the first cell of each row is its heading. It scrolls by itself where it
/// is wider than the page.
void table(Markup& page,
           std::string_view caption,
           const std::vector<std::string>& heads,
           const std::vector<std::vector<std::string>>& rows);
/// The same behind a line that opens it.
void folded_table(Markup& page,
                  std::string_view caption,
                  const std::vector<std::string>& heads,
                  const std::vector<std::vector<std::string>>& rows);

/// `2026-11-22`.
[[nodiscard]] std::string day_text(std::chrono::local_days day);
/// `Nov 2026`.
[[nodiscard]] std::string month_text(std::chrono::local_days day);
/// `12.4 s`, `3 min 20 s`.
[[nodiscard]] std::string took_text(std::chrono::milliseconds took);
/// `7 h 3 min ago`.
[[nodiscard]] std::string ago_text(std::chrono::sys_seconds now, std::chrono::sys_seconds then);
/// `1 day`, `2 days`.
[[nodiscard]] std::string counted(std::size_t number, std::string_view one);

}  // namespace backstay::cli
