#include "runtime/executor/expected_bytes.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "compiler/plan/action_facts.hpp"

namespace backstay::runtime {

namespace {

using Json = nlohmann::ordered_json;

// Reports that are looked at before giving up: other policies may have run since.
constexpr std::size_t kMostReports = 50;

bool is_like(const Json& report, const RunReport& like) {
  const auto says = [&](const char* key, const std::string& word) {
    return report.value(key, Json()) == Json(word);
  };
  return says("what", like.what) && says("policy", like.policy) && says("backup", like.backup) &&
         says("host", like.host) && !says("status", "failed");
}

ExpectedBytes bytes_of(const Json& report) {
  ExpectedBytes expected;
  for (const Json& step : report.value("steps", Json::array())) {
    const Json id = step.value("id", Json());
    const Json bytes = step.value("bytes", Json());
    if (id.is_string() && bytes.is_number_unsigned() && bytes.get<std::uint64_t>() > 0) {
      expected.emplace(id.get<std::string>(), bytes.get<std::uint64_t>());
    }
  }
  return expected;
}

}  // namespace

ExpectedBytes bytes_of_last_run(World& world, const RunReport& like) {
  const std::string directory = world.directories.state + "/runs";
  auto names = world.files.list(directory);
  if (!names) {
    return {};
  }
  std::reverse(names->begin(), names->end());  // they begin with their time
  names->resize(std::min(names->size(), kMostReports));
  for (const std::string& name : *names) {
    const auto text = read_file(world.files, directory + "/" + name);
    const Json report = text ? Json::parse(*text, nullptr, false) : Json();
    if (report.is_object() && is_like(report, like)) {
      return bytes_of(report);
    }
  }
  return {};
}

ExpectedBytes bytes_of_components(const SnapshotReader& snapshot,
                                  const std::vector<plan::Step>& steps) {
  ExpectedBytes expected;
  for (const plan::Step& step : steps) {
    for (const std::string& name : plan::components_of(step.action)) {
      const ComponentInfo* component = snapshot.component(name);
      if (component != nullptr && component->plain_bytes > 0) {
        expected[step.id] += component->plain_bytes;
      }
    }
  }
  return expected;
}

void expect_all(Events& events, const ExpectedBytes& expected) {
  for (const auto& [step, bytes] : expected) {
    events.expect(step, bytes);
  }
}

}  // namespace backstay::runtime
