// Progress for machines: one JSON object a line.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "runtime/executor/events.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {

/// Fields: `time` (RFC 3339 UTC), `event` (`step`, `progress`, `warning`), `step`, and by event
/// `state` and `detail`, `bytes`, `item` and (where it is known) `total`, `message`. Fields are
/// added, never changed.
class JsonlEvents final : public Events {
 public:
  using Sink = std::function<void(std::string_view)>;

  JsonlEvents(Sink sink, Clock& clock) : sink_(std::move(sink)), clock_(clock) {}

  void step(std::string_view id, StepState state, std::string_view detail) override;
  void progress(std::string_view id, std::uint64_t bytes, std::string_view item) override;
  void expect(std::string_view id, std::uint64_t bytes) override;
  void warning(std::string_view id, std::string_view message) override;

 private:
  Sink sink_;
  Clock& clock_;
  std::map<std::string, std::uint64_t, std::less<>> expected_;
};

}  // namespace backstay::runtime
