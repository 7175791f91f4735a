// Tar headers in pax form (POSIX.1-2008, `pax`), written and measured by hand.
//
// Why not libarchive: a header is a pure function of an entry here, so that a reader can make the
// expected bytes from the file list and compare them, and a hundred thousand of them cost less than
// the hashing. The tests read everything back with GNU tar and with libarchive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "runtime/archive/entry.hpp"

namespace backstay::runtime {

inline constexpr std::size_t kTarBlock = 512;

/// Appends the header of an entry (an extended header before it where fields do not fit or times
/// have a fraction). `content` is how many bytes follow; a large file has none in its archive.
void append_tar_header(std::string& out, const Entry& entry, std::uint64_t content);

/// How many zero bytes follow a content of this size.
[[nodiscard]] constexpr std::size_t tar_padding(std::uint64_t size) {
  return static_cast<std::size_t>((kTarBlock - size % kTarBlock) % kTarBlock);
}

/// A header as it stands in an archive.
struct TarHeader {
  std::size_t header_bytes =
      0;  ///< 512, or more with an extended header; 0: the end of the archive
  std::uint64_t content = 0;
};

/// Looks at the header that begins at `bytes`, which hold it wholly. Strict: only what
/// append_tar_header writes. Nothing for anything else.
[[nodiscard]] std::optional<TarHeader> read_tar_header(std::span<const std::byte> bytes);

/// The name in a header that read_tar_header() took, as it was given; empty where it has none.
[[nodiscard]] std::string tar_member_name(std::span<const std::byte> header);

/// The two zero blocks that end an archive.
inline constexpr std::size_t kTarEnd = 2 * kTarBlock;

}  // namespace backstay::runtime
