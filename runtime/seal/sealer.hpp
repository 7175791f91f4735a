// Sealing bytes with age, one child process a part. Recipients are public, so they are arguments;
// no secret is involved: who seals cannot open.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "lang/base/result.hpp"
#include "runtime/seal/seal_key.hpp"
#include "runtime/system/subprocess.hpp"

namespace backstay::runtime {

/// Gives bytes; 0 at the end.
using ByteSource = std::function<Result<std::size_t>(std::span<std::byte>)>;
/// Takes bytes.
using ByteSink = std::function<Result<void>(std::span<const std::byte>)>;

/// A source of bytes that lie in memory. They must outlive it.
[[nodiscard]] ByteSource source_of(std::span<const std::byte> bytes);

/// Thread-safe.
class Sealer {
 public:
  /// Finds `age` and has it seal a few bytes, so that a missing program or a recipient that it does
  /// not take is known before anything is read. `commands` must outlive the sealer.
  /// stop  ends the children of all later calls
  /// Errors: ToolMissing, Credentials (a recipient), ToolFailed.
  [[nodiscard]] static Result<std::shared_ptr<const Sealer>> open(CommandRunner& commands,
                                                                  SealKey key,
                                                                  std::stop_token stop = {});

  [[nodiscard]] const SealKey& key() const { return key_; }

  /// Seals all that `source` gives. What came out has the shape of a sealed file of that length for
  /// all recipients; what a sink did with bytes of a call that failed is void.
  /// what  for messages
  /// Errors: ToolFailed, Timeout, Interrupted, or what source or sink returned.
  [[nodiscard]] Result<void> seal(const std::string& what,
                                  const ByteSource& source,
                                  const ByteSink& sink) const;
  /// The same for a text.
  [[nodiscard]] Result<std::string> seal_text(const std::string& what, std::string_view text) const;

 private:
  Sealer(CommandRunner& commands, std::string program, SealKey key, std::stop_token stop)
      : commands_(commands),
        program_(std::move(program)),
        key_(std::move(key)),
        stop_(std::move(stop)) {}

  CommandRunner& commands_;
  std::string program_;
  SealKey key_;
  std::stop_token stop_;
};

/// The line of stderr in which age says what is wrong.
[[nodiscard]] std::string age_says(const Exit& exit);

}  // namespace backstay::runtime
