// manifest.json: what a snapshot is. Canonical JSON, no names of files of the source.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/seal/seal_key.hpp"
#include "runtime/store/recorded_unit.hpp"

namespace backstay::runtime {

struct ManifestStream {
  std::string name;  ///< `rows.sql`
  std::uint64_t size = 0;
  Digest sha256{};
};

struct ManifestComponent {
  std::string name;
  std::string kind;
  std::string facts = "{}";  ///< a JSON object
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;       ///< of all parts
  std::uint64_t linked_bytes = 0;       ///< of those that another snapshot had before
  std::vector<ManifestStream> streams;  ///< sorted by name
};

struct Manifest {
  std::string id;
  std::uint64_t sequence = 0;
  std::string policy;
  std::string backup;
  std::string host;
  std::string store;  ///< UUID
  std::string run;
  std::string boot;
  std::string tool;     ///< version of Backstay
  std::string started;  ///< RFC 3339
  std::string finished;
  std::string plan_digest;
  bool partial = false;
  bool keep_current = false;  ///< what a restore was about to replace; `partial` as well: no point
  std::string previous;       ///< id of the predecessor of the same policy and host; may be empty
  std::string previous_manifest;  ///< SHA-256 of its manifest.json; empty with `previous`
  std::vector<ManifestComponent> components;  ///< sorted by name
  std::vector<RecordedUnit> units = {};       ///< of the services on the host, as they were; sorted
  std::vector<std::string> failed;            ///< names of components that are not in it
  SealKey seal = {};  ///< with what all but the papers is sealed; without recipients: nothing
  std::string contents = {};  ///< of a signed one: contents_of() its SHA256SUMS; else empty
  bool sealed_copy = false;   ///< of an unsealed snapshot: its files have other names inside
};

/// What of a manifest stands in the clear in a sealed snapshot: no facts, no hashes of contents,
/// no units.
[[nodiscard]] Manifest without_details(Manifest manifest);
/// The whole of it again. Errors: Verification, where the details are of another snapshot.
[[nodiscard]] Result<Manifest> with_details(Manifest clear, const Manifest& details);

[[nodiscard]] std::string to_json(const Manifest& manifest);

/// Ignores unknown keys. Errors: BadInput, also for a newer major format.
[[nodiscard]] Result<Manifest> parse_manifest(const std::string& text,
                                              const std::string& file_name);

/// 64 hexadecimal digits, lower case, to bytes. BadInput for anything else.
[[nodiscard]] Result<Digest> parse_digest(const std::string& text);

/// Canonical bytes of a JSON object given as text; BadInput where it is none.
[[nodiscard]] Result<std::string> canonical_json(const std::string& text);

/// component.json: what may name files. `source` is shown by list and restore.
[[nodiscard]] std::string component_json(const std::string& source);
[[nodiscard]] Result<std::string> parse_component_json(const std::string& text);

}  // namespace backstay::runtime
