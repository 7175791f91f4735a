// A promise with the one verdict that findings and plans share.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "compiler/model/policy.hpp"

namespace backstay::compiler {

/// Services of which one line promises the same, and which the same backups cover.
struct PromiseGroup {
  const PromiseFact* promise = nullptr;
  std::vector<Index> backups;   ///< → backups, sorted; empty: nothing covers them
  std::vector<Index> services;  ///< → services, sorted, never empty
};

enum class Verdict : std::uint8_t {
  Proven,
  Broken,
  Unproven,  ///< something that the proof needs is not said, or an error elsewhere stands before it
};

/// A group with what the proof says of it: the one verdict that findings and plans share.
struct JudgedPromise {
  PromiseGroup group;
  Verdict verdict = Verdict::Unproven;
};

/// `rpo 26h tolerates 1`
[[nodiscard]] std::string to_string(const PromiseFact& promise);

}  // namespace backstay::compiler
