// A store and a state directory in which commands leave what they leave, for tests of the
// catalogue.
#pragma once

#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "runtime/catalogue/catalogue.hpp"
#include "runtime/catalogue/keep.hpp"
#include "runtime/database/sqlite_session.hpp"
#include "runtime/executor/run_files.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/records.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

class History {
 public:
  History() { write_text(bench_.directory / "tree/file", std::string(5000, 'a')); }

  World& world() { return *bench_.world; }

  const Store& store() { return bench_.store; }

  std::string path() { return Catalogue::path_in(world().directories.state); }

  std::vector<KnownStore> stores() { return stores_here(world(), bench_.plan); }

  CatalogueUpdate request() { return {.stores = stores()}; }

  void keep() {
    const auto warnings = keep_catalogue(world(), request());
    INFO((warnings.empty() ? std::string() : warnings.front()));
    REQUIRE(warnings.empty());
  }

  Catalogue catalogue() {
    auto opened = Catalogue::open_for_reading(world().files, path());
    INFO(error_of(opened));
    REQUIRE(opened);
    return std::move(*opened);
  }

  void sql(const std::string& statements) {
    auto session =
        SqliteSession::open(path(), SqliteSession::Access::ReadWrite, std::chrono::seconds(5));
    REQUIRE(session);
    REQUIRE(session->run(statements));
  }

  /// With its report and its record.
  std::string back_up() {
    const auto id = bench_.back_up(bench_.files_of(bench_.directory / "tree"));
    INFO(error_of(id));
    REQUIRE(id);
    RunReport report = report_of("backup", *id);
    report.run_id = bench_.run_id;
    report.status = RunStatus::Stored;
    record(*id, "run", to_json(report));
    write_report(world(), report, bench_.events);
    present_.push_back(*id);
    return *id;
  }

  void verify(const std::string& id, bool intact) {
    record(id, "verify",
           nlohmann::json({{"at", now()}, {"intact", intact}, {"level", 1}, {"run", "r"}}).dump());
  }

  void drill(const std::string& id) {
    RunReport report = report_of("drill", id);
    report.drill = "monthly";
    report.status = RunStatus::Drilled;
    report.steps.front().kind.clear();  // evidence does not say it
    const nlohmann::json evidence = {{"run", report.run_id},
                                     {"drill", "monthly"},
                                     {"policy", report.policy},
                                     {"host", report.host},
                                     {"snapshot", {{"id", id}, {"backup", report.backup}}},
                                     {"started", report.started},
                                     {"finished", report.finished},
                                     {"status", "drilled"},
                                     {"services", {{{"service", "web"}, {"restored_ms", 4200}}}},
                                     {"steps", nlohmann::json::parse(to_json(report)).at("steps")}};
    record(id, "drill", evidence.dump());
    write_report(world(), report, bench_.events);
  }

  void hold(const std::string& id) {
    record(id, "hold",
           nlohmann::json({{"at", now()}, {"because", "the auditors"}, {"until", ""}}).dump());
  }

  void receive_receipt(const std::string& id) {
    record(id, "receipt",
           nlohmann::json({{"at", now()},
                           {"target", "vault"},
                           {"to-store", "u-2"},
                           {"evidence", "read back"},
                           {"files", 3},
                           {"total-bytes", 300},
                           {"moved-bytes", 100},
                           {"run", "r"}})
               .dump());
  }

  /// Of a restore only the machine knows.
  void restore(const std::string& id) {
    write_report(world(), report_of("restore", id), bench_.events);
  }

  void throw_away(const std::string& id) {
    record(id, "tombstone",
           nlohmann::json({{"at", now()},
                           {"policy", "policy"},
                           {"backup", "nightly"},
                           {"host", "host1"},
                           {"because", {"no rule keeps it"}},
                           {"decision", "d"}})
               .dump());
    const std::string from = layout::snapshot(store().path, id);
    fs::permissions(from, fs::perms::owner_all);
    fs::create_directories(layout::trash(store().path));
    fs::rename(from, layout::trash(store().path) + "/" + id);
    std::erase(present_, id);
    trash_.push_back(id);
  }

  void reclaim(const std::string& id) {
    const std::string path = layout::trash(store().path) + "/" + id;
    for (const auto& entry : fs::recursive_directory_iterator(path)) {
      if (entry.is_directory())
        fs::permissions(entry.path(), fs::perms::owner_all);
    }
    fs::remove_all(path);
    std::erase(trash_, id);
  }

  void reclaim_any(std::mt19937& random) {
    if (!trash_.empty())
      reclaim(trash_[random() % trash_.size()]);
  }

  /// One that is there; empty: none is.
  std::string any(std::mt19937& random) {
    return present_.empty() ? std::string() : present_[random() % present_.size()];
  }

 private:
  RunReport report_of(const std::string& what, const std::string& snapshot) {
    RunReport report{.run_id = new_run_id(bench_.clock)};
    report.what = what;
    report.policy = "policy";
    report.backup = "nightly";
    report.host = "host1";
    report.started = now();
    report.finished = now();
    report.status = RunStatus::Verified;
    report.snapshot = snapshot;
    StepReport step{.id = "archive", .kind = "archive-files"};
    step.components = {"app.files"};
    step.end = StepEnd::Done;
    step.duration = std::chrono::milliseconds(12);
    step.started = std::chrono::milliseconds(1);
    report.steps = {step};
    return report;
  }

  std::string now() { return to_rfc3339(bench_.clock.now()); }

  void record(const std::string& id, const std::string& kind, const std::string& json) {
    const auto written = write_record(bench_.real, store(), id, kind, json);
    INFO(error_of(written));
    REQUIRE(written);
  }

  Bench bench_;
  std::vector<std::string> present_;
  std::vector<std::string> trash_;
};

}  // namespace backstay::runtime::testing
