#include "runtime/executor/text_events.hpp"

#include <fmt/format.h>

#include "lang/base/printable.hpp"
#include "lang/base/units.hpp"

namespace backstay::runtime {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kQuietProgress{60};
constexpr milliseconds kLiveProgress{100};

/// `0.3 s`, `1 h 5 min`.
std::string human(milliseconds duration) {
  if (duration < std::chrono::seconds(60)) {
    return fmt::format("{:.1f} s", static_cast<double>(duration.count()) / 1000.0);
  }
  return to_human(Duration{duration_cast<std::chrono::seconds>(duration).count()});
}

std::string rate(std::uint64_t bytes, milliseconds duration) {
  if (duration.count() <= 0) {
    return "";
  }
  const auto per_second =
      static_cast<double>(bytes) * 1000.0 / static_cast<double>(duration.count());
  return ", " + to_human(ByteSize{static_cast<std::uint64_t>(per_second)}) + "/s";
}

/// `, 3 min left`, at the rate so far; empty where that says nothing yet.
std::string time_left(std::uint64_t bytes, std::uint64_t expected, milliseconds duration) {
  constexpr std::uint64_t kSaysLittle = 50;  // parts of the whole
  if (bytes >= expected || bytes < expected / kSaysLittle || duration < std::chrono::seconds(1)) {
    return "";
  }
  const double left = static_cast<double>(duration.count()) *
                      static_cast<double>(expected - bytes) / static_cast<double>(bytes) / 1000.0;
  return ", " + to_human(Duration{static_cast<std::int64_t>(left) + 1}) + " left";
}

/// Cuts at the end, never inside a UTF-8 sequence.
std::string cut(std::string text, std::size_t bytes) {
  if (text.size() > bytes) {
    while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U) {
      --bytes;
    }
    text.resize(bytes);
  }
  return text;
}

}  // namespace

void TextEvents::step(std::string_view id, StepState state, std::string_view detail) {
  const auto now = clock_.steady_now();
  if (state == StepState::Started) {
    const auto at =
        active_.insert_or_assign(std::string(id), Active{.began = now, .last_told = now}).first;
    draw_live(id, at->second, "");
    return;
  }
  std::string text = fmt::format("{:<8} {}", to_string(state), id);
  if (const auto found = active_.find(id); found != active_.end()) {
    const auto& [began, last_told, bytes] = found->second;
    const auto duration = duration_cast<milliseconds>(now - began);
    text += " (" + human(duration);
    text += bytes > 0 ? ", " + to_human(ByteSize{bytes}) + rate(bytes, duration) + ")" : ")";
    active_.erase(found);
  }
  line(detail.empty() ? text : text + ": " + std::string(detail));
}

void TextEvents::progress(std::string_view id, std::uint64_t bytes, std::string_view item) {
  const auto found = active_.find(id);
  if (found == active_.end()) {
    return;
  }
  auto& active = found->second;
  active.bytes = bytes;
  const auto now = clock_.steady_now();
  if (now - active.last_told <
      (options_.live ? milliseconds(kLiveProgress) : milliseconds(kQuietProgress))) {
    return;
  }
  active.last_told = now;
  if (options_.live) {
    draw_live(id, active, item);
  } else {
    line(so_far(id, active));
  }
}

void TextEvents::expect(std::string_view id, std::uint64_t bytes) {
  expected_.insert_or_assign(std::string(id), bytes);
}

std::string TextEvents::so_far(std::string_view id, const Active& active) const {
  const auto duration = duration_cast<milliseconds>(clock_.steady_now() - active.began);
  std::string text = fmt::format("{:<8} {} ({}", "working", id, human(duration));
  if (active.bytes > 0) {
    const auto found = expected_.find(id);
    const std::uint64_t expected = found == expected_.end() ? 0 : found->second;
    text += ", " + to_human(ByteSize{active.bytes});
    text += active.bytes < expected ? " of " + to_human(ByteSize{expected}) : "";
    text += rate(active.bytes, duration) + time_left(active.bytes, expected, duration);
  }
  return text + ")";
}

void TextEvents::warning(std::string_view id, std::string_view message) {
  line(id.empty() ? fmt::format("warning: {}", message)
                  : fmt::format("warning: {}: {}", id, message));
}

void TextEvents::line(const std::string& text) {
  clear_live();
  sink_(lang::printable_message(text) + "\n");
}

void TextEvents::clear_live() {
  if (live_drawn_) {
    sink_("\r\x1b[K");
    live_drawn_ = false;
  }
}

void TextEvents::draw_live(std::string_view id, const Active& active, std::string_view item) {
  if (!options_.live) {
    return;
  }
  std::string text = so_far(id, active);
  if (!item.empty()) {
    text += fmt::format(" {}", item);
  }
  clear_live();
  sink_(cut(lang::printable(text, true), options_.columns > 1 ? options_.columns - 1 : 1));
  live_drawn_ = true;
}

}  // namespace backstay::runtime
