// Names and paths in a store (store.md, section 1): the one place that knows them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"

namespace backstay::runtime::layout {

inline constexpr std::string_view kFormat = "FORMAT";
inline constexpr std::string_view kReadme = "README.txt";
inline constexpr std::string_view kManifest = "manifest.json";
inline constexpr std::string_view kSums = "SHA256SUMS";
inline constexpr std::string_view kSheet = "RESTORE.txt";
inline constexpr std::string_view kPlan = "plan.yaml";
/// In a component's directory: what the manifest does not say, because it may name files.
inline constexpr std::string_view kComponentFile = "component.json";

/// In a sealed snapshot, all sealed: the whole manifest; the commands of a restore by hand; in a
/// copy of an unsealed snapshot, which sealed file stands for which of its files.
inline constexpr std::string_view kDetails = "details.json";
inline constexpr std::string_view kCommands = "restore.sh";
inline constexpr std::string_view kNames = "names.txt";

[[nodiscard]] std::string locks(const std::string& store);
[[nodiscard]] std::string staging(const std::string& store);
[[nodiscard]] std::string snapshots(const std::string& store);
[[nodiscard]] std::string records(const std::string& store);
[[nodiscard]] std::string trash(const std::string& store);
[[nodiscard]] std::string snapshot(const std::string& store, const std::string& id);
/// Where a sealed snapshot is as if it were not sealed: a path that only an UnsealingFilesystem
/// knows. path  of the snapshot
[[nodiscard]] std::string unsealed(const std::string& path);
inline constexpr std::string_view kUnsealedMark = "/.backstay-unsealed";
/// `SNAPSHOT/data/COMPONENT`
[[nodiscard]] std::string component(const std::string& snapshot_path, const std::string& name);
/// `POLICY@HOST`, the name of a lock and of a sequence.
[[nodiscard]] std::string policy_at_host(const std::string& policy, const std::string& host);

/// `SEQ-UTC-POLICY-HOST-RAND`, SEQ with eight digits at least.
[[nodiscard]] std::string snapshot_id(std::uint64_t sequence,
                                      std::chrono::system_clock::time_point when,
                                      const std::string& policy,
                                      const std::string& host,
                                      const std::string& random);
/// The SEQ of an id; nothing where it does not begin with one.
[[nodiscard]] std::optional<std::uint64_t> sequence_of(std::string_view id);

/// Whether text may be one component of a path that we make: [A-Za-z0-9._@+-], no leading dot or
/// dash, at most 200 bytes.
[[nodiscard]] bool is_plain_name(std::string_view name);
/// Errors: Refused, saying what the name was for.
[[nodiscard]] Result<void> check_plain_name(std::string_view name, std::string_view what);

}  // namespace backstay::runtime::layout
