// Keeping the catalogue up to date behind a command, whatever that did. Its failure is a warning
// and costs nothing: the next command, or a rebuild, adds what is missing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "runtime/catalogue/catalogue_rows.hpp"
#include "runtime/catalogue/update.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

struct CatalogueUpdate {
  std::vector<KnownStore> stores = {};
  std::optional<CatalogueAttempt> attempt = {};  ///< of a call that is worth a line of its own
  /// How long others are waited for. Short: a run ends behind it.
  std::chrono::milliseconds patience = std::chrono::seconds(5);
};

/// The stores of a plan that are directories of this machine and registered on it. Others, and ones
/// that cannot be opened, are left out.
[[nodiscard]] std::vector<KnownStore> stores_here(World& world, const plan::Plan& plan);

/// Adds the reports of this machine and what is new in the stores. A damaged catalogue is set aside
/// and made anew from the same. What to warn of; empty: all is well.
[[nodiscard]] std::vector<std::string> keep_catalogue(World& world, const CatalogueUpdate& request);

}  // namespace backstay::runtime
