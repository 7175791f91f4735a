#include "runtime/seal/seal_key.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace backstay::runtime {

std::string describe(const SealKey& key) {
  return fmt::format("key {} ({})", key.name, fmt::join(key.recipients, ", "));
}

Error needs_identity(const std::string& what, const SealKey& key) {
  return {.kind = ErrorKind::Credentials,
          .message = fmt::format("{} is sealed with {}", what, describe(key)),
          .hint = "give the identity of one of them: --identity FILE"};
}

}  // namespace backstay::runtime
