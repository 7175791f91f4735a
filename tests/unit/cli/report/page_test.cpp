// The page: whatever the names are, they change no tag of it; and it asks nobody for anything.
#include "cli/report/page.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <regex>

#include <rapidcheck.h>

#include "cli/report/markup.hpp"
#include "cli/report/report_text.hpp"
#include "lang/base/utf8.hpp"
#include "tests/support/catch.hpp"

namespace backstay::cli::testing {
namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year;

constexpr sys_days kToday{year(2026) / 11 / 22};

Moment moment(int back, const std::string& name) {
  return {.at = kToday - days(back), .text = "2026-11-22 02:30 UTC" + name};
}

RestoreLadder ladder_named(const std::string& name) {
  RestoreLadder ladder{.title = name, .now = moment(0, "")};
  ladder.places = {{.target = name,
                    .rungs = {{.at = moment(1, name), .verified = true, .drilled = true},
                              {.at = moment(9, name), .partial = true}}},
                   {.target = name, .is_copy = true, .unknown = name}};
  ladder.services = {{.service = name,
                      .proven = moment(2, name),
                      .took = milliseconds(1500),
                      .promised_rto = Duration{3600},
                      .verdict = name},
                     {.service = name, .verdict = name}};
  return ladder;
}

RetentionCalendar calendar_named(const std::string& name) {
  const local_days today(kToday.time_since_epoch());
  RetentionCalendar calendar{.title = name, .target = name, .rule = name, .today = today};
  calendar.points = {{.at = moment(3, name),
                      .day = today - days(3),
                      .id = "p" + name,
                      .rule = "daily",
                      .reasons = {name},
                      .goes = today + days(4)},
                     {.at = moment(0, name), .day = today, .id = "q" + name, .rule = "weekly"},
                     {.at = moment(-5, name), .day = today + days(5), .rule = "monthly"}};
  calendar.outlooks = {
      {.in_days = 0, .points = 2, .oldest = moment(3, name), .newest = moment(0, name)}};
  return calendar;
}

/// A report in which every foreign text is `name`.
ReportData report_named(const std::string& name) {
  ReportData data{.answer = name,
                  .made = moment(0, name),
                  .machine = name,
                  .tool = "0",
                  .sources = {name},
                  .days = 3};
  data.backups = {
      {.policy = name, .backup = name, .host = name, .problems = {name}, .facts = {{name, name}}}};
  CoverageWall wall{.title = name, .first = local_days(kToday.time_since_epoch()) - days(2)};
  for (const DayState state : {DayState::Failed, DayState::Missed, DayState::Partial,
                               DayState::Stored, DayState::Verified}) {
    wall.rows.push_back({.component = name,
                         .service = name,
                         .days = {{.state = state, .note = name},
                                  {.state = DayState::Verified, .drilled = true},
                                  {.state = DayState::NothingDue}}});
  }
  data.walls = {wall};
  RunChart chart{.title = name,
                 .run = name,
                 .status = name,
                 .started = moment(0, name),
                 .took = milliseconds(5000),
                 .critical = milliseconds(4000)};
  chart.bars = {{.id = name,
                 .kind = name,
                 .from = name,
                 .end = "done",
                 .took = milliseconds(4000),
                 .bytes = 7,
                 .critical = true},
                {.id = name,
                 .kind = name,
                 .from = name,
                 .end = "failed",
                 .began = milliseconds(4000),
                 .took = milliseconds(1000)}};
  data.runs = {chart};
  data.calendars = {calendar_named(name)};
  StorageGrowth storage{.target = name, .place = name, .now = moment(0, name), .used = 5};
  storage.past = {{.at = kToday - days(9), .low = 3, .high = 3},
                  {.at = kToday, .low = 5, .high = 5}};
  storage.forecast = {{.at = kToday, .low = 5, .high = 5},
                      {.at = kToday + days(90), .low = 6, .high = 9}};
  storage.limit = 12;
  storage.limit_from = name;
  data.storage = {storage};
  data.ladders = {ladder_named(name)};
  return data;
}

/// The tags of a page without what attributes say, in order.
std::string skeleton(const std::string& page) {
  std::string tags;
  for (std::size_t at = page.find('<'); at != std::string::npos; at = page.find('<', at + 1)) {
    std::size_t end = at;
    bool quoted = false;
    while (end < page.size() && (quoted || page[end] != '>')) {
      quoted ^= page[end] == '"';
      if (!quoted && page[end] != '"')
        tags += page[end];
      ++end;
    }
    at = end;
  }
  return std::regex_replace(tags, std::regex("<span class=<?/span|<code<?/code|<text[^<]*</text"),
                            "");
}

bool is_clean_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto point = lang::decode_utf8(text);
    if (!point || lang::is_control(point->value) || lang::is_direction_change(point->value))
      return false;
    text.remove_prefix(point->length);
  }
  return true;
}

