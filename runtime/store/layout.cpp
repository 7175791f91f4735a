#include "runtime/store/layout.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/system/clock.hpp"

namespace backstay::runtime::layout {

namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kSequenceDigits = 8;

bool is_plain_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '@' || c == '+' || c == '-';
}

}  // namespace

std::string locks(const std::string& store) {
  return store + "/locks";
}

std::string staging(const std::string& store) {
  return store + "/staging";
}

std::string snapshots(const std::string& store) {
  return store + "/snapshots";
}

std::string records(const std::string& store) {
  return store + "/records";
}

std::string trash(const std::string& store) {
  return store + "/trash";
}

std::string snapshot(const std::string& store, const std::string& id) {
  return snapshots(store) + "/" + id;
}

std::string unsealed(const std::string& path) {
  return path + std::string(kUnsealedMark);
}

std::string component(const std::string& snapshot_path, const std::string& name) {
  return snapshot_path + "/data/" + name;
}

std::string policy_at_host(const std::string& policy, const std::string& host) {
  return policy + "@" + host;
}

std::string snapshot_id(std::uint64_t sequence,
                        std::chrono::system_clock::time_point when,
                        const std::string& policy,
                        const std::string& host,
                        const std::string& random) {
  const std::string digits = std::to_string(sequence);
  const std::size_t zeros = digits.size() < kSequenceDigits ? kSequenceDigits - digits.size() : 0;
  return std::string(zeros, '0') + digits + "-" + to_compact_utc(when) + "-" + policy + "-" + host +
         "-" + random;
}

std::optional<std::uint64_t> sequence_of(std::string_view id) {
  std::uint64_t sequence = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), sequence);
  if (error != std::errc{} || end == id.data() + id.size() || *end != '-')
    return std::nullopt;
  return sequence;
}

bool is_plain_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && name.front() != '.' &&
         name.front() != '-' && std::ranges::all_of(name, is_plain_character);
}

Result<void> check_plain_name(std::string_view name, std::string_view what) {
  if (is_plain_name(name))
    return {};
  return Error{.kind = ErrorKind::Refused,
               .message = "the " + std::string(what) + " `" + std::string(name) +
                          "` cannot be the name of a directory",
               .hint = "use letters, digits and `._@+-`, at most 200 of them"};
}

}  // namespace backstay::runtime::layout
