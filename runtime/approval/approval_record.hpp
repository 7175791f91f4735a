// What an approval says: this plan, on this host, until then. A text that a person can read,
// signed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"

namespace backstay::runtime {

/// The text that is signed, as a value.
struct ApprovalRecord {
  std::string policy;
  std::string host;
  std::string digest;  ///< of the plan: 64 hexadecimal digits
  /// Rises from one approval to the next: seconds since 1970 when it was made, or one more than the
  /// one before. A lower one than was used before is refused.
  std::int64_t number = 0;
  std::string until = {};                            ///< RFC 3339, UTC; empty: without an end
  std::map<std::string, std::string> stores = {};    ///< target → UUID of its store
  std::map<std::string, std::string> programs = {};  ///< path → SHA-256, hexadecimal

  friend bool operator==(const ApprovalRecord&, const ApprovalRecord&) = default;
};

/// Canonical; ends with a newline.
[[nodiscard]] std::string to_json(const ApprovalRecord& record);
/// Strict: an unknown key may be a condition, so it is an error. Errors: BadInput.
[[nodiscard]] Result<ApprovalRecord> parse_approval(const std::string& text);

/// A file of an approval: the record and, right behind it, its signature.
struct ApprovalFile {
  std::string record;
  std::string signature;
};

/// Errors: BadInput, where no signature follows.
[[nodiscard]] Result<ApprovalFile> split_approval(const std::string& text);

/// `CONFIG/approved/POLICY@HOST`: names the one plan that may run. The same name in the state
/// directory holds the number of the last approval that was used.
[[nodiscard]] std::string approval_path(const std::string& directory,
                                        const std::string& policy,
                                        const std::string& host);

/// The hosts that a plan has steps for, sorted.
[[nodiscard]] std::vector<std::string> hosts_of(const plan::Plan& plan);

/// The programs that a plan starts on a host and that lie outside the system's directories, sorted:
/// of hooks, exports, imports, probes, expectations and secrets. What those start is theirs.
[[nodiscard]] std::vector<std::string> own_programs(const plan::Plan& plan,
                                                    const std::string& host);

}  // namespace backstay::runtime
