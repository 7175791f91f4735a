// Hands what steps tell to several listeners, one call at a time, and keeps what a report needs.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/executor/events.hpp"

namespace backstay::runtime {

/// Thread-safe. Listeners must outlive it.
class EventHub final : public Events {
 public:
  explicit EventHub(std::vector<Events*> listeners) : listeners_(std::move(listeners)) {}

  void step(std::string_view id, StepState state, std::string_view detail) override;
  void progress(std::string_view id, std::uint64_t bytes, std::string_view item) override;
  void expect(std::string_view id, std::uint64_t bytes) override;
  void warning(std::string_view id, std::string_view message) override;

  /// What the step said last of its bytes.
  [[nodiscard]] std::uint64_t bytes(const std::string& id) const;
  /// All warnings so far, `STEP: MESSAGE`, in the order in which they came.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  mutable std::mutex mutex_;
  std::vector<Events*> listeners_;
  std::map<std::string, std::uint64_t, std::less<>> bytes_;
  std::vector<std::string> warnings_;
};

}  // namespace backstay::runtime
