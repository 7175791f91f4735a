// Whom a backup is sealed to: the texts that age(1) takes as recipients.
//
// Checked when the policy is read, since a mistyped recipient is found out only when a backup is
// opened: a run seals to whatever the text decodes to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace backstay::compiler {

/// Why a text is no recipient.
struct RecipientProblem {
  bool private_key = false;  ///< it is the identity itself: a secret in the clear
  std::string message;       ///< holds nothing of a private key
  std::string help;
};

/// Nothing for what age takes: `age1…` (bech32 with a sound checksum over 32 bytes), `ssh-ed25519
/// …` and `ssh-rsa …` of at least 2,048 bits, with or without their comment.
[[nodiscard]] std::optional<RecipientProblem> recipient_problem(std::string_view text);

}  // namespace backstay::compiler
