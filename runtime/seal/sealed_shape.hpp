// Whether what a program made of our bytes is sealed: the shape of an age file of a known content.
//
// Why: an exit status of zero is no proof. A program that passes its input on, or ends early, would
// leave a store that everybody can read or nobody can open, and we hold no identity to try it with.
// The rules are those of https://age-encryption.org/v1: a header of one stanza a recipient, a nonce
// of 16 bytes, and the content in chunks of 64 KiB, each 16 bytes longer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// Sees the sealed bytes pass. One thread at a time.
class SealedShape {
 public:
  void see(std::span<const std::byte> bytes);

  /// plain  how many bytes were sealed
  /// Errors: ToolFailed, saying what does not fit.
  [[nodiscard]] Result<void> check(const std::vector<std::string>& recipients,
                                   std::uint64_t plain) const;

 private:
  std::string header_;  // up to and with the line of its code
  bool whole_ = false;  // the header is
  std::uint64_t size_ = 0;
};

}  // namespace backstay::runtime
