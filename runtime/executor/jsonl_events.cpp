#include "runtime/executor/jsonl_events.hpp"

#include <nlohmann/json.hpp>

#include "lang/base/printable.hpp"
#include "runtime/executor/text_events.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

Json record(Clock& clock, std::string_view event, std::string_view id) {
  Json json;
  json["time"] = to_rfc3339(clock.now());
  json["event"] = event;
  json["step"] = id;
  return json;
}

/// Names of files need not be UTF-8; what is not is replaced.
std::string line(const Json& json) {
  return lang::safe_json(json.dump(-1, ' ', false, Json::error_handler_t::replace)) + "\n";
}

}  // namespace

void JsonlEvents::step(std::string_view id, StepState state, std::string_view detail) {
  auto json = record(clock_, "step", id);
  json["state"] = to_string(state);
  json["detail"] = detail;
  sink_(line(json));
}

void JsonlEvents::progress(std::string_view id, std::uint64_t bytes, std::string_view item) {
  auto json = record(clock_, "progress", id);
  json["bytes"] = bytes;
  json["item"] = item;
  if (const auto expected = expected_.find(id); expected != expected_.end()) {
    json["total"] = expected->second;
  }
  sink_(line(json));
}

void JsonlEvents::expect(std::string_view id, std::uint64_t bytes) {
  expected_.insert_or_assign(std::string(id), bytes);
}

void JsonlEvents::warning(std::string_view id, std::string_view message) {
  auto json = record(clock_, "warning", id);
  json["message"] = message;
  sink_(line(json));
}

}  // namespace backstay::runtime
