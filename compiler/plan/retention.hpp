// Which recovery points stay: the one function that `run`, `prune`, `simulate` and the proofs
// share.
//
// Pure: no clock, no zone database, no store. The caller says into which periods each point falls
// (compiler/calendar/buckets.hpp does, for an instant in a zone) and what time it is. The rules are
// those of the store's design, section "Retention": independent of each other and OR-ed, the newest
// point of each period that has one, so that an outage never empties a store.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"

namespace backstay::plan {

/// The periods that a point falls into, in the policy's zone. Any numbers that are equal within a
/// period and rise from one to the next.
struct RetentionPeriods {
  std::int64_t hour = 0;  ///< an hour that the clock repeats is another one
  std::int64_t day = 0;
  std::int64_t week = 0;  ///< ISO 8601: from Monday
  std::int64_t month = 0;
  std::int64_t quarter = 0;
  std::int64_t year = 0;

  friend bool operator==(const RetentionPeriods&, const RetentionPeriods&) = default;
};

/// One recovery point of one backup on one host in one target.
struct RetentionPoint {
  std::string id;
  std::chrono::sys_seconds at;  ///< when it was begun
  RetentionPeriods periods;
  bool verified = true;  ///< only these count, and only these go
};

/// Why a point stays.
enum class RetentionRule : std::uint8_t {
  Last,
  Hourly,
  Daily,
  Weekly,
  Monthly,
  Quarterly,
  Yearly,
  Oldest,      ///< the coarsest rule has room left
  AllFor,      ///< younger than `all-for` before the newest
  AtLeast,     ///< one of the newest that must never go
  Unverified,  ///< takes no part: never counted, never removed
  WrongClock,  ///< its time is later than now, or before that of an older point: left alone
};

struct RetentionReason {
  RetentionRule rule = RetentionRule::Last;
  std::int64_t number = 0;  ///< 1 is the newest that the rule keeps; 0 where it does not count
  std::int64_t of = 0;      ///< how many it keeps at most

  friend bool operator==(const RetentionReason&, const RetentionReason&) = default;
};

/// `daily 3 of 7`, `oldest`, `all-for`, `at-least 1 of 3`, `not verified`, `clock`.
[[nodiscard]] std::string to_string(const RetentionReason& reason);

struct RetentionDecision {
  std::string id;
  bool keep = false;
  std::vector<RetentionReason> reasons;  ///< in the order of RetentionRule; empty iff it goes
};

/// Decides about all points, given oldest first (by sequence number, never by the clock), and
/// answers in that order. Without any rule the newest `at-least` stay; that is never below 1.
[[nodiscard]] std::vector<RetentionDecision> decide(const std::vector<RetentionPoint>& points,
                                                    const Retention& retention,
                                                    std::chrono::sys_seconds now);

/// The same without the reasons, for simulations of many steps: the points that stay, oldest first.
[[nodiscard]] std::vector<std::size_t> kept_points(const std::vector<RetentionPoint>& points,
                                                   const Retention& retention,
                                                   std::chrono::sys_seconds now);

}  // namespace backstay::plan
