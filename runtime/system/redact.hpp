// Secrets that a foreign program prints: taken out before its words reach a log, a report or a
// journal.
#pragma once

#include <string>
#include <string_view>

namespace backstay::runtime {

/// The text with `***` in place of what looks like a secret: the value behind `password=`,
/// `--token `, `api_key: ` and their kin (not `YES`, `NO` or a word in brackets), the password in
/// `scheme://user:password@host`, what stands behind `IDENTIFIED BY`, age identities, and private
/// keys from their first line to their last. By shape alone: a secret without any is not known.
[[nodiscard]] std::string redact_secrets(std::string_view text);

}  // namespace backstay::runtime
