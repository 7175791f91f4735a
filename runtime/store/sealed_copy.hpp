// A sealed copy of an unsealed snapshot: each of its files sealed as it is, under another name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/seal/sealer.hpp"
#include "runtime/store/snapshot_copy.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// What an earlier copy sealed: the hash of a file in the source to that of the sealed one.
using SealedParts = std::map<Digest, Digest>;

/// As copy_snapshot(), which calls it. Every file is compared with SHA256SUMS before it is sealed.
/// What an earlier copy sealed to the same recipients is linked: the record `copy` of the source
/// store says which file that is, because nobody here can read it. Without the record all of it is
/// sealed anew.
[[nodiscard]] Result<CopyReport> copy_sealed(Filesystem& files,
                                             const Store& source,
                                             const Store& target,
                                             const CopyRequest& request,
                                             const std::function<void(std::uint64_t)>& progress,
                                             const std::stop_token& stop);

/// The record `copy`, and back; empty where it is of another store or other recipients.
[[nodiscard]] std::string to_json(const SealedParts& parts,
                                  const std::string& store,
                                  const SealKey& key);
[[nodiscard]] SealedParts parse_sealed_parts(const std::string& json,
                                             const std::string& store,
                                             const SealKey& key);

}  // namespace backstay::runtime
