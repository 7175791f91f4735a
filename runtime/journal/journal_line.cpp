#include "runtime/journal/journal_line.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "runtime/system/json_text.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 16> kEventNames = {
    "begun",  "due",          "started",   "done",        "produced", "partial",
    "stored", "verified",     "failed",    "skipped",     "undone",   "committed",
    "ended",  "unit-stopped", "unit-held", "unit-started"};

std::optional<JournalEvent> event_of(std::string_view name) {
  for (std::size_t index = 0; index < kEventNames.size(); ++index) {
    if (kEventNames[index] == name) {
      return static_cast<JournalEvent>(index);
    }
  }
  return std::nullopt;
}

/// Needs no escape in JSON.
bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char letter) {
    return letter >= ' ' && letter <= '~' && letter != '"' && letter != '\\';
  });
}

void add_member(std::string& line, std::string_view name, std::string_view value) {
  line.append(line.empty() ? "{\"" : ",\"").append(name).append("\":\"").append(value).append("\"");
}

/// Why beside the library: every step writes three of these, and nearly all are plain.
std::string plain_line(const JournalRecord& record, std::string_view time) {
  std::string line;
  line.reserve(64 + record.step.size() + record.detail.size());
  add_member(line, "time", time);
  add_member(line, "event", to_string(record.event));
  if (!record.step.empty()) {
    add_member(line, "step", record.step);
  }
  if (!record.detail.empty()) {
    add_member(line, "detail", record.detail);
  }
  return line.append("}\n");
}

}  // namespace

std::string_view to_string(JournalEvent event) {
  return kEventNames[static_cast<std::size_t>(event)];
}

std::string to_line(const JournalRecord& record, std::string_view time) {
  if (is_plain(record.step) && is_plain(record.detail)) {
    return plain_line(record, time);
  }
  Json json;
  json["time"] = time;
  json["event"] = to_string(record.event);
  if (!record.step.empty()) {
    json["step"] = record.step;
  }
  if (!record.detail.empty()) {
    json["detail"] = record.detail;
  }
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::optional<ReadLine> from_line(std::string_view line) {
  const auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) {
    return std::nullopt;
  }
  const auto event = event_of(text_of(json, "event"));
  if (!event) {
    return std::nullopt;
  }
  return ReadLine{
      .record = {.event = *event, .step = text_of(json, "step"), .detail = text_of(json, "detail")},
      .time = text_of(json, "time")};
}

}  // namespace backstay::runtime
