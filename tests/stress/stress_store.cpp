#include "tests/stress/stress_store.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include "runtime/steps/steps.hpp"
#include "runtime/store/begin.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/snapshot_copy.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/verify.hpp"

namespace backstay::stress {

namespace fs = std::filesystem;
using namespace runtime;

namespace {

constexpr const char* kPolicy = "policy";
constexpr const char* kHost = "host1";
constexpr std::size_t kDumpRows = 4000;

class NoEvents final : public Events {
 public:
  void step(std::string_view, StepState, std::string_view) override {}

  void progress(std::string_view, std::uint64_t, std::string_view) override {}

  void warning(std::string_view, std::string_view) override {}
};

NoEvents no_events;  // NOLINT: without state

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

SourceTree::SourceTree() {
  std::string pattern =
      (fs::exists("/dev/shm") ? "/dev/shm" : "/tmp") + std::string("/stress-XXXXXX");
  BACKSTAY_CHECK(::mkdtemp(pattern.data()) != nullptr, "a directory for the sources can be made");
  path_ = pattern;
  fs::create_directories(path_ + "/deep/er");
  fs::create_directories(path_ + "/empty");
  for (const char* name : {"a", "b", "c", "deep/d", "deep/er/e"}) {
    write_text(path_ + "/" + name, std::string("content of ") + name + std::string(3000, name[0]));
  }
  fs::create_symlink("a", path_ + "/link");
  fs::create_hard_link(path_ + "/c", path_ + "/deep/c-again");
}

SourceTree::~SourceTree() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void SourceTree::change() {
  ++version_;
  write_text(path_ + "/b", "version " + std::to_string(version_));
  if (version_ % 3 == 0) {
    write_text(path_ + "/deep/new-" + std::to_string(version_ % 5), std::to_string(version_));
  }
}

void SourceTree::set_large(bool large) {
  constexpr std::size_t kLargeBytes = std::size_t{17} << 20U;
  if (large) {
    write_text(path_ + "/large", std::string(kLargeBytes, 'l') + std::to_string(version_));
  } else {
    fs::remove(path_ + "/large");
  }
}

std::string SourceTree::dump() const {
  std::string text;
  for (std::size_t row = 0; row < kDumpRows; ++row) {
    text += "INSERT INTO t VALUES (" + std::to_string(row) + ");\n";
  }
  return text + "-- version " + std::to_string(version_) + "\n";
}

StressStore::StressStore(Filesystem& disk,
                         const std::string& base,
                         SourceTree& source,
                         std::function<void()> run_over)
    : disk_(disk),
      source_(source),
      run_over_(std::move(run_over)),
      world_{clock_, disk, commands_, {base + "/config", base + "/state", base + "/locks"}},
      first_{base + "/first", {}, {}, {}},
      second_{base + "/second", {}, {}, {}} {
  plan_.policy = kPolicy;
  backup_.name = "nightly";
  step_.id = "archive";
  step_.host = kHost;
}

Result<void> StressStore::init() {
  BACKSTAY_TRY(make_directories(disk_, world_.directories.state, 0700));
  BACKSTAY_ASSIGN(first_.store, init_store(disk_, world_.directories, first_.path, "first"));
  BACKSTAY_ASSIGN(second_.store, init_store(disk_, world_.directories, second_.path, "second"));
  return {};
}

StepContext StressStore::context(Staging* staging) {
  return StepContext{.world = world_,
                     .plan = plan_,
                     .backup = backup_,
                     .step = step_,
                     .run_id = "run-" + std::to_string(runs_),
                     .stop = {},
                     .events = no_events,
                     .staging = staging};
}

Result<void> StressStore::add_files(Staging& staging) {
  plan::ArchiveFiles action;
  action.component = "app.files";
  action.path = source_.path();
  StepContext with = context(&staging);
  return execute(action, with);
}

Result<void> StressStore::add_dump(Staging& staging) {
  BACKSTAY_ASSIGN(const auto stream, staging.open_stream("app.db", "rows.sql"));
  const std::string text = source_.dump();
  BACKSTAY_TRY(stream->write(std::as_bytes(std::span(text.data(), text.size()))));
  BACKSTAY_TRY(stream->finish());
  return staging.complete("app.db", "mariadb-database", "app on db", {R"({"rows":1})"});
}

Result<std::string> StressStore::back_up(const RunShape& shape) {
  ++runs_;
  clock_.advance(std::chrono::hours(1));
  ReadAgain again;
  again.settled = std::chrono::nanoseconds(0);
  BACKSTAY_ASSIGN(const auto staging, begin_staging(world_, first_.store,
                                                    {.policy = kPolicy,
                                                     .backup = backup_.name,
                                                     .host = kHost,
                                                     .run_id = "run-" + std::to_string(runs_),
                                                     .plan_bytes = "plan\n",
                                                     .plan_digest = std::string(64, '0'),
                                                     .again = again,
                                                     .warn = {}}));
  if (shape.failing_component) {
    const auto stream = staging->open_stream("app.broken", "rows.sql");
    if (stream) {
      (void)(*stream)->write(std::as_bytes(std::span("half", 4)));
      (void)(*stream)->finish();
    }
    staging->fail("app.broken", "as the history wants it");
  }
  BACKSTAY_TRY(add_files(*staging));
  if (shape.dump) {
    BACKSTAY_TRY(add_dump(*staging));
  }
  BACKSTAY_ASSIGN(std::string id, staging->commit());
  BACKSTAY_TRY(remember(first_, id));
  return id;
}

Result<void> StressStore::remember(Place& place, const std::string& id) {
  run_over_();
  BACKSTAY_ASSIGN(place.reported[id], read_file(disk_, layout::snapshot(place.path, id) + "/" +
                                                           std::string(layout::kSums)));
  return {};
}

Result<void> StressStore::copy() {
  const auto newest = find_snapshot(disk_, first_.store, {}, "latest");
  if (!newest && newest.error().kind == ErrorKind::NotFound) {
    return {};
  }
  if (!newest) {
    return newest.error();
  }
  BACKSTAY_TRY(copy_snapshot(disk_, first_.store, second_.store,
                             {.snapshot = newest->id, .policy = kPolicy, .host = kHost},
                             [](std::uint64_t) {}, {}));
  return remember(second_, newest->id);
}

Result<void> StressStore::record() {
  if (first_.reported.empty()) {
    return {};
  }
  const std::string& id = first_.reported.rbegin()->first;
  BACKSTAY_TRY(write_record(disk_, first_.store, id, "verify", R"({"intact":true})"));
  ++first_.records[id];
  return {};
}

std::string StressStore::find_damage() {
  for (Place* place : {&first_, &second_}) {
    if (std::string damage = find_damage(*place); !damage.empty()) {
      return damage;
    }
  }
  return {};
}

std::string StressStore::find_damage(Place& place) {
  if (place.store.path.empty()) {
    return {};  // never made
  }
  const auto visible = disk_.list(layout::snapshots(place.path));
  if (!visible) {
    return place.reported.empty() ? std::string() : to_string(visible.error());
  }
  for (const std::string& id : *visible) {
    const auto report =
        verify_snapshot(disk_, place.store, {.snapshot = id, .level = 2, .components = {}}, {});
    if (!report) {
      return id + " is visible and cannot be looked at: " + to_string(report.error());
    }
    if (!report->intact()) {
      return id + " is visible and damaged: " + report->problems.front();
    }
  }
  for (const auto& [id, sums] : place.reported) {
    const auto now =
        read_file(disk_, layout::snapshot(place.path, id) + "/" + std::string(layout::kSums));
    if (!now) {
      return id + " was reported in " + place.path + " and is lost: " + to_string(now.error());
    }
    if (*now != sums) {
      return id + " was reported in " + place.path + " and has other bytes";
    }
  }
  for (const auto& [id, count] : place.records) {
    const auto records = read_records(disk_, place.store, id, "verify");
    if (!records || records->size() < count) {
      return "a record of " + id + " was reported and is lost";
    }
  }
  return {};
}

std::string StressStore::find_leftovers() {
  const auto names = disk_.list(layout::staging(first_.path));
  if (!names) {
    return to_string(names.error());
  }
  return names->empty() ? std::string() : "`" + names->front() + "` is left in staging/";
}

std::size_t StressStore::reported() const {
  return first_.reported.size() + second_.reported.size();
}

std::vector<std::string> StressStore::ids() const {
  std::vector<std::string> ids;
  for (const auto& [id, sums] : first_.reported) {
    ids.push_back(id);
  }
  return ids;
}

}  // namespace backstay::stress
