#include "cli/report/drawing.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace backstay::cli {
namespace {

std::chrono::year_month_day date_of(std::chrono::local_days day) {
  return std::chrono::year_month_day(day);
}

void open_svg(
    Markup& page, const std::string& name, double width, double height, std::string_view css) {
  page.open("svg",
            {{"class", css},
             {"role", "img"},
             {"aria-label", name},
             {"width", width},
             {"height", height},
             {"viewBox", fmt::format("0 0 {} {}", Value(width).text(), Value(height).text())}});
}

}  // namespace

void draw_both(Markup& page, const std::string& name, const Draw& draw) {
  for (const Canvas& canvas : {kDesk, kPhone})
    draw_on(page, canvas, name, draw);
}

void draw_on(Markup& page, const Canvas& canvas, const std::string& name, const Draw& draw) {
  Markup inner;
  const double height = draw(inner, canvas);
  open_svg(page, name, canvas.width, height, canvas.narrow ? "phone" : "desk");
  page.append(inner).close();
}

void draw_one(Markup& page,
              const std::string& name,
              double width,
              double height,
              const std::function<void(Markup&)>& draw) {
  open_svg(page, name, width, height, "one");
  draw(page);
  page.close();
}

void label(Markup& svg,
           double x,
           double y,
           std::string_view text,
           std::string_view css,
           std::string_view anchor) {
  svg.element("text", text, {{"x", x}, {"y", y}, {"class", css}, {"text-anchor", anchor}});
}

void line(Markup& svg, double x1, double y1, double x2, double y2, std::string_view css) {
  svg.empty("line", {{"x1", x1}, {"y1", y1}, {"x2", x2}, {"y2", y2}, {"class", css}});
}

void box(Markup& svg, double x, double y, double width, double height, std::string_view css) {
  svg.empty("rect", {{"x", x}, {"y", y}, {"width", width}, {"height", height}, {"class", css}});
}

void path(Markup& svg, const std::string& data, std::string_view css, const std::string& title) {
  if (title.empty()) {
    svg.empty("path", {{"class", css}, {"d", data}});
    return;
  }
  svg.open("path", {{"class", css}, {"d", data}}).element("title", title).close();
}

namespace {

/// A date is not broken at its hyphens, where a narrow column breaks anything else.
void write_cell(Markup& page, std::string_view text) {
  constexpr std::size_t kDate = 10;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (word.size() <= kDate + 1 && word.find('-') != std::string_view::npos)
      page.element("span", word, {{"class", "k"}});
    else
      page.text(word);
    if (end < text.size())
      page.text(" ");
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

}  // namespace

void prose(Markup& page, std::string_view text) {
  while (!text.empty()) {
    const std::size_t open = text.find('`');
    const std::size_t close = open == std::string_view::npos ? open : text.find('`', open + 1);
    if (close == std::string_view::npos) {
      page.text(text);
      return;
    }
    page.text(text.substr(0, open)).element("code", text.substr(open + 1, close - open - 1));
    text.remove_prefix(close + 1);
  }
}

void table(Markup& page,
           std::string_view caption,
           const std::vector<std::string>& heads,
           const std::vector<std::vector<std::string>>& rows) {
  page.open("div",
            {{"class", "scroll"}, {"tabindex", 0}, {"role", "region"}, {"aria-label", caption}});
  page.open("table").element("caption", caption).open("thead").open("tr");
  for (const std::string& head : heads)
    page.element("th", head, {{"scope", "col"}});
  page.close().close().open("tbody");
  for (const auto& row : rows) {
    page.open("tr");
    for (std::size_t cell = 0; cell < row.size(); ++cell) {
      if (cell == 0)
        page.open("th", {{"scope", "row"}});
      else
        page.open("td");
      write_cell(page, row[cell]);
      page.close();
    }
    page.close();
  }
  page.close().close().close();
}

void folded_table(Markup& page,
                  std::string_view caption,
                  const std::vector<std::string>& heads,
                  const std::vector<std::vector<std::string>>& rows) {
  page.open("details").element("summary", "The same in a table");
  table(page, caption, heads, rows);
  page.close();
}

std::string day_text(std::chrono::local_days day) {
  const auto date = date_of(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string month_text(std::chrono::local_days day) {
  constexpr const char* kNames[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto date = date_of(day);
  return fmt::format("{} {}", kNames[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()));
}

std::string took_text(std::chrono::milliseconds took) {
  if (took < std::chrono::minutes(1))
    return fmt::format("{:.1f} s", static_cast<double>(took.count()) / 1000.0);
  return to_human(Duration{std::chrono::duration_cast<std::chrono::seconds>(took).count()});
}

std::string ago_text(std::chrono::sys_seconds now, std::chrono::sys_seconds then) {
  return then > now ? "in the future" : to_human(Duration{(now - then).count()}) + " ago";
}

std::string counted(std::size_t number, std::string_view one) {
  return fmt::format("{} {}{}", number, one, number == 1 ? "" : "s");
}

}  // namespace backstay::cli
