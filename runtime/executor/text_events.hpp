// Progress for people: one line a step; on a terminal also a line that changes while a step works,
// with bytes, rate, what is left and the file at hand.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>

#include "runtime/executor/events.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

struct TextEventsOptions {
  bool live = false;  ///< a terminal: the last line is redrawn; else one line a minute and step
  std::size_t columns = 80;
};

/// Writes to `sink`, which gets whole lines but for the live one. One call at a time (EventHub).
class TextEvents final : public Events {
 public:
  using Sink = std::function<void(std::string_view)>;

  TextEvents(Sink sink, Clock& clock, TextEventsOptions options)
      : sink_(std::move(sink)), clock_(clock), options_(options) {}

  void step(std::string_view id, StepState state, std::string_view detail) override;
  void progress(std::string_view id, std::uint64_t bytes, std::string_view item) override;
  void expect(std::string_view id, std::uint64_t bytes) override;
  void warning(std::string_view id, std::string_view message) override;

 private:
  struct Active {
    std::chrono::steady_clock::time_point began;
    std::chrono::steady_clock::time_point last_told;
    std::uint64_t bytes = 0;
  };

  [[nodiscard]] std::string so_far(std::string_view id, const Active& active) const;
  void line(const std::string& text);
  void clear_live();
  void draw_live(std::string_view id, const Active& active, std::string_view item);

  Sink sink_;
  Clock& clock_;
  TextEventsOptions options_;
  std::map<std::string, Active, std::less<>> active_;
  std::map<std::string, std::uint64_t, std::less<>> expected_;
  bool live_drawn_ = false;
};

}  // namespace backstay::runtime
