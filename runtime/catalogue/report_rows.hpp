// What reports and records say, as rows of the catalogue. Both ways into the catalogue, after a run
// and from the stores, read the same bytes here, so that they end with the same rows.
#pragma once

#include <optional>
#include <string>

#include "runtime/catalogue/catalogue_rows.hpp"

namespace backstay::runtime {

/// A run's report (run_report.hpp) as it lies on the machine or in a store; nothing for what is
/// none. What is missing or of another type in it is not known.
[[nodiscard]] std::optional<CatalogueRun> run_of_report(const std::string& json, RunSource source);

/// The evidence of a drill (drill/evidence.hpp).
[[nodiscard]] std::optional<CatalogueDrill> drill_of_evidence(const std::string& json);
/// The run behind it, as far as the evidence tells.
[[nodiscard]] std::optional<CatalogueRun> run_of_evidence(const std::string& json);

/// Records of the other kinds.
[[nodiscard]] std::optional<CatalogueVerification> verification_of(const std::string& json);
[[nodiscard]] std::optional<CatalogueReceipt> receipt_of(const std::string& json);
[[nodiscard]] std::optional<CatalogueHold> hold_of(const std::string& json);
[[nodiscard]] std::optional<CatalogueTombstone> tombstone_of(const std::string& json);

/// Whose snapshot a tombstone is about.
struct BuriedSnapshot {
  std::string policy;
  std::string backup;
  std::string host;
};

[[nodiscard]] std::optional<BuriedSnapshot> buried_of(const std::string& tombstone);

/// Versions that the facts of a component name.
struct VersionFacts {
  std::string server;
  std::string tool;
};

[[nodiscard]] VersionFacts versions_of_facts(const std::string& facts);

}  // namespace backstay::runtime
