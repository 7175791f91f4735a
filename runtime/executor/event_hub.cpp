#include "runtime/executor/event_hub.hpp"

namespace backstay::runtime {

void EventHub::step(std::string_view id, StepState state, std::string_view detail) {
  const std::lock_guard lock(mutex_);
  for (auto* listener : listeners_) {
    listener->step(id, state, detail);
  }
}

void EventHub::progress(std::string_view id, std::uint64_t bytes, std::string_view item) {
  const std::lock_guard lock(mutex_);
  bytes_.insert_or_assign(std::string(id), bytes);
  for (auto* listener : listeners_) {
    listener->progress(id, bytes, item);
  }
}

void EventHub::expect(std::string_view id, std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  for (auto* listener : listeners_) {
    listener->expect(id, bytes);
  }
}

void EventHub::warning(std::string_view id, std::string_view message) {
  const std::lock_guard lock(mutex_);
  warnings_.push_back(id.empty() ? std::string(message)
                                 : std::string(id) + ": " + std::string(message));
  for (auto* listener : listeners_) {
    listener->warning(id, message);
  }
}

std::uint64_t EventHub::bytes(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = bytes_.find(id);
  return found == bytes_.end() ? 0 : found->second;
}

std::vector<std::string> EventHub::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

}  // namespace backstay::runtime
