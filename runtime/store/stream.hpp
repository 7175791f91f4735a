// Bytes on their way into or out of a store, without knowing how they are kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"

namespace backstay::runtime {

/// What became of a finished stream.
struct StreamInfo {
  std::uint64_t size = 0;  ///< plain bytes
  Digest sha256{};         ///< of the plain bytes
  std::uint64_t stored_size = 0;
};

/// Takes a dump. Nothing of it counts before finish(); destroyed without it, the bytes are
/// discarded.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  virtual Result<void> write(std::span<const std::byte> bytes) = 0;
  virtual Result<StreamInfo> finish() = 0;
};

/// Gives a dump back and compares its hash on the way: the last read() of a damaged stream is a
/// Verification error instead of 0.
class StreamReader {
 public:
  virtual ~StreamReader() = default;
  virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

/// Facts about a component that go into the manifest, canonical JSON: versions, coordinates, row
/// counts. No secrets, no names of files.
struct ComponentFacts {
  std::string json = "{}";
};

}  // namespace backstay::runtime
