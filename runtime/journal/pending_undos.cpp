#include "runtime/journal/pending_undos.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kUndoSuffix = ".json";

std::string directory_of(const std::string& state_directory) {
  return state_directory + "/pending";
}

std::string to_json(const PendingRun& pending) {
  Json json;
  json["schema_version"] = 1;
  json["run"] = pending.run_id;
  json["attempts"] = pending.attempts;
  if (pending.limit.process > 0) {
    json["limit"] = {{"process", pending.limit.process},
                     {"started", pending.limit.started},
                     {"boot", pending.limit.boot},
                     {"over_at", pending.limit.over_at}};
  }
  json["undos"] = Json::array();
  for (const Undo& undo : pending.undos) {
    json["undos"].push_back({{"kind", undo.kind}, {"arguments", undo.arguments}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<PendingRun> parse(const std::string& text, const std::string& path) {
  try {
    const Json json = Json::parse(text);
    PendingRun pending{.run_id = json.at("run").get<std::string>(),
                       .attempts = json.value("attempts", 0)};
    if (json.contains("limit")) {
      const Json& limit = json.at("limit");
      pending.limit = {.process = limit.at("process").get<int>(),
                       .started = limit.at("started").get<std::uint64_t>(),
                       .boot = limit.at("boot").get<std::string>(),
                       .over_at = limit.at("over_at").get<std::int64_t>()};
    }
    for (const Json& undo : json.at("undos")) {
      pending.undos.push_back({undo.at("kind").get<std::string>(),
                               undo.at("arguments").get<std::vector<std::string>>()});
    }
    return pending;
  } catch (const Json::exception& problem) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = "`" + path + "` cannot be read: " + problem.what(),
                 .hint =
                     "it says what a killed run must still put right: look at it, do that by "
                     "hand, then remove it"};
  }
}

}  // namespace

PendingUndos::PendingUndos(Filesystem& files,
                           const std::string& state_directory,
                           const std::string& run_id,
                           UndoGuard guard)
    : files_(files), state_directory_(state_directory), guard_(std::move(guard)) {
  pending_.run_id = run_id;
}

void PendingUndos::set_limit(RunLimit limit) {
  const std::lock_guard lock(mutex_);
  pending_.limit = std::move(limit);
}

Result<void> PendingUndos::add(const Undo& undo) {
  const std::lock_guard lock(mutex_);
  auto undos = pending_.undos;
  if (std::find(undos.begin(), undos.end(), undo) != undos.end()) {
    return {};
  }
  if (!std::exchange(armed_, true)) {
    if (auto armed = guard_.arm(); !armed) {
      armed_ = false;
      return armed;
    }
  }
  undos.push_back(undo);
  return save(undos);
}

Result<void> PendingUndos::done(const Undo& undo) {
  const std::lock_guard lock(mutex_);
  auto undos = pending_.undos;
  const auto found = std::find(undos.begin(), undos.end(), undo);
  if (found == undos.end()) {
    return {};
  }
  undos.erase(found);
  BACKSTAY_TRY(save(undos));
  if (pending_.undos.empty() && std::exchange(armed_, false)) {
    guard_.disarm();
  }
  return {};
}

bool PendingUndos::empty() {
  const std::lock_guard lock(mutex_);
  return pending_.undos.empty();
}

Result<void> PendingUndos::save(const std::vector<Undo>& undos) {
  PendingRun next = pending_;
  next.undos = undos;
  BACKSTAY_TRY(write_pending(files_, state_directory_, next));
  pending_ = std::move(next);
  return {};
}

Result<std::vector<PendingRun>> read_pending(Filesystem& files,
                                             const std::string& state_directory) {
  const std::string directory = directory_of(state_directory);
  std::vector<PendingRun> runs;
  const auto names = files.list(directory);
  if (!names) {
    return names.error().kind == ErrorKind::NotFound ? Result<std::vector<PendingRun>>(runs)
                                                     : names.error();
  }
  for (const std::string& name : *names) {
    if (!name.ends_with(kUndoSuffix)) {
      continue;  // written beside, and never renamed: a crash
    }
    const std::string path = directory + "/" + name;
    BACKSTAY_ASSIGN(const auto text, read_file(files, path));
    BACKSTAY_ASSIGN(auto run, parse(text, path));
    run.run_id = name.substr(0, name.size() - kUndoSuffix.size());
    runs.push_back(std::move(run));
  }
  return runs;
}

Result<void> write_pending(Filesystem& files,
                           const std::string& state_directory,
                           const PendingRun& pending) {
  const std::string directory = directory_of(state_directory);
  const std::string path = directory + "/" + pending.run_id + std::string(kUndoSuffix);
  if (!pending.undos.empty()) {
    BACKSTAY_TRY(make_directories(files, directory, 0700));
    return replace_file(files, path, to_json(pending), 0600);
  }
  if (auto removed = files.unlink(path); !removed && removed.error().kind != ErrorKind::NotFound) {
    return removed;
  }
  return files.sync_directory(directory);
}

}  // namespace backstay::runtime
