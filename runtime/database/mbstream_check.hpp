// Looks at the names in an mbstream before mbstream itself unpacks it.
//
// mbstream joins the names of a stream to the target directory as they are. From a store that
// somebody else can write, a name could lead out of it; here it is refused.
// (Format: MariaDB Server, extra/mariabackup/xbstream.h: chunks of `XBSTCK01`, flags, type, name,
// then, but for the end of a file, length, offset, checksum and bytes.)
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// One stream. Not thread-safe.
class MbstreamCheck {
 public:
  /// Chunks of any size, cut anywhere. Errors: BadInput for a name that leads out, or for what is
  /// no mbstream; Refused for a table whose file lies outside of the data directory.
  Result<void> feed(std::span<const std::byte> bytes);
  /// The stream is over. Errors: BadInput where it ends within a chunk, or held nothing.
  [[nodiscard]] Result<void> finish() const;

  [[nodiscard]] std::uint64_t files() const { return files_; }

 private:
  enum class At : std::uint8_t { Head, Name, PayloadHead, Payload };

  Result<void> take();
  [[nodiscard]] std::uint64_t number(std::size_t offset, std::size_t size) const;

  At at_ = At::Head;
  char type_ = 0;
  std::string need_;           ///< what there is of the current head or name
  std::size_t wanted_ = 14;    ///< bytes of it
  std::uint64_t payload_ = 0;  ///< bytes left to skip
  std::uint64_t files_ = 0;
};

}  // namespace backstay::runtime
