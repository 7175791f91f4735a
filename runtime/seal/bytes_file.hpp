// Bytes in memory, read as a file is.
#pragma once

#include <algorithm>
#include <span>

#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Reads bytes that must outlive it; cannot be written.
class BytesFile final : public File {
 public:
  explicit BytesFile(std::span<const std::byte> bytes) : rest_(bytes) {}

  Result<void> write(std::span<const std::byte> /*bytes*/) override {
    return Error{.message = "bytes in memory cannot be written"};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::size_t size = std::min(buffer.size(), rest_.size());
    std::copy_n(rest_.begin(), size, buffer.begin());
    rest_ = rest_.subspan(size);
    return size;
  }

  Result<void> sync() override { return {}; }

  Result<void> close() override { return {}; }

  void drop_cache() override {}

  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace backstay::runtime
