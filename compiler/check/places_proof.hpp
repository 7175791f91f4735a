// What places_proof.cpp measures and places_report.cpp tells of: where the parts of a service lie.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "compiler/check/promises.hpp"
#include "compiler/check/service_parts.hpp"

namespace backstay::compiler {

/// A part of a service on one of its hosts, with the targets that hold it.
struct LyingPart {
  Index host = 0;
  std::string path = {};       ///< of a mirrored tree, or empty
  std::vector<Index> targets;  ///< → targets, sorted, each once
};

/// The services of a group that break its promise, and the worst part of them.
struct BrokenPlaces {
  std::vector<Index> services = {};
  std::int64_t found = 0;  ///< the least that was measured
  LyingPart worst = {};
};

/// How well a part keeps a promise: a number to be held against that of the promise.
/// `copies`, `media`, `offsite`: how many; `immutable`: seconds; `encrypted`: 0, or below it the
/// number of copies that are away from the host and not sealed.
[[nodiscard]] std::int64_t measure_places(const ProofContext& context,
                                          PromiseKind kind,
                                          const LyingPart& part);

/// Does a lock of the target hold against whoever takes over the host? In a directory only its
/// owner's rights stand in his way.
[[nodiscard]] bool is_lock_kept(const Target& target);

/// Can anybody but the holder of a key read the target? restic always encrypts.
[[nodiscard]] bool is_encrypted(const Target& target);

/// Reports a group whose promise `broken` breaks.
void report_places(const ProofContext& context,
                   const PromiseGroup& group,
                   const BrokenPlaces& broken);

}  // namespace backstay::compiler
