#include "runtime/catalogue/catalogue_rows.hpp"

namespace backstay::runtime {

std::string_view to_string(RunSource source) {
  switch (source) {
    case RunSource::Manifest:
      return "manifest";
    case RunSource::Evidence:
      return "evidence";
    case RunSource::Record:
      return "record";
    case RunSource::Report:
      return "report";
  }
  return "";
}

std::string_view to_string(SnapshotPlace place) {
  switch (place) {
    case SnapshotPlace::Present:
      return "present";
    case SnapshotPlace::Trash:
      return "trash";
    case SnapshotPlace::Gone:
      return "gone";
  }
  return "";
}

std::string CatalogueSnapshot::state() const {
  const bool looked_at = !verifications.empty();
  if (!problem.empty() || (looked_at && !verifications.back().intact))
    return "damaged";
  if (partial)
    return "partial";
  if (!drills.empty() && drills.back().drilled)
    return "drilled";
  // A copy in a directory is read back whole before its receipt is written.
  const bool copied_here = !receipts.empty() && !receipts.back().from_store.empty();
  return looked_at || copied_here ? "verified" : "stored";
}

}  // namespace backstay::runtime
