#include "runtime/restore/record_lines.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "runtime/system/json_text.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchema = 1;
constexpr std::array<std::string_view, 11> kEventNames = {
    "attempt", "unit-held", "unit-guarded", "starting",  "kept-current", "finished",
    "undoing", "undone",    "committing",   "committed", "unit-was"};
constexpr std::array<std::string_view, 3> kMarkNames = {"noted", "made", "taken-back"};

template <std::size_t Size>
std::optional<std::size_t> index_of(const std::array<std::string_view, Size>& names,
                                    std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end()
             ? std::nullopt
             : std::optional<std::size_t>(static_cast<std::size_t>(found - names.begin()));
}

std::set<std::string> set_of(const Json& json, const char* key) {
  std::set<std::string> names;
  for (const Json& item : json.value(key, Json::array()))
    names.insert(item.get<std::string>());
  return names;
}

Error unreadable(const std::string& what) {
  return {.kind = ErrorKind::BadInput, .message = "a restore's record cannot be read: " + what};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void insert_once(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end())
    names.push_back(name);
}

Result<void> take_change(const Json& json, RecordContent& content) {
  BACKSTAY_ASSIGN(Change change, parse_change(json.at("change").dump()));
  const auto number = json.at("n").get<std::size_t>();
  if (number != content.changes.size() + 1)
    return unreadable("a change is missing");
  content.changes.push_back({number, std::move(change), ChangeState::Noted});
  return {};
}

Result<void> take_mark(const Json& json, RecordContent& content) {
  const auto state = index_of(kMarkNames, text_of(json, "mark"));
  const auto number = json.at("n").get<std::size_t>();
  if (!state || number == 0 || number > content.changes.size())
    return unreadable("a mark of no change");
  content.changes[number - 1].state = static_cast<ChangeState>(*state);
  return {};
}

}  // namespace

std::string_view to_string(RestoreState state) {
  constexpr std::array<std::string_view, 6> kNames = {"incomplete", "finished",   "undoing",
                                                      "undone",     "committing", "committed"};
  return kNames[static_cast<std::size_t>(state)];
}

std::string_view to_string(RestoreEvent event) {
  return kEventNames[static_cast<std::size_t>(event)];
}

std::string header_to_json(const RestoreHeader& header) {
  const Json json = {{"schema_version", kSchema},
                     {"restore", header.id},
                     {"sequence", header.sequence},
                     {"policy", header.policy},
                     {"backup", header.backup},
                     {"host", header.host},
                     {"store", header.store},
                     {"snapshot", header.snapshot},
                     {"plan_digest", header.plan_digest},
                     {"scope", header.scope},
                     {"started", header.started},
                     {"components", header.components},
                     {"paths", header.paths},
                     {"approved", header.approved}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<RestoreHeader> parse_header(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    if (json.at("schema_version").get<int>() > kSchema)
      return unreadable("it is of a newer version of Backstay");
    return RestoreHeader{.id = json.at("restore").get<std::string>(),
                         .sequence = json.at("sequence").get<std::uint64_t>(),
                         .policy = text_of(json, "policy"),
                         .backup = text_of(json, "backup"),
                         .host = text_of(json, "host"),
                         .store = text_of(json, "store"),
                         .snapshot = text_of(json, "snapshot"),
                         .plan_digest = text_of(json, "plan_digest"),
                         .scope = text_of(json, "scope"),
                         .started = text_of(json, "started"),
                         .components = set_of(json, "components"),
                         .paths = json.value("paths", std::vector<std::string>()),
                         .approved = set_of(json, "approved")};
  } catch (const Json::exception& error) {
    return unreadable(error.what());
  }
}

std::string change_line(std::size_t number, const Change& change) {
  return dump({{"n", number}, {"change", Json::parse(to_json(change))}});
}

std::string mark_line(std::size_t number, ChangeState state) {
  return dump({{"n", number}, {"mark", kMarkNames[static_cast<std::size_t>(state)]}});
}

std::string event_line(RestoreEvent event, const std::string& detail, const std::string& time) {
  return dump({{"event", to_string(event)}, {"detail", detail}, {"time", time}});
}

void take_event(RestoreEvent event,
                const std::string& detail,
                const std::string& time,
                RecordContent& content) {
  content.ended = time;
  switch (event) {
    case RestoreEvent::Attempt:
      content.attempts.push_back(detail);
      content.state = RestoreState::Incomplete;
      break;
    case RestoreEvent::UnitHeld:
      insert_once(content.held, detail);
      break;
    case RestoreEvent::UnitGuarded:
      insert_once(content.guarded, detail);
      break;
    case RestoreEvent::UnitWas:
      insert_once(content.was, detail);
      break;
    case RestoreEvent::Starting:
      content.starting = true;
      break;
    case RestoreEvent::KeptCurrent:
      content.kept_current = detail;
      break;
    case RestoreEvent::Finished:
      content.state = RestoreState::Finished;
      break;
    case RestoreEvent::Undoing:
      content.state = RestoreState::Undoing;
      if (!detail.empty())
        content.kept_before_undo = detail;
      break;
    case RestoreEvent::Undone:
      content.state = RestoreState::Undone;
      break;
    case RestoreEvent::Committing:
      content.state = RestoreState::Committing;
      break;
    case RestoreEvent::Committed:
      content.state = RestoreState::Committed;
      break;
  }
}

Result<void> take_line(std::string_view line, RecordContent& content) {
  const Json json = Json::parse(line, nullptr, false);
  if (json.is_discarded() && !line.ends_with('}'))
    return {};
  try {
    if (json.contains("change"))
      return take_change(json, content);
    if (json.contains("mark"))
      return take_mark(json, content);
    const auto event = index_of(kEventNames, text_of(json, "event"));
    if (!event)
      return unreadable("an unknown event");
    take_event(static_cast<RestoreEvent>(*event), text_of(json, "detail"), text_of(json, "time"),
               content);
    return {};
  } catch (const Json::exception& error) {
    return unreadable(error.what());
  }
}

bool RecordContent::changed() const {
  return std::any_of(changes.begin(), changes.end(), [](const RecordedChange& each) {
    return each.state != ChangeState::TakenBack;
  });
}

bool RecordContent::open() const {
  return state != RestoreState::Undone && state != RestoreState::Committed;
}

}  // namespace backstay::runtime