const std::vector<std::string>& hostile_names() {
  static const std::vector<std::string> names = {
      "</title><script>alert(1)</script>",
      "\"><img src=x onerror=alert(1)>",
      "' onmouseover='alert(1)",
      "</style><svg onload=alert(1)>",
      "<!-- ",
      "]]>",
      "&lt;&#60;",
      std::string("\0\x01\x1b[2J\x7f\xc2\x85", 9),
      "\xff\xfe\x80",
      "\xe2\x80\xae"
      "gnp.exe \xe2\x81\xa6",
      "| a | `b` **c** [d](javascript:alert(1)) @everyone",
      "{{7*7}}${7*7}",
      std::string(20'000, 'W'),
      "two\nlines\r\n\tand a tab",
  };
  return names;
}

}  // namespace

TEST_CASE("no name changes the structure of the page", "[report]") {
  const std::string plain = skeleton(render_page(report_named("nova")));
  CHECK(plain.size() > 2'000);
  for (const std::string& name : hostile_names()) {
    const std::string page = render_page(report_named(name));
    INFO(escaped(name.substr(0, 60)));
    CHECK(skeleton(page) == plain);
    CHECK(is_clean_utf8(page));
    CHECK(page.find("<script") == std::string::npos);
    CHECK(page.find("<img") == std::string::npos);
    CHECK(page.find("onerror=alert(1)>") == std::string::npos);
  }
}

TEST_CASE("no bytes at all change the structure of the page", "[report]") {
  const std::string plain = skeleton(render_page(report_named("nova")));
  CHECK(rc::check([&plain] {
    const auto name = *rc::gen::container<std::string>(rc::gen::arbitrary<char>());
    const std::string page = render_page(report_named("n" + name));
    RC_ASSERT(skeleton(page) == plain);
    RC_ASSERT(is_clean_utf8(page));
  }));
}

TEST_CASE("the page forbids scripts and the network, and needs neither", "[report]") {
  const std::string page = render_page(report_named("nova"));
  CHECK(page.starts_with("<!DOCTYPE html>"));
  CHECK(page.find("http-equiv=\"Content-Security-Policy\" content=\"default-src &#39;none&#39;; "
                  "style-src &#39;unsafe-inline&#39;") != std::string::npos);
  for (const char* word : {"http:", "https:", "url(", "@import", "src=", "<link", "<iframe"})
    CHECK(page.find(word) == std::string::npos);
  CHECK(page.find("prefers-color-scheme:dark") != std::string::npos);
  CHECK(page.find("@media print") != std::string::npos);
}

TEST_CASE("every state of a day has a word beside its colour", "[report]") {
  const std::string page = render_page(report_named("nova"));
  for (const char* word :
       {"verified", "stored", "partial", "missed", "failed", "restored in a drill", "no run due",
        "on the critical path", "✗ Not safe"})
    CHECK(page.find(word) != std::string::npos);
}

// A browser looks at what it writes: `page: …` in tests/unit/cli/CMakeLists.txt.
TEST_CASE("a page of hostile names is written", "[.write-page]") {
  const char* path = std::getenv("BACKSTAY_PAGE");
  REQUIRE(path != nullptr);
  ReportData data = report_named("nova");
  for (const std::string& name : hostile_names()) {
    const ReportData one = report_named(name);
    data.backups.push_back(one.backups.front());
    data.walls.push_back(one.walls.front());
    data.runs.push_back(one.runs.front());
    data.calendars.push_back(one.calendars.front());
    data.storage.push_back(one.storage.front());
    data.ladders.push_back(one.ladders.front());
  }
  std::ofstream(path) << render_page(data);
}

TEST_CASE("text and JSON bear hostile names, too", "[report]") {
  for (const std::string& name : hostile_names()) {
    std::string text = render_report_text(report_named(name));
    std::erase(text, '\n');
    CHECK(is_clean_utf8(text));
    CHECK(render_report_json(report_named(name)).find("\"schema_version\": 1") !=
          std::string::npos);
  }
}

TEST_CASE("an empty report is a page, too", "[report]") {
  const std::string page = render_page({});
  CHECK(page.find("No backup was looked at.") != std::string::npos);
  CHECK(page.find("No run is known") != std::string::npos);
}

namespace {

/// Of light, dark and print, in this order: the colours by name, as the sheet writes them.
std::vector<std::map<std::string, std::string>> palettes() {
  const std::string style(page_style());
  const std::regex block(R"(:root\{([^}]*)\})");
  const std::regex colour(R"(--([a-z-]+):\s*#([0-9a-f]{6}|[0-9a-f]{3})\b)");
  std::vector<std::map<std::string, std::string>> all;
  for (auto at = std::sregex_iterator(style.begin(), style.end(), block);
       at != std::sregex_iterator(); ++at) {
    const std::string inside = (*at)[1];
    auto& palette = all.emplace_back();
    for (auto one = std::sregex_iterator(inside.begin(), inside.end(), colour);
         one != std::sregex_iterator(); ++one) {
      palette[(*one)[1]] = (*one)[2];
    }
  }
  return all;
}

/// WCAG 2.2: relative luminance.
double luminance(const std::string& colour) {
  constexpr std::array kWeights = {0.2126, 0.7152, 0.0722};
  double sum = 0;
  for (std::size_t part = 0; part < kWeights.size(); ++part) {
    const std::string digits =
        colour.size() == 3 ? std::string(2, colour[part]) : colour.substr(2 * part, 2);
    const double value = std::stoi(digits, nullptr, 16) / 255.0;
    sum += kWeights.at(part) *
           (value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4));
  }
  return sum;
}

/// WCAG 2.2: contrast ratio, 1 to 21.
double contrast(const std::string& one, const std::string& other) {
  const auto [less, more] = std::minmax({luminance(one), luminance(other)});
  return (more + 0.05) / (less + 0.05);
}

}  // namespace

