#include "runtime/executor/due_steps.hpp"

#include <algorithm>

#include "runtime/executor/executor.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kMost = 256;
/// Who needs more so soon needs more at once.
constexpr std::chrono::milliseconds kSoon{50};

}  // namespace

bool DueSteps::look_ahead(std::size_t wanted) {
  if (!needs_more(wanted)) {
    return false;
  }
  std::vector<std::uint64_t*> fresh;
  std::size_t left = how_many(wanted);
  for (const std::size_t step : schedule_.ready()) {
    if (left-- == 0) {
      break;
    }
    if (const auto [place, is_new] = due_.try_emplace(step, 0); is_new) {
      recorder_.due(steps_[step]);
      fresh.push_back(&place->second);
    }
  }
  if (fresh.empty()) {
    return false;
  }
  const std::uint64_t number = recorder_.hand_on();
  std::for_each(fresh.begin(), fresh.end(), [&](std::uint64_t* place) { *place = number; });
  return true;
}

std::optional<std::size_t> DueSteps::take() {
  const std::uint64_t lasting = recorder_.lasting();
  for (auto due = due_.begin(); due != due_.end(); ++due) {
    if (!schedule_.ready().contains(due->first)) {
      continue;  // a gate has closed, or the run was stopped
    }
    if (due->second <= lasting) {
      const std::size_t step = due->first;
      due_.erase(due);
      return step;
    }
    if (in_order_) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

bool DueSteps::needs_more(std::size_t wanted) const {
  const auto& ready = schedule_.ready();
  if (due_.size() < ahead_ / 2 && due_.size() < ready.size()) {
    return true;
  }
  auto next = ready.begin();
  for (; wanted > 0 && next != ready.end(); --wanted, ++next) {
    if (!due_.contains(*next)) {
      return true;
    }
  }
  return false;
}

std::size_t DueSteps::how_many(std::size_t wanted) {
  const auto now = clock_.steady_now();
  ahead_ = now - last_ < kSoon ? std::min(2 * ahead_, kMost) : kFewestAhead;
  last_ = now;
  return std::max(ahead_, wanted);
}

}  // namespace backstay::runtime
