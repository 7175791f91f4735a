#include "runtime/approval/approval_record.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <variant>

#include <nlohmann/json.hpp>

#include "runtime/signing/ssh_signature.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/system/json_text.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;
using Commands = std::vector<std::vector<std::string>>;

constexpr int kVersion = 1;

/// The argument vectors of an action; most have none.
Commands commands_of(const plan::Action& action) {
  return std::visit(
      [](const auto& one) -> Commands {
        if constexpr (requires { one.command; }) {
          return {one.command};
        } else if constexpr (requires { one.checks; }) {
          Commands all;
          for (const plan::Probe& probe : one.checks)
            all.push_back(probe.command);
          return all;
        } else {
          return {};
        }
      },
      action);
}

bool in_system_directory(const std::string& program) {
  constexpr std::string_view kDirectories[] = {"/usr/sbin", "/usr/bin",        "/sbin",
                                               "/bin",      "/usr/local/sbin", "/usr/local/bin"};
  const std::string directory = program.substr(0, program.rfind('/'));
  return std::find(std::begin(kDirectories), std::end(kDirectories), directory) !=
         std::end(kDirectories);
}

template <typename Visit>
void each_step(const plan::Plan& plan, const Visit& visit) {
  for (const plan::Backup& backup : plan.backups) {
    std::for_each(backup.backup.begin(), backup.backup.end(), visit);
    std::for_each(backup.restore.begin(), backup.restore.end(), visit);
    for (const plan::Copy& copy : backup.copies)
      std::for_each(copy.steps.begin(), copy.steps.end(), visit);
  }
  for (const plan::Drill& drill : plan.drills)
    std::for_each(drill.steps.begin(), drill.steps.end(), visit);
}

Error not_readable(const std::string& why) {
  return {.kind = ErrorKind::BadInput, .message = "the approval cannot be read: " + why};
}

Result<std::map<std::string, std::string>> map_of(const Json& json, const char* key) {
  std::map<std::string, std::string> map;
  for (const auto& [name, value] : json.at(key).items()) {
    if (!value.is_string())
      return not_readable(std::string("`") + key + "`");
    map.emplace(name, value.get<std::string>());
  }
  return map;
}

}  // namespace

std::string to_json(const ApprovalRecord& record) {
  const Json json = {{"approval", kVersion},    {"digest", record.digest},
                     {"host", record.host},     {"number", record.number},
                     {"policy", record.policy}, {"programs", record.programs},
                     {"stores", record.stores}, {"until", record.until}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ApprovalRecord> parse_approval(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    return not_readable("it is no JSON object");
  constexpr std::string_view kKeys[] = {"approval", "digest",   "host",   "number",
                                        "policy",   "programs", "stores", "until"};
  for (const auto& [key, value] : json.items()) {
    if (std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys))
      return not_readable("`" + key + "` is not known to this version");
  }
  if (json.size() != std::size(kKeys) || json["approval"] != kVersion ||
      !json["number"].is_number_integer() || !json["programs"].is_object() ||
      !json["stores"].is_object())
    return not_readable("a part is missing, or of another version");
  ApprovalRecord record{.policy = text_of(json, "policy"),
                        .host = text_of(json, "host"),
                        .digest = text_of(json, "digest"),
                        .number = json["number"].get<std::int64_t>(),
                        .until = text_of(json, "until")};
  BACKSTAY_ASSIGN(record.stores, map_of(json, "stores"));
  BACKSTAY_ASSIGN(record.programs, map_of(json, "programs"));
  if (record.policy.empty() || record.host.empty() || record.digest.size() != 64)
    return not_readable("a part is empty");
  return record;
}

Result<ApprovalFile> split_approval(const std::string& text) {
  const std::size_t at = text.find(kArmour);
  if (at == std::string::npos)
    return not_readable("no signature follows it");
  return ApprovalFile{.record = text.substr(0, at), .signature = text.substr(at)};
}

std::string approval_path(const std::string& directory,
                          const std::string& policy,
                          const std::string& host) {
  return directory + "/approved/" + layout::policy_at_host(policy, host);
}

std::vector<std::string> hosts_of(const plan::Plan& plan) {
  std::set<std::string> hosts;
  for (const plan::Backup& backup : plan.backups)
    hosts.insert(backup.hosts.begin(), backup.hosts.end());
  each_step(plan, [&](const plan::Step& step) { hosts.insert(step.host); });
  return {hosts.begin(), hosts.end()};
}

std::vector<std::string> own_programs(const plan::Plan& plan, const std::string& host) {
  std::set<std::string> programs;
  const auto add = [&](const std::vector<std::string>& command) {
    if (!command.empty() && command.front().starts_with("/") &&
        !in_system_directory(command.front()))
      programs.insert(command.front());
  };
  each_step(plan, [&](const plan::Step& step) {
    if (step.host != host)
      return;
    for (const auto& command : commands_of(step.action))
      add(command);
  });
  for (const plan::Secret& secret : plan.secrets)
    add(secret.command);
  return {programs.begin(), programs.end()};
}

}  // namespace backstay::runtime
