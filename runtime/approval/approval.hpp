// Whether a plan may run here: a host with a list of allowed signers runs approved plans only.
//
// CONFIG/allowed_signers   who may approve (ssh-keygen(1), ALLOWED SIGNERS); not there: not asked
// for CONFIG/approved/POLICY@HOST   the approval: names exactly one plan STATE/approved/POLICY@HOST
// the number of the last one that was used
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/approval/approval_record.hpp"
#include "runtime/signing/ssh_signature.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// An approval that holds.
struct Approval {
  ApprovalRecord record;
  Signer signer;
};

/// Whether this host asks for approvals. Errors: Refused, where the list could be changed by
/// others.
[[nodiscard]] Result<bool> asks_for_approval(World& world);

/// The approval of a plan for a host; nothing where this host does not ask for one. Reads, and runs
/// ssh-keygen; changes nothing. Errors: Refused: there is none, signed by another, changed since,
/// of another plan, for another policy, host or store, over, older than one that was used, or a
/// program has changed. Each says what to do.
/// file  the approval that is meant; empty: the one in its place in CONFIG
[[nodiscard]] Result<std::optional<Approval>> find_approval(World& world,
                                                            const plan::Plan& plan,
                                                            const std::string& host,
                                                            std::stop_token stop,
                                                            const std::string& file = {});

/// The same, and notes that it was used: from now on no older one is taken.
[[nodiscard]] Result<std::optional<Approval>> use_approval(World& world,
                                                           const plan::Plan& plan,
                                                           const std::string& host,
                                                           std::stop_token stop);

/// The host that a plan's verbs mean: `asked` where it is not empty, else the only one, else the
/// one whose name this machine bears. Errors: Refused.
[[nodiscard]] Result<std::string> approval_host(const plan::Plan& plan, const std::string& asked);

struct ApprovalRequest {
  std::string host;
  std::string until = {};                          ///< RFC 3339; empty: without an end
  std::map<std::string, std::string> stores = {};  ///< said by hand: target → UUID
  std::map<std::string, std::string> copies = {};  ///< path of a program → where a copy of it lies
};

/// What an approval of a plan would say, made on this machine: the UUIDs of the stores that are
/// registered here, the hashes of own programs. Errors: those of reading a program.
[[nodiscard]] Result<ApprovalRecord> make_approval(World& world,
                                                   const plan::Plan& plan,
                                                   const ApprovalRequest& request);

/// `by alice@example.org, until 2027-06-01T00:00:00Z`.
[[nodiscard]] std::string to_string(const Approval& approval);

}  // namespace backstay::runtime
