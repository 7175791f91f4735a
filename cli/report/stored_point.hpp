// The points of one backup on one host in one target, with what the wall, the calendar, the storage
// and the ladder ask of them: the store is read once.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/prune/prune_facts.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/environment.hpp"

namespace backstay::cli {

struct StoredPoint {
  std::string id = {};
  std::string started = {};  ///< RFC 3339
  bool partial = false;
  bool verified = false;
  bool damaged = false;  ///< its last verification says so
  bool drilled = false;
  std::vector<std::string> drilled_services = {};
  std::vector<std::string> components = {};
  std::vector<std::string> missing = {};  ///< components that failed
};

struct StoredTarget {
  const plan::Target* target = nullptr;
  const plan::Retention* retention = nullptr;
  const plan::Copy* copy = nullptr;  ///< null: the backup's own target
  std::optional<runtime::Store> store = {};
  std::string unknown = {};              ///< not empty: why it cannot be read from here
  std::vector<StoredPoint> points = {};  ///< oldest first
  std::optional<runtime::PruneFacts> facts = {};
  std::string no_facts = {};  ///< not empty: why a prune would not decide
};

/// The backup's own target first, then its copies. Never fails: what cannot be read says why.
[[nodiscard]] std::vector<StoredTarget> read_stored_targets(runtime::Filesystem& files,
                                                            runtime::Clock& clock,
                                                            const runtime::Directories& directories,
                                                            const plan::Plan& plan,
                                                            const plan::Backup& backup,
                                                            const std::string& host);

}  // namespace backstay::cli
