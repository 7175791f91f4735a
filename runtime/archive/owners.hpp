// Names of users and groups, remembered, because asking the system for each file would be slow.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace backstay::runtime {

/// One thread at a time; each worker has its own.
class Owners {
 public:
  /// The name of a number on this machine; empty where it has none.
  const std::string& user_name(std::uint32_t uid);
  const std::string& group_name(std::uint32_t gid);
  /// The number of a name on this machine. A text of digits that is no name is that number.
  std::optional<std::uint32_t> user_number(std::string_view name);
  std::optional<std::uint32_t> group_number(std::string_view name);

 private:
  std::unordered_map<std::uint32_t, std::string> user_names_;
  std::unordered_map<std::uint32_t, std::string> group_names_;
  std::unordered_map<std::string, std::optional<std::uint32_t>> user_numbers_;
  std::unordered_map<std::string, std::optional<std::uint32_t>> group_numbers_;
};

}  // namespace backstay::runtime
