#include "runtime/archive/owners.hpp"

#include <charconv>
#include <vector>

#include <grp.h>
#include <pwd.h>

namespace backstay::runtime {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{64} << 10U;

std::optional<std::uint32_t> as_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

}  // namespace

const std::string& Owners::user_name(std::uint32_t uid) {
  const auto [found, added] = user_names_.try_emplace(uid);
  if (added) {
    std::vector<char> buffer(kBufferBytes);
    passwd entry{};
    passwd* answer = nullptr;
    if (getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &answer) == 0 && answer != nullptr) {
      found->second = answer->pw_name;
    }
  }
  return found->second;
}

const std::string& Owners::group_name(std::uint32_t gid) {
  const auto [found, added] = group_names_.try_emplace(gid);
  if (added) {
    std::vector<char> buffer(kBufferBytes);
    group entry{};
    group* answer = nullptr;
    if (getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &answer) == 0 && answer != nullptr) {
      found->second = answer->gr_name;
    }
  }
  return found->second;
}

std::optional<std::uint32_t> Owners::user_number(std::string_view name) {
  const auto [found, added] = user_numbers_.try_emplace(std::string(name));
  if (added) {
    std::vector<char> buffer(kBufferBytes);
    passwd entry{};
    passwd* answer = nullptr;
    if (getpwnam_r(found->first.c_str(), &entry, buffer.data(), buffer.size(), &answer) == 0 &&
        answer != nullptr) {
      found->second = answer->pw_uid;
    } else {
      found->second = as_number(name);
    }
  }
  return found->second;
}

std::optional<std::uint32_t> Owners::group_number(std::string_view name) {
  const auto [found, added] = group_numbers_.try_emplace(std::string(name));
  if (added) {
    std::vector<char> buffer(kBufferBytes);
    group entry{};
    group* answer = nullptr;
    if (getgrnam_r(found->first.c_str(), &entry, buffer.data(), buffer.size(), &answer) == 0 &&
        answer != nullptr) {
      found->second = answer->gr_gid;
    } else {
      found->second = as_number(name);
    }
  }
  return found->second;
}

}  // namespace backstay::runtime
