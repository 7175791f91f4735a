// Every exit code of the program, in one place. The list is part of the command line's contract:
// codes are added, never changed (docs/exit-codes.md).
#pragma once

#include <cstdint>

#include "lang/base/result.hpp"

namespace backstay::cli {

enum class ExitCode : std::uint8_t {
  Done = 0,
  RunFailed = 1,           ///< a run began and failed
  Usage = 2,               ///< the call makes no sense, or a policy or plan cannot be read
  Partial = 3,             ///< a part was done and kept
  Changes = 4,             ///< changes are present (`fmt --check`)
  VerificationFailed = 5,  ///< bytes are not what was recorded
  ObjectiveViolated = 6,
  PlanRefused = 7,  ///< changed by hand, newer, or for another host or store
  RetentionRefused = 8,
  LockHeld = 11,
  Credentials = 12,
  ToolMissing = 69,  ///< a needed program or service is missing
  Internal = 70,     ///< a bug of ours
  Interrupted = 130,
  Terminated = 143,
};

/// The code for a failure of the world.
[[nodiscard]] constexpr ExitCode exit_code_for(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::Usage:
    case ErrorKind::BadInput:
      return ExitCode::Usage;
    case ErrorKind::Refused:
      return ExitCode::PlanRefused;
    case ErrorKind::NotFound:
    case ErrorKind::Io:
    case ErrorKind::NoSpace:
    case ErrorKind::ToolFailed:
    case ErrorKind::Timeout:
      return ExitCode::RunFailed;
    case ErrorKind::Busy:
      return ExitCode::LockHeld;
    case ErrorKind::ToolMissing:
      return ExitCode::ToolMissing;
    case ErrorKind::Credentials:
      return ExitCode::Credentials;
    case ErrorKind::Verification:
      return ExitCode::VerificationFailed;
    case ErrorKind::Partial:
      return ExitCode::Partial;
    case ErrorKind::Interrupted:
      return ExitCode::Interrupted;
  }
  return ExitCode::Internal;
}

}  // namespace backstay::cli
