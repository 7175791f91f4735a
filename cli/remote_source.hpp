// A plan's target, opened for reading: a directory as it is, any other through a mirror that
// fetches what is read.
#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"
#include "runtime/target/target_mirror.hpp"

namespace backstay::cli {

/// A target that is no directory of this machine, as if it were one.
class RemoteSource {
 public:
  /// Errors: those of open_target() and of the driver; Refused (another store than was registered;
  /// a target need not be registered to be read).
  [[nodiscard]] static Result<std::shared_ptr<RemoteSource>> open(const plan::Plan& plan,
                                                                  const plan::Target& target,
                                                                  const std::stop_token& stop);
  ~RemoteSource();

  [[nodiscard]] runtime::TargetMirror& files() const;
  /// Its store, as files() shows it. Errors: as open_store_for_reading().
  [[nodiscard]] Result<runtime::Store> store() const;
  /// How it is called in messages.
  [[nodiscard]] std::string describe() const;

 private:
  struct Parts;
  explicit RemoteSource(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace backstay::cli
