#include "runtime/hosts/together.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "compiler/plan/host_groups.hpp"
#include "runtime/store/records.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kRecord = "set";
constexpr int kPartial = 3;

/// What holds something still, or lets it go.
bool holds_still(const plan::Step& step) {
  return std::holds_alternative<plan::StopUnits>(step.action) ||
         std::holds_alternative<plan::StartUnits>(step.action) ||
         std::holds_alternative<plan::RunCommand>(step.action);
}

std::vector<std::string> texts_in(const Json& json, const char* key) {
  std::vector<std::string> names;
  for (const Json& one : json.value(key, Json::array())) {
    if (one.is_string())
      names.push_back(one.get<std::string>());
  }
  return names;
}

/// The report with one more warning; nothing where it is none.
std::optional<std::string> with_warning(const std::string& report, const std::string& warning) {
  Json json = Json::parse(report, nullptr, false);
  if (!json.is_object())
    return std::nullopt;
  Json& warnings = json["warnings"];
  if (!warnings.is_array())
    warnings = Json::array();
  if (std::find(warnings.begin(), warnings.end(), warning) == warnings.end())
    warnings.push_back(warning);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<void> warn_in(Filesystem& files, const std::string& path, const std::string& warning) {
  BACKSTAY_ASSIGN(const std::string text, read_file(files, path));
  const auto changed = with_warning(text, warning);
  return changed ? replace_file(files, path, *changed, 0600) : Result<void>();
}

/// A good run becomes one that lacks something; one that was worse stays what it was.
Result<void> tell_run(World& world,
                      const std::string& directory,
                      const PartEnd& end,
                      const std::string& run_id,
                      const std::string& warning) {
  BACKSTAY_TRY(warn_in(world.files, directory + "/report.json", warning));
  BACKSTAY_TRY(
      warn_in(world.files, world.directories.state + "/runs/" + run_id + ".json", warning));
  return end.exit == 0 ? write_exit(world.files, directory, kPartial) : Result<void>();
}

}  // namespace

std::vector<std::string> hosts_held_with(const std::vector<plan::Step>& graph,
                                         const std::string& host) {
  std::map<std::string_view, const plan::Step*> steps;
  for (const plan::Step& step : graph)
    steps.emplace(step.id, &step);
  std::map<std::string_view, std::set<std::string_view>> ties;
  for (const plan::Step& step : graph) {
    for (const std::string& id : step.after) {
      const auto earlier = steps.find(id);
      if (earlier != steps.end() && earlier->second->host != step.host &&
          (holds_still(step) || holds_still(*earlier->second))) {
        ties[step.host].insert(earlier->second->host);
        ties[earlier->second->host].insert(step.host);
      }
    }
  }
  std::set<std::string_view> reached;
  std::vector<std::string_view> left = {host};
  while (!left.empty() && ties.contains(host)) {
    const std::string_view one = left.back();
    left.pop_back();
    if (reached.insert(one).second)
      left.insert(left.end(), ties[one].begin(), ties[one].end());
  }
  return {reached.begin(), reached.end()};
}

Result<Together> settle_together(World& world,
                                 const plan::Target& target,
                                 const std::vector<plan::Step>& graph,
                                 const Part& part,
                                 const std::vector<std::string>& there) {
  Together together{.set = part.set, .with = {}, .apart = {}};
  for (const std::string& host : hosts_held_with(graph, part.host)) {
    if (host == part.host)
      continue;
    together.with.push_back(host);
    if (std::find(there.begin(), there.end(), host) == there.end())
      together.apart.push_back(host);
  }
  const std::string directory = part_directory(world.directories.state, part);
  const auto end = read_end(world.files, directory);
  if (!end) {
    return Error{
        .kind = ErrorKind::NotFound,
        .message = fmt::format("no {} of set {} has ended on {}", part.what, part.set, part.host)};
  }
  const Json report = Json::parse(end->report, nullptr, false);
  const std::string snapshot = report.is_object() ? report.value("snapshot", "") : std::string();
  if (snapshot.empty() || together.with.empty())
    return Together{.set = part.set, .with = {}, .apart = {}};
  BACKSTAY_ASSIGN(const Store store, open_store(world.files, target, world.directories));
  const Json json = {{"set", together.set}, {"with", together.with}, {"apart", together.apart}};
  BACKSTAY_TRY(write_record(world.files, store, snapshot, kRecord, json.dump()));
  if (!together.apart.empty()) {
    BACKSTAY_TRY(tell_run(world, directory, *end, report.value("run", ""),
                          fmt::format("snapshot {} is {}", snapshot, apart_text(together))));
  }
  return together;
}

Together read_together(Filesystem& files, const Store& store, const std::string& snapshot) {
  const auto records = read_records(files, store, snapshot, kRecord);
  const Json json =
      records && !records->empty() ? Json::parse(records->back(), nullptr, false) : Json();
  if (!json.is_object() || !json.contains("set") || !json["set"].is_string())
    return {};
  return {.set = json["set"].get<std::string>(),
          .with = texts_in(json, "with"),
          .apart = texts_in(json, "apart")};
}

std::string apart_text(const Together& together) {
  return "not of one moment with " + plan::host_list(together.apart) +
         ": no point of it was made there";
}

}  // namespace backstay::runtime
