// The record of a proven copy, kept beside the snapshot that was copied.
#include <nlohmann/json.hpp>

#include "runtime/store/records.hpp"
#include "runtime/target/copy_to_target.hpp"
#include "runtime/target/write_receipt.hpp"

namespace backstay::runtime {

Result<void> write_receipt(Filesystem& files,
                           const Store& source,
                           const TargetCopyRequest& request,
                           const Receipt& receipt) {
  const nlohmann::json json = {{"at", receipt.at},
                               {"evidence", receipt.how},
                               {"files", receipt.files},
                               {"manifest", receipt.manifest},
                               {"moved-bytes", receipt.moved_bytes},
                               {"run", request.run_id},
                               {"target", receipt.target},
                               {"to-store", receipt.store},
                               {"total-bytes", receipt.total_bytes}};
  BACKSTAY_TRY(write_record(files, source, request.snapshot, "receipt", json.dump()));
  return {};
}

Result<std::vector<Receipt>> read_receipts(Filesystem& files,
                                           const Store& source,
                                           const std::string& snapshot) {
  BACKSTAY_ASSIGN(const auto records, read_records(files, source, snapshot, "receipt"));
  std::vector<Receipt> receipts;
  for (const std::string& record : records) {
    const nlohmann::json json = nlohmann::json::parse(record, nullptr, false);
    const auto text = [&](const char* key) {
      const auto found = json.is_object() ? json.find(key) : json.end();
      return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const auto number = [&](const char* key) {
      const auto found = json.is_object() ? json.find(key) : json.end();
      return found != json.end() && found->is_number_unsigned() ? found->get<std::uint64_t>()
                                                                : std::uint64_t{0};
    };
    // A copy into a directory leaves its receipt in that store: it names where it came from.
    if (text("target").empty() || text("to-store").empty())
      continue;
    receipts.push_back({.at = text("at"),
                        .target = text("target"),
                        .store = text("to-store"),
                        .how = text("evidence"),
                        .files = number("files"),
                        .total_bytes = number("total-bytes"),
                        .moved_bytes = number("moved-bytes"),
                        .manifest = text("manifest")});
  }
  return receipts;
}

}  // namespace backstay::runtime
