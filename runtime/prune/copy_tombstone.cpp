#include "runtime/prune/copy_tombstone.hpp"

#include "runtime/store/records.hpp"

namespace backstay::runtime {

Result<void> write_copy_tombstone(Filesystem& files,
                                  const Store& source,
                                  const Tombstone& tombstone,
                                  const std::string& manifest_sha256) {
  BACKSTAY_TRY(write_record(files, source, tombstone.snapshot, kCopyTombstoneRecord,
                            to_json(tombstone, manifest_sha256)));
  return {};
}

std::optional<Tombstone> last_copy_tombstone(Filesystem& files,
                                             const Store& source,
                                             const std::string& snapshot,
                                             const std::string& target) {
  const auto records = read_records(files, source, snapshot, kCopyTombstoneRecord);
  if (!records)
    return std::nullopt;
  for (auto record = records->rbegin(); record != records->rend(); ++record) {
    auto tombstone = parse_tombstone(*record, snapshot);
    if (tombstone && tombstone->target == target)
      return tombstone;
  }
  return std::nullopt;
}

std::optional<Receipt> last_receipt(Filesystem& files,
                                    const Store& source,
                                    const std::string& snapshot,
                                    const std::string& target) {
  const auto receipts = read_receipts(files, source, snapshot);
  if (!receipts)
    return std::nullopt;
  for (auto receipt = receipts->rbegin(); receipt != receipts->rend(); ++receipt) {
    if (receipt->target == target)
      return *receipt;
  }
  return std::nullopt;
}

bool has_copy(Filesystem& files,
              const Store& source,
              const std::string& snapshot,
              const std::string& target) {
  const auto receipt = last_receipt(files, source, snapshot, target);
  if (!receipt)
    return false;
  const auto gone = last_copy_tombstone(files, source, snapshot, target);
  const auto proven = from_rfc3339(receipt->at);
  return !gone || (proven && *proven > gone->at);
}

}  // namespace backstay::runtime
