#include "runtime/hosts/part_files.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

constexpr std::uint64_t kLargest = 64ULL << 20U;

std::optional<StepState> state_of(const std::string& word) {
  for (const StepState state : {StepState::Started, StepState::Done, StepState::Partial,
                                StepState::Failed, StepState::Skipped}) {
    if (to_string(state) == word) {
      return state;
    }
  }
  return std::nullopt;
}

Result<Json> read_json(Filesystem& files, const std::string& path) {
  BACKSTAY_ASSIGN(const auto text, read_file(files, path, kLargest));
  Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return Error{.kind = ErrorKind::BadInput, .message = "`" + path + "` is no JSON object"};
  }
  return json;
}

/// Absent: none.
Result<Names> names_in(const Json& json, const char* key) {
  Names names;
  const auto found = json.find(key);
  if (found == json.end()) {
    return names;
  }
  const bool good =
      found->is_array() &&
      std::all_of(found->begin(), found->end(), [](const Json& one) { return one.is_string(); });
  if (!good) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = fmt::format("`{}` must be a list of names", key)};
  }
  for (const Json& one : *found) {
    names.push_back(one.get<std::string>());
  }
  return names;
}

Result<GateFile> gate_from(const Json& json) {
  GateFile gate;
  BACKSTAY_ASSIGN(gate.hosts, names_in(json, "hosts"));
  BACKSTAY_ASSIGN(gate.done, names_in(json, "done"));
  if (const auto open = json.find("open"); open != json.end() && open->is_number_unsigned()) {
    gate.open = open->get<std::size_t>();
  }
  if (const auto release = json.find("release"); release != json.end() && release->is_boolean()) {
    gate.release = release->get<bool>();
  }
  return gate;
}

}  // namespace

Result<void> check_set_name(const std::string& name) {
  constexpr std::size_t kLongest = 64;
  const auto good = [](unsigned char letter) {
    return (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
           (letter >= 'A' && letter <= 'Z') || letter == '-';
  };
  if (!name.empty() && name.size() <= kLongest && name.front() != '-' &&
      std::all_of(name.begin(), name.end(), good)) {
    return {};
  }
  return Error{.kind = ErrorKind::Usage,
               .message = "--set takes a name of letters, digits and `-`, at most 64 of them"};
}

std::string part_directory(const std::string& state_directory, const Part& part) {
  return fmt::format("{}/sets/{}/{}@{}", state_directory, part.set, part.what, part.host);
}

Result<void> write_gate(Filesystem& files, const std::string& directory, const GateFile& gate) {
  const Json json = {
      {"open", gate.open}, {"hosts", gate.hosts}, {"done", gate.done}, {"release", gate.release}};
  return replace_file(files, directory + "/gate.json", json.dump() + "\n", 0600);
}

Result<GateFile> read_gate(Filesystem& files, const std::string& directory) {
  BACKSTAY_ASSIGN(const auto json, read_json(files, directory + "/gate.json"));
  return gate_from(json);
}

Result<GateFile> parse_elsewhere(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = "what other hosts did is no JSON object",
                 .hint = R"(expected {"hosts": [...], "done": [...]})"};
  }
  BACKSTAY_ASSIGN(auto gate, gate_from(json));
  gate.open = 0;
  gate.release = false;
  return gate;
}

Result<void> write_progress(Filesystem& files,
                            const std::string& directory,
                            const PartProgress& progress) {
  Json steps = Json::object();
  for (const auto& [id, state] : progress.steps) {
    steps[id] = to_string(state);
  }
  const Json json = {{"steps", steps}, {"left_out", progress.left_out}};
  return replace_file(files, directory + "/progress.json", json.dump() + "\n", 0600);
}

Result<PartProgress> read_progress(Filesystem& files, const std::string& directory) {
  BACKSTAY_ASSIGN(const auto json, read_json(files, directory + "/progress.json"));
  PartProgress progress;
  BACKSTAY_ASSIGN(progress.left_out, names_in(json, "left_out"));
  if (const auto steps = json.find("steps"); steps != json.end() && steps->is_object()) {
    for (const auto& [id, word] : steps->items()) {
      if (const auto state = word.is_string() ? state_of(word.get<std::string>()) : std::nullopt) {
        progress.steps.emplace(id, *state);
      }
    }
  }
  return progress;
}

Result<void> write_exit(Filesystem& files, const std::string& directory, int code) {
  return replace_file(files, directory + "/exit", fmt::format("{}\n", code), 0600);
}

std::optional<PartEnd> read_end(Filesystem& files, const std::string& directory) {
  const auto text = read_file(files, directory + "/exit", 16);
  PartEnd end;
  if (!text ||
      std::from_chars(text->data(), text->data() + text->size(), end.exit).ec != std::errc()) {
    return std::nullopt;
  }
  if (auto report = read_file(files, directory + "/report.json", kLargest)) {
    end.report = *std::move(report);
  }
  if (auto messages = read_file(files, directory + "/messages.log", kLargest)) {
    end.messages = *std::move(messages);
  }
  return end;
}

}  // namespace backstay::runtime
