#include "cli/report/page.hpp"

#include <fmt/format.h>

#include "cli/report/drawing.hpp"
#include "cli/report/figures.hpp"

namespace backstay::cli {
namespace {

void write_head(Markup& page, const ReportData& data) {
  page.open("head");
  page.empty("meta", {{"charset", "utf-8"}});
  page.empty("meta", {{"http-equiv", "Content-Security-Policy"},
                      {"content",
                       "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
                       "form-action 'none'"}});
  page.empty("meta", {{"name", "viewport"}, {"content", "width=device-width, initial-scale=1"}});
  page.empty("meta", {{"name", "color-scheme"}, {"content", "light dark"}});
  page.empty("meta", {{"name", "referrer"}, {"content", "no-referrer"}});
  page.element("title", fmt::format("{}: backups of {}, {}", data.safe ? "Safe" : "Not safe",
                                    data.machine, data.made.text));
  page.open("style").raw(page_style()).close();
  page.close();
}

void write_answer(Markup& page, const ReportData& data) {
  page.open("header");
  page.element("h1", "Are we safe?");
  page.open("p", {{"class", data.safe ? "answer good" : "answer bad"}});
  page.element("span", data.safe ? "✓ Safe" : "✗ Not safe", {{"class", "badge"}});
  page.text(" ");
  prose(page, data.answer);
  page.close();
  page.element(
      "p", fmt::format("Made {} on {} by Backstay {}.", data.made.text, data.machine, data.tool),
      {{"class", "small"}});
  page.close();
}

void write_card(Markup& page, const BackupCard& card) {
  page.open("article", {{"class", card.safe ? "card good" : "card bad"}});
  page.open("h3");
  page.element("span", card.safe ? "✓ Safe" : "✗ Unsafe", {{"class", "badge"}});
  page.text(fmt::format(" backup {} of policy {} on {}", card.backup, card.policy, card.host));
  page.close();
  if (!card.problems.empty()) {
    page.open("ul", {{"class", "problems"}});
    for (const std::string& problem : card.problems) {
      page.open("li");
      prose(page, problem);
      page.close();
    }
    page.close();
  }
  page.open("dl");
  for (const auto& [name, value] : card.facts) {
    page.element("dt", name).open("dd");
    prose(page, value);
    page.close();
  }
  page.close().close();
}

/// A section with a heading, a question that it answers, and what `write` puts in for each item.
template <typename Item>
void write_section(Markup& page,
                   std::string_view id,
                   std::string_view heading,
                   std::string_view question,
                   const std::vector<Item>& items,
                   std::string_view none,
                   const auto& write) {
  page.open("section", {{"id", id}});
  page.element("h2", heading).element("p", question, {{"class", "question"}});
  if (items.empty())
    page.element("p", none);
  for (const Item& item : items)
    write(item);
  page.close();
}

void write_walls(Markup& page, const ReportData& data) {
  write_section(page, "coverage", "Coverage wall",
                fmt::format("Which component has a good point of which day? The worst of a day is "
                            "shown, for the last {} days.",
                            data.days),
                data.walls, "No backup was looked at.", [&](const CoverageWall& wall) {
                  if (&wall == &data.walls.front())
                    draw_wall_legend(page);
                  page.element("h3", wall.title);
                  draw_wall(page, wall);
                });
}

void write_runs(Markup& page, const ReportData& data) {
  write_section(page, "runs", "Runs", "Where did the night go?", data.runs,
                "No run is known on this machine.", [&](const RunChart& chart) {
                  page.element("h3", chart.title);
                  draw_run(page, chart);
                });
}

void write_calendars(Markup& page, const ReportData& data) {
  write_section(page, "retention", "Retention calendar",
                "What can be restored today, and in 90 days if every run succeeds and every day is "
                "pruned?",
                data.calendars, "No backup was looked at.", [&](const RetentionCalendar& calendar) {
                  if (&calendar == &data.calendars.front())
                    draw_calendar_legend(page);
                  page.element("h3", calendar.title);
                  draw_calendar(page, calendar);
                });
}

void write_storage(Markup& page, const ReportData& data) {
  write_section(page, "storage", "Storage", "When is the disk full?", data.storage,
                "No store of these backups is a directory of this machine.",
                [&](const StorageGrowth& storage) {
                  page.element("h3", "Target " + storage.target);
                  draw_storage(page, storage);
                });
}

void write_ladders(Markup& page, const ReportData& data) {
  write_section(page, "restores", "Restore ladder",
                "How far back, last proven when, and how long does it take?", data.ladders,
                "No backup was looked at.", [&](const RestoreLadder& ladder) {
                  page.element("h3", ladder.title);
                  draw_ladder(page, ladder);
                });
}

void write_sources(Markup& page, const ReportData& data) {
  page.open("footer").element("h2", "Where this comes from").open("ul");
  for (const std::string& source : data.sources) {
    page.open("li");
    prose(page, source);
    page.close();
  }
  page.close().close();
}

void write_contents(Markup& page) {
  page.open("nav", {{"aria-label", "Contents"}});
  const std::pair<const char*, const char*> links[] = {{"#coverage", "Coverage"},
                                                       {"#runs", "Runs"},
                                                       {"#retention", "Retention"},
                                                       {"#storage", "Storage"},
                                                       {"#restores", "Restores"}};
  for (const auto& [target, words] : links)
    page.element("a", words, {{"href", target}});
  page.close();
}

}  // namespace

std::string render_page(const ReportData& data) {
  Markup page;
  page.raw("<!DOCTYPE html>\n").open("html", {{"lang", "en"}});
  write_head(page, data);
  page.open("body").open("main");
  write_answer(page, data);
  write_contents(page);
  page.open("section", {{"class", "cards"}, {"aria-label", "Backups"}});
  for (const BackupCard& card : data.backups)
    write_card(page, card);
  page.close();
  write_walls(page, data);
  write_runs(page, data);
  write_calendars(page, data);
  write_storage(page, data);
  write_ladders(page, data);
  write_sources(page, data);
  page.close().close().close().raw("\n");
  return page.str();
}

}  // namespace backstay::cli
