// The plain case of a line of a file list: one JSON object of strings without escapes, whole
// numbers and flags, its keys in rising order. Read in one pass and without a copy, because a
// restore reads one a file; whatever is not so plain is left to the real parser.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace backstay::runtime {

struct FlatValue {
  enum class Kind : std::uint8_t { Text, Number, Flag };

  Kind kind = Kind::Text;
  bool negative = false;       ///< numbers below zero
  std::uint64_t number = 0;    ///< numbers without their sign; flags 0 and 1
  std::string_view text = {};  ///< in the line that was read
};

/// One thread at a time; read into the same object again and again.
class FlatObject {
 public:
  /// False: the line is not that plain, or not JSON at all. The line outlives what is found in it.
  [[nodiscard]] bool read(std::string_view line);

  /// Null where there is no such key.
  [[nodiscard]] const FlatValue* find(std::string_view key) const;

 private:
  struct Field {
    std::string_view key;
    FlatValue value;
  };

  [[nodiscard]] bool read_field(std::string_view& rest);

  static constexpr std::size_t kMostFields = 32;
  std::array<Field, kMostFields> fields_;
  std::size_t size_ = 0;
};

}  // namespace backstay::runtime
