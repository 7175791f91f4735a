#include <nlohmann/json.hpp>

#include "cli/render/json_text.hpp"
#include "cli/report/day_state.hpp"
#include "cli/report/drawing.hpp"
#include "cli/report/report_text.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

Json instant(const Moment& moment) {
  return moment.known() ? Json(runtime::to_rfc3339(moment.at)) : Json();
}

Json seconds(const std::optional<Duration>& duration) {
  return duration ? Json(duration->seconds) : Json();
}

/// `each` of all items, in order.
template <typename Item>
Json array_of(const std::vector<Item>& items, const auto& each) {
  Json all = Json::array();
  for (const Item& item : items)
    all.push_back(each(item));
  return all;
}

Json card_json(const BackupCard& card) {
  return {{"policy", card.policy},
          {"backup", card.backup},
          {"host", card.host},
          {"safe", card.safe},
          {"problems", card.problems}};
}

Json wall_json(const CoverageWall& wall) {
  return {{"title", wall.title},
          {"first", day_text(wall.first)},
          {"components", array_of(wall.rows, [](const WallRow& row) {
             return Json{{"component", row.component},
                         {"service", row.service},
                         {"days", array_of(row.days, [](const WallDay& day) {
                            return Json{{"state", to_words(day.state)},
                                        {"drilled", day.drilled},
                                        {"note", day.note}};
                          })}};
           })}};
}

Json run_json(const RunChart& chart) {
  return {{"title", chart.title},
          {"run", chart.run},
          {"status", chart.status},
          {"started", instant(chart.started)},
          {"took_ms", chart.took.count()},
          {"critical_ms", chart.critical.count()},
          {"timed", chart.timed},
          {"steps", array_of(chart.bars, [](const RunBar& bar) {
             return Json{{"id", bar.id},
                         {"kind", bar.kind},
                         {"from", bar.from},
                         {"state", bar.end},
                         {"started_ms", bar.began.count()},
                         {"duration_ms", bar.took.count()},
                         {"bytes", bar.bytes},
                         {"critical", bar.critical}};
           })}};
}

Json calendar_json(const RetentionCalendar& calendar) {
  return {{"title", calendar.title},
          {"target", calendar.target},
          {"copy", calendar.is_copy},
          {"rule", calendar.rule},
          {"today", day_text(calendar.today)},
          {"unknown", calendar.unknown},
          {"points", array_of(calendar.points,
                              [](const CalendarPoint& point) {
                                return Json{
                                    {"id", point.id},
                                    {"started", instant(point.at)},
                                    {"partial", point.partial},
                                    {"goes", point.goes ? Json(day_text(*point.goes)) : Json()},
                                    {"reasons", point.reasons}};
                              })},
          {"outlooks", array_of(calendar.outlooks, [](const Outlook& outlook) {
             return Json{{"in_days", outlook.in_days},
                         {"points", outlook.points},
                         {"oldest", instant(outlook.oldest)},
                         {"newest", instant(outlook.newest)},
                         {"longest_gap_seconds", outlook.longest_gap.seconds}};
           })}};
}

Json samples_json(const std::vector<StorageSample>& samples) {
  return array_of(samples, [](const StorageSample& sample) {
    return Json{{"at", runtime::to_rfc3339(sample.at)}, {"low", sample.low}, {"high", sample.high}};
  });
}

Json storage_json(const StorageGrowth& storage) {
  return {{"target", storage.target},
          {"place", storage.place},
          {"unknown", storage.unknown},
          {"used_bytes", storage.used},
          {"new_bytes_a_day", storage.a_day},
          {"full_at_bytes", storage.limit ? Json(*storage.limit) : Json()},
          {"full_earliest", storage.full_earliest.text},
          {"full_latest", storage.full_latest.text},
          {"past", samples_json(storage.past)},
          {"forecast", samples_json(storage.forecast)}};
}

Json place_json(const LadderPlace& place) {
  return {{"target", place.target},
          {"copy", place.is_copy},
          {"unknown", place.unknown},
          {"points", array_of(place.rungs, [](const LadderRung& rung) {
             return Json{{"started", instant(rung.at)},
                         {"partial", rung.partial},
                         {"verified", rung.verified},
                         {"drilled", rung.drilled}};
           })}};
}

Json ladder_json(const RestoreLadder& ladder) {
  return {{"title", ladder.title},
          {"targets", array_of(ladder.places, place_json)},
          {"services", array_of(ladder.services, [](const LadderService& one) {
             return Json{{"service", one.service},
                         {"proven", instant(one.proven)},
                         {"restored_ms", one.proven.known() ? Json(one.took.count()) : Json()},
                         {"promised_rto_seconds", seconds(one.promised_rto)},
                         {"promised_drill_every_seconds", seconds(one.promised_every)},
                         {"verdict", one.verdict}};
           })}};
}

}  // namespace

std::string render_report_json(const ReportData& data) {
  const Json document = {{"schema_version", 1},
                         {"safe", data.safe},
                         {"answer", data.answer},
                         {"made", instant(data.made)},
                         {"machine", data.machine},
                         {"days", data.days},
                         {"sources", data.sources},
                         {"backups", array_of(data.backups, card_json)},
                         {"coverage", array_of(data.walls, wall_json)},
                         {"runs", array_of(data.runs, run_json)},
                         {"retention", array_of(data.calendars, calendar_json)},
                         {"storage", array_of(data.storage, storage_json)},
                         {"restores", array_of(data.ladders, ladder_json)}};
  return json_document(document);
}

}  // namespace backstay::cli
