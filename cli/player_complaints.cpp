#include "cli/player_complaints.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace backstay::cli {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kLongestLine = 1 << 20;
constexpr std::size_t kLongestReason = 300;

std::string text_in(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// On one line, without the blanks around it.
std::string one_line(const std::string& text) {
  std::string line;
  for (const char letter : text.substr(0, kLongestReason)) {
    const bool blank = letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t';
    if (!blank) {
      line += letter;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '.')) {
    line.pop_back();
  }
  return line;
}

/// Ansible puts its own words before those of ssh.
std::string without_preamble(const std::string& message) {
  constexpr std::string_view kEnd = "can be reached over ssh: ";
  const auto at = message.find(kEnd);
  return at == std::string::npos ? message : message.substr(at + kEnd.size());
}

/// Where ssh ends before Ansible has sent it anything, Ansible tells of its own pipe alone.
std::string why_unreachable(const std::string& message) {
  if (holds(message, "HOST IDENTIFICATION HAS CHANGED")) {
    return "it shows another host key than the known one";
  }
  if (holds(message, "Broken pipe")) {
    return "ssh did not get there";
  }
  return one_line(without_preamble(message));
}

std::string reason_of(const std::string& host, const Json& result, bool unreachable) {
  const std::string message = text_in(result, "msg");
  const std::string errors = text_in(result, "module_stderr");
  if (unreachable) {
    return fmt::format("{}: try `ssh {}`", why_unreachable(message), host);
  }
  if (holds(errors, "python") && holds(errors, "not found")) {
    return "no Python there, which Ansible needs: install python3";
  }
  if (holds(message + errors, "sudo")) {
    return fmt::format("{}: let its user become root, or set ansible_become_password",
                       one_line(holds(message, "sudo") ? message : errors));
  }
  return one_line(message);
}

}  // namespace

void PlayerComplaints::take(std::string_view text) {
  begun_ += text;
  std::size_t from = 0;
  for (auto end = begun_.find('\n'); end != std::string::npos; end = begun_.find('\n', from)) {
    take_line(std::string_view(begun_).substr(from, end - from));
    from = end + 1;
  }
  begun_.erase(0, from);
  if (begun_.size() > kLongestLine) {
    begun_.clear();
  }
}

// `fatal: [HOST]: UNREACHABLE! => {…}`, `fatal: [HOST -> localhost]: FAILED! => {…}`; of a loop
// each item before the whole, which says no more than that: `failed: [HOST] (item=NAME) => {…}`
void PlayerComplaints::take_line(std::string_view line) {
  constexpr std::string_view kWhole = "fatal: [";
  constexpr std::string_view kItem = "failed: [";
  constexpr std::string_view kResult = " => ";
  const auto result = line.find(" => {");
  const bool item = line.starts_with(kItem);
  if ((!item && !line.starts_with(kWhole)) || result == std::string_view::npos) {
    return;
  }
  const std::string_view named = line.substr(item ? kItem.size() : kWhole.size());
  const std::string host(named.substr(0, named.find_first_of(" ]")));
  const Json json = Json::parse(line.substr(result + kResult.size()), nullptr, false);
  if (json.is_object()) {
    const bool unreachable = line.substr(0, result).ends_with("UNREACHABLE!") ||
                             (item && json.value("unreachable", false));
    of_hosts_.try_emplace(host, reason_of(host, json, unreachable));
  }
}

}  // namespace backstay::cli
