// What `systemctl show` says of units, read back.
#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (end > 0) {
      words.emplace_back(text.substr(0, end));
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

/// `1min 30s` (systemd.time(7)), rounded up to seconds; `infinity` and what is no time span are 0.
std::chrono::seconds time_span(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t microseconds;
  };

  constexpr std::array<Unit, 8> kUnits = {{{"us", 1},
                                           {"ms", 1'000},
                                           {"s", 1'000'000},
                                           {"min", 60'000'000},
                                           {"h", 3'600'000'000},
                                           {"d", 86'400'000'000},
                                           {"w", 604'800'000'000},
                                           {"month", 2'629'800'000'000}}};
  std::uint64_t sum = 0;
  for (const std::string& word : words_of(text)) {
    std::uint64_t count = 0;
    const auto [rest, failed] = std::from_chars(word.data(), word.data() + word.size(), count);
    const std::string_view name(rest, static_cast<std::size_t>(word.data() + word.size() - rest));
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                   [&](const Unit& known) { return known.name == name; });
    if (failed != std::errc() || unit == kUnits.end()) {
      return std::chrono::seconds(0);
    }
    sum += count * unit->microseconds;
  }
  return std::chrono::seconds((sum + 999'999) / 1'000'000);
}

void append(std::vector<std::string>& all, std::string_view text) {
  for (std::string& word : words_of(text)) {
    if (std::find(all.begin(), all.end(), word) == all.end()) {
      all.push_back(std::move(word));
    }
  }
}

void take(std::string_view name, std::string_view value, UnitState& state) {
  if (name == "LoadState") {
    state.load = value;
  } else if (name == "ActiveState") {
    state.active = value;
  } else if (name == "SubState") {
    state.sub = value;
  } else if (name == "UnitFileState") {
    state.file_state = value;
  } else if (name == "ConditionResult") {
    state.condition_met = value != "no";
  } else if (name == "TriggeredBy") {
    append(state.triggered_by, value);
  } else if (name == "RequiredBy" || name == "BoundBy" || name == "ConsistsOf" ||
             name == "PropagatesStopTo") {
    append(state.stops_too, value);
  } else if (name == "TimeoutStartUSec") {
    state.start_timeout = time_span(value);
  } else if (name == "TimeoutStopUSec") {
    state.stop_timeout = time_span(value);
  }
}

UnitState parse_block(std::string_view block, const std::string& unit) {
  UnitState state{.unit = unit};
  while (!block.empty()) {
    const std::string_view line = block.substr(0, block.find('\n'));
    block.remove_prefix(std::min(line.size() + 1, block.size()));
    const auto equals = line.find('=');
    if (equals != std::string_view::npos) {
      take(line.substr(0, equals), line.substr(equals + 1), state);
    }
  }
  return state;
}

}  // namespace

bool UnitState::is_active() const {
  return active == "active" || active == "activating" || active == "reloading" ||
         active == "refreshing";
}

bool UnitState::is_masked() const {
  return load == "masked" || file_state == "masked" || file_state == "masked-runtime";
}

// An empty line parts the units.
Result<std::vector<UnitState>> parse_unit_states(std::string_view text,
                                                 const std::vector<std::string>& units) {
  std::vector<UnitState> states;
  std::string_view rest = text;
  for (const std::string& unit : units) {
    const auto end = std::min(rest.find("\n\n"), rest.size());
    states.push_back(parse_block(rest.substr(0, end), unit));
    rest.remove_prefix(std::min(end + 2, rest.size()));
    if (states.back().load.empty() || states.back().active.empty()) {
      return Error{
          .kind = ErrorKind::ToolFailed,
          .message = fmt::format("`systemctl show {}` does not say in which state it is", unit)};
    }
  }
  return states;
}

}  // namespace backstay::runtime
