// Kernel locks: they end with the process that holds them, so there are no time-outs and no force.
#pragma once

#include <string>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"

namespace backstay::runtime {

/// A held flock on an own descriptor (O_CLOEXEC, so that no child keeps it). Released on
/// destruction.
class Lock {
 public:
  Lock() = default;

  explicit Lock(int descriptor) : descriptor_(descriptor) {}

  Lock(Lock&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }

  Lock& operator=(Lock&& other) noexcept;
  ~Lock();

  [[nodiscard]] bool held() const { return descriptor_ >= 0; }

  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

/// Who takes a lock; written into the file for the message of the next one.
struct LockHolder {
  std::string run_id;
  std::string since;  ///< RFC 3339
};

/// Takes STORE/locks/POLICY@HOST exclusively, at once or not at all.
/// Errors: Busy, naming process, run and start of the holder; Io.
[[nodiscard]] Result<Lock> lock_policy(const Store& store,
                                       const std::string& policy,
                                       const std::string& host,
                                       const LockHolder& holder);

/// Takes DIRECTORY/POLICY@BACKUP likewise, on the machine that calls many hosts: one call at a
/// time.
[[nodiscard]] Result<Lock> lock_call(const std::string& directory,
                                     const std::string& policy,
                                     const std::string& backup,
                                     const LockHolder& holder);

/// What a dry run shows: the holder's text, or empty when the lock is free.
[[nodiscard]] std::string lock_holder(const Store& store,
                                      const std::string& policy,
                                      const std::string& host);

}  // namespace backstay::runtime
