// To whom a target is sealed.
#pragma once

#include <string>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// A key of the policy: a name and those who can open what is sealed with it. Public in all parts.
struct SealKey {
  std::string name = {};
  std::vector<std::string> recipients =
      {};  ///< as age takes them, sorted; empty: nothing is sealed

  [[nodiscard]] bool seals() const { return !recipients.empty(); }

  friend bool operator==(const SealKey&, const SealKey&) = default;
};

/// `key offsite (age1…, age1…)`, for messages.
[[nodiscard]] std::string describe(const SealKey& key);

/// Something in a snapshot is sealed and no identity is at hand. Kind Credentials: exit 12.
[[nodiscard]] Error needs_identity(const std::string& what, const SealKey& key);

}  // namespace backstay::runtime
