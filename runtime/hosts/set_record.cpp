#include "runtime/hosts/set_record.hpp"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "runtime/signing/store_signing.hpp"
#include "runtime/system/json_text.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kSetNamespace = "backstay-set";

std::vector<std::string> names_of(const Json& json, const char* key) {
  std::vector<std::string> names;
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array())
    return names;
  for (const Json& one : *found) {
    if (one.is_string())
      names.push_back(one.get<std::string>());
  }
  return names;
}

SetMember member_from(const std::string& host, const Json& json) {
  SetMember member{.host = host, .reached = true};
  if (const auto exit = json.find("exit"); exit != json.end() && exit->is_number_integer()) {
    member.exit = exit->get<int>();
  }
  member.message = text_of(json, "messages");
  member.apart = names_of(json, "apart");
  const auto report = json.find("report");
  if (report == json.end() || !report->is_object()) {
    return member;
  }
  member.status = text_of(*report, "status");
  member.snapshot = text_of(*report, "snapshot");
  if (const std::string failure = text_of(*report, "failure"); !failure.empty()) {
    member.message = failure;
  }
  const auto components = report->find("components");
  if (components != report->end() && components->is_array()) {
    for (const Json& one : *components) {
      const std::string status = one.is_object() ? text_of(one, "status") : std::string();
      if (status == "failed" || status == "partial") {
        member.failed.push_back(text_of(one, "component"));
      }
    }
  }
  return member;
}

SetMember stored_member(const Json& json) {
  SetMember member{.host = text_of(json, "host"),
                   .reached = json.value("reached", false),
                   .exit = json.value("exit", 1),
                   .status = text_of(json, "status"),
                   .snapshot = text_of(json, "snapshot"),
                   .message = text_of(json, "message"),
                   .apart = names_of(json, "apart"),
                   .copy = text_of(json, "copy")};
  return member;
}

std::optional<SetRecord> read_set(World& world,
                                  const StoreSigning* signing,
                                  const std::string& set) {
  const std::string path = world.directories.state + "/sets/" + set + "/set.json";
  const auto text = read_file(world.files, path);
  const Json json = text ? Json::parse(*text, nullptr, false) : Json();
  if (!json.is_object() || !json.contains("members") || !json["members"].is_array()) {
    return std::nullopt;
  }
  if (signing != nullptr && signing->believes()) {
    const auto signature = read_file(world.files, path + ".sig");
    if (!signature ||
        !signing->check({.space = kSetNamespace, .text = *text, .signature = *signature}, "")) {
      return std::nullopt;
    }
  }
  SetRecord record{.set = text_of(json, "set"),
                   .what = text_of(json, "what"),
                   .policy = text_of(json, "policy"),
                   .backup = text_of(json, "backup"),
                   .plan_digest = text_of(json, "plan_digest"),
                   .started = text_of(json, "started"),
                   .finished = text_of(json, "finished"),
                   .members = {}};
  for (const Json& member : json["members"]) {
    if (member.is_object()) {
      record.members.push_back(stored_member(member));
    }
  }
  for (const Json& copy : json.value("copies", Json::array())) {
    if (copy.is_object()) {
      record.copies.push_back(stored_member(copy));
    }
  }
  return record;
}

}  // namespace

bool SetRecord::complete() const {
  return !members.empty() && std::all_of(members.begin(), members.end(), [](const SetMember& one) {
    return one.reached && one.exit == 0;
  });
}

bool SetRecord::whole() const {
  return complete() && std::all_of(copies.begin(), copies.end(), [](const SetMember& one) {
           return one.reached && one.exit == 0;
         });
}

int SetRecord::exit_code() const {
  constexpr int kPartial = 3;
  if (complete()) {
    return whole() ? 0 : kPartial;
  }
  const auto good = [](const SetMember& one) {
    return one.reached && (one.exit == 0 || one.exit == kPartial);
  };
  if (std::any_of(members.begin(), members.end(), good)) {
    return kPartial;
  }
  for (const SetMember& one : members) {
    if (one.reached && one.exit != 0) {
      return one.exit;
    }
  }
  return 1;
}

std::string to_json(const SetRecord& record) {
  Json members = Json::array();
  for (const SetMember& one : record.members) {
    members.push_back({{"host", one.host},
                       {"reached", one.reached},
                       {"exit", one.exit},
                       {"status", one.status},
                       {"snapshot", one.snapshot},
                       {"failed", one.failed},
                       {"apart", one.apart},
                       {"message", one.message}});
  }
  Json copies = Json::array();
  for (const SetMember& one : record.copies) {
    copies.push_back({{"host", one.host},
                      {"copy", one.copy},
                      {"reached", one.reached},
                      {"exit", one.exit},
                      {"status", one.status},
                      {"message", one.message}});
  }
  const Json json = {{"schema_version", 1},
                     {"set", record.set},
                     {"what", record.what},
                     {"policy", record.policy},
                     {"backup", record.backup},
                     {"plan_digest", record.plan_digest},
                     {"started", record.started},
                     {"finished", record.finished},
                     {"complete", record.complete()},
                     {"members", members},
                     {"copies", copies}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<SetMember> read_members(Filesystem& files,
                                    const std::string& directory,
                                    const std::string& what,
                                    const std::vector<std::string>& hosts) {
  std::vector<SetMember> members;
  for (const std::string& host : hosts) {
    const auto text = read_file(files, directory + "/" + what + "@" + host + ".json");
    const Json json = text ? Json::parse(*text, nullptr, false) : Json();
    members.push_back(json.is_object()
                          ? member_from(host, json)
                          : SetMember{.host = host, .message = "nothing came back from it"});
  }
  return members;
}

Result<void> write_set(World& world, const SetRecord& record) {
  const std::string directory = world.directories.state + "/sets/" + record.set;
  const std::string text = to_json(record);
  BACKSTAY_TRY(make_directories(world.files, directory, 0700));
  BACKSTAY_ASSIGN(const auto signing, StoreSigning::find(world.directories.config));
  // Why the signature first: a record without one is believed where none is asked for, alone.
  if (signing != nullptr && signing->signs()) {
    BACKSTAY_ASSIGN(const std::string signature, signing->sign(kSetNamespace, text));
    BACKSTAY_TRY(replace_file(world.files, directory + "/set.json.sig", signature, 0600));
  }
  return replace_file(world.files, directory + "/set.json", text, 0600);
}

std::vector<SetRecord> read_sets(World& world) {
  const auto names = world.files.list(world.directories.state + "/sets");
  const auto signing = StoreSigning::find(world.directories.config);
  if (!names || !signing) {
    return {};
  }
  std::vector<SetRecord> records;
  for (const std::string& name : *names) {
    if (auto record = read_set(world, signing->get(), name)) {
      records.push_back(*std::move(record));
    }
  }
  std::sort(records.begin(), records.end(), [](const SetRecord& one, const SetRecord& other) {
    return one.started > other.started;
  });
  return records;
}

}  // namespace backstay::runtime
