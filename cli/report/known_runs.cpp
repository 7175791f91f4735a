#include "cli/report/known_runs.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "runtime/catalogue/catalogue.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/records.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::json;

std::string word(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& list(const Json& json, const char* key) {
  static const Json kNone = Json::array();
  const auto found = json.find(key);
  return found != json.end() && found->is_array() ? *found : kNone;
}

template <typename Number>
std::optional<Number> number(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_number_unsigned())
    return std::nullopt;
  return found->get<Number>();
}

KnownStep parse_step(const Json& json) {
  KnownStep step{.id = word(json, "id"), .kind = word(json, "kind"), .state = word(json, "state")};
  for (const Json& one : list(json, "after")) {
    if (one.is_string())
      step.after.push_back(one.get<std::string>());
  }
  if (const auto began = number<std::int64_t>(json, "started_ms"))
    step.began = std::chrono::milliseconds(*began);
  step.took = std::chrono::milliseconds(number<std::int64_t>(json, "duration_ms").value_or(0));
  step.bytes = number<std::uint64_t>(json, "bytes").value_or(0);
  return step;
}

std::optional<KnownRun> parse_run(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object())
    return std::nullopt;
  KnownRun run{.id = word(json, "run"),
               .what = word(json, "what"),
               .policy = word(json, "policy"),
               .backup = word(json, "backup"),
               .host = word(json, "host"),
               .started = word(json, "started"),
               .status = word(json, "status"),
               .snapshot = word(json, "snapshot")};
  for (const Json& one : list(json, "components")) {
    if (one.is_object())
      run.components.emplace_back(word(one, "component"), word(one, "status"));
  }
  for (const Json& one : list(json, "steps")) {
    if (one.is_object())
      run.steps.push_back(parse_step(one));
  }
  return run;
}

KnownRun known(const runtime::CatalogueRun& run) {
  KnownRun known{.id = run.id,
                 .what = run.what,
                 .policy = run.policy,
                 .backup = run.backup,
                 .host = run.host,
                 .started = run.started,
                 .status = run.status,
                 .snapshot = run.snapshot,
                 .components = run.components};
  for (const runtime::CatalogueStep& step : run.steps) {
    known.steps.push_back({.id = step.id,
                           .kind = step.kind,
                           .state = step.state,
                           .after = step.after,
                           .began = step.started,
                           .took = step.duration,
                           .bytes = step.bytes});
  }
  return known;
}

/// `20261122T023000Z` anywhere in a name, a day's tolerance; what bears none is looked at.
bool may_be_since(const std::string& name, const std::string& from) {
  for (std::size_t at = 0; at + 16 <= name.size(); ++at) {
    const bool stamp = name[at + 8] == 'T' && name[at + 15] == 'Z' &&
                       std::all_of(name.begin() + static_cast<std::ptrdiff_t>(at),
                                   name.begin() + static_cast<std::ptrdiff_t>(at) + 8,
                                   [](char c) { return c >= '0' && c <= '9'; });
    if (stamp)
      return name.compare(at, 16, from) >= 0;
  }
  return true;
}

}  // namespace

bool KnownRuns::add(std::optional<KnownRun> run) {
  if (!run || run->id.empty())
    return false;
  const auto started = runtime::from_rfc3339(run->started);
  if (!started || *started < from_)
    return false;
  if (!ids_.insert(run->id).second)
    return false;
  if (run->what == "backup")
    snapshots_.insert(run->snapshot);
  runs_.push_back(std::move(*run));
  sorted_ = false;
  return true;
}

std::size_t KnownRuns::add_reports(runtime::Filesystem& files, const std::string& state_directory) {
  const std::string directory = state_directory + "/runs";
  const auto names = files.list(directory);
  const std::string from = runtime::to_compact_utc(from_ - std::chrono::days(1));
  std::size_t found = 0;
  if (!names)
    return found;
  for (const std::string& name : *names) {
    if (!name.ends_with(".json") || !may_be_since(name, from))
      continue;
    if (const auto text = runtime::read_file(files, directory + "/" + name))
      found += add(parse_run(*text)) ? 1 : 0;
  }
  return found;
}

Result<std::size_t> KnownRuns::add_catalogue(runtime::Filesystem& files,
                                             const std::string& state_directory) {
  BACKSTAY_ASSIGN(auto catalogue, runtime::Catalogue::open_for_reading(
                                      files, runtime::Catalogue::path_in(state_directory)));
  BACKSTAY_ASSIGN(const auto runs, catalogue.runs({.from = runtime::to_rfc3339(from_)}));
  std::size_t found = 0;
  for (const runtime::CatalogueRun& run : runs)
    found += add(known(run)) ? 1 : 0;
  return found;
}

std::size_t KnownRuns::add_records(runtime::Filesystem& files, const runtime::Store& store) {
  const auto names = files.list(runtime::layout::records(store.path));
  const std::string from = runtime::to_compact_utc(from_ - std::chrono::days(1));
  std::size_t found = 0;
  if (!names)
    return found;
  for (const std::string& name : *names) {
    if (!may_be_since(name, from))
      continue;
    if (snapshots_.contains(name))
      continue;
    if (const auto records = runtime::read_records(files, store, name, "run")) {
      for (const std::string& text : *records)
        found += add(parse_run(text)) ? 1 : 0;
    }
  }
  return found;
}

const std::vector<KnownRun>& KnownRuns::runs() {
  if (!sorted_) {
    std::stable_sort(runs_.begin(), runs_.end(), [](const KnownRun& a, const KnownRun& b) {
      return a.started != b.started ? a.started < b.started : a.id < b.id;
    });
    sorted_ = true;
  }
  return runs_;
}

}  // namespace backstay::cli
