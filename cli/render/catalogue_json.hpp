// The catalogue as JSON: docs/schemas/catalogue-*.schema.json.
#pragma once

#include <string>
#include <vector>

#include "runtime/catalogue/catalogue_rows.hpp"
#include "runtime/catalogue/rebuild.hpp"

namespace backstay::cli {

[[nodiscard]] std::string runs_json(const std::vector<runtime::CatalogueRun>& runs);
[[nodiscard]] std::string snapshots_json(const std::vector<runtime::CatalogueSnapshot>& snapshots,
                                         const std::vector<runtime::CatalogueStore>& stores);
[[nodiscard]] std::string calls_json(const std::vector<runtime::CatalogueAttempt>& calls);
[[nodiscard]] std::string rebuilt_json(const std::string& path,
                                       const runtime::RebuildReport& report);

}  // namespace backstay::cli