TEST_CASE("text and marks stand out from what is behind them, in light, dark and print",
          "[report]") {
  using Pairs = std::vector<std::pair<const char*, const char*>>;
  const Pairs texts = {{"ink", "bg"},     {"ink", "card"},     {"soft", "bg"},
                       {"soft", "card"},  {"blue", "bg"},      {"blue", "card"},
                       {"bad", "card"},   {"warn", "card"},    {"good", "good-bg"},
                       {"bad", "bad-bg"}, {"warn", "warn-bg"}, {"blue", "blue-bg"},
                       {"on", "good"},    {"on", "bad"},       {"on", "blue"}};
  const Pairs marks = {{"good", "card"}, {"bad", "card"},  {"warn", "card"},
                       {"blue", "card"}, {"soft", "card"}, {"faint", "card"}};
  CHECK(contrast("000", "ffffff") > 20.9);
  const auto all = palettes();
  REQUIRE(all.size() == 3);
  for (const auto& palette : all) {
    for (const auto& [front, back] : texts) {
      INFO(front << " " << palette.at(front) << " on " << back << " " << palette.at(back));
      CHECK(contrast(palette.at(front), palette.at(back)) >= 4.5);
    }
    for (const auto& [front, back] : marks) {
      INFO(front << " " << palette.at(front) << " on " << back << " " << palette.at(back));
      CHECK(contrast(palette.at(front), palette.at(back)) >= 3.0);
    }
  }
}

}  // namespace backstay::cli::testing
