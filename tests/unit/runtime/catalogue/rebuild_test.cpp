// The catalogue made anew is the one that was kept, for everything that is left to read.
#include "runtime/catalogue/rebuild.hpp"

#include <algorithm>
#include <random>
#include <thread>

#include "runtime/catalogue/catalogue.hpp"
#include "runtime/catalogue/keep.hpp"
#include "tests/unit/runtime/catalogue/history.hpp"

namespace backstay::runtime::testing {
namespace {

/// What is kept of a snapshot that is gone and no store knows any more: its manifest's sizes.
CatalogueSnapshot as_stores_know(CatalogueSnapshot one) {
  if (one.place != SnapshotPlace::Gone)
    return one;
  CatalogueSnapshot rest{.store = one.store, .id = one.id, .place = one.place};
  rest.records = one.records;
  rest.policy = one.policy;
  rest.backup = one.backup;
  rest.host = one.host;
  rest.run = one.run;
  rest.verifications = one.verifications;
  rest.drills = one.drills;
  rest.holds = one.holds;
  rest.receipts = one.receipts;
  rest.tombstones = one.tombstones;
  return rest;
}

std::vector<CatalogueSnapshot> snapshots_of(Catalogue& catalogue) {
  auto all = catalogue.snapshots({});
  REQUIRE(error_of(all).empty());
  std::transform(all->begin(), all->end(), all->begin(), as_stores_know);
  return *all;
}

std::vector<CatalogueRun> runs_of(Catalogue& catalogue) {
  auto all = catalogue.runs({});
  REQUIRE(error_of(all).empty());
  return *all;
}

/// Something that an operator, a schedule or a prune does.
void do_something(History& history, std::mt19937& random) {
  const std::string id = history.any(random);
  switch (id.empty() ? 0U : random() % 9) {
    case 0:
    case 1:
      history.back_up();
      break;
    case 2:
      history.verify(id, random() % 4 != 0);
      break;
    case 3:
      history.drill(id);
      break;
    case 4:
      history.hold(id);
      break;
    case 5:
      history.receive_receipt(id);
      break;
    case 6:
      history.throw_away(id);
      break;
    case 7:
      history.reclaim_any(random);
      break;
    default:
      history.restore(id);
      break;
  }
}

TEST_CASE("after any history the catalogue is what a rebuild makes of what is left",
          "[catalogue]") {
  for (const unsigned seed : {1U, 2U, 3U}) {
    History history;
    std::mt19937 random(seed);
    for (int deed = 0; deed < 25; ++deed) {
      do_something(history, random);
      history.keep();
    }
    Catalogue kept = history.catalogue();
    const auto snapshots = snapshots_of(kept);
    const auto runs = runs_of(kept);
    REQUIRE(snapshots.size() > 2);

    fs::remove(history.path());
    REQUIRE(error_of(rebuild_catalogue(history.world(), history.stores())).empty());
    Catalogue again = history.catalogue();
    CHECK(snapshots_of(again) == snapshots);
    CHECK(runs_of(again) == runs);

    // The machine burns: only the store is left.
    fs::remove_all(history.world().directories.state);
    const auto report = rebuild_catalogue(history.world(), history.stores());
    REQUIRE(error_of(report).empty());
    Catalogue from_store = history.catalogue();
    CHECK(snapshots_of(from_store) == snapshots);
    std::vector<CatalogueRun> expected;
    for (CatalogueRun run : runs) {
      run.source = run.what == "drill" ? RunSource::Evidence : RunSource::Record;
      if (run.what != "restore")
        expected.push_back(run);
    }
    auto found = runs_of(from_store);
    for (CatalogueRun& run : expected) {
      if (run.what == "drill")  // what evidence does not say
        run.tool.clear(), run.components.clear();
    }
    CHECK(found == expected);
    CHECK(std::any_of(report->unknown.begin(), report->unknown.end(), [](const std::string& line) {
      return line.find("restores") != std::string::npos;
    }));
  }
}

TEST_CASE("a run whose record is lost, too, is known by its snapshot", "[catalogue]") {
  History history;
  const std::string id = history.back_up();
  fs::remove_all(history.store().path + "/records");
  fs::remove_all(history.world().directories.state);
  const auto report = rebuild_catalogue(history.world(), history.stores());
  REQUIRE(error_of(report).empty());
  CHECK(report->runs == 1);
  const auto run = history.catalogue().runs({})->front();
  CHECK(run.source == RunSource::Manifest);
  CHECK(run.snapshot == id);
  CHECK(run.steps.empty());
  CHECK(report->unknown.front().find("only the snapshot is known") != std::string::npos);
}

TEST_CASE("a rebuild keeps the calls that only the catalogue knew", "[catalogue]") {
  History history;
  CatalogueUpdate request = history.request();
  request.attempt =
      CatalogueAttempt{.at = "2026-11-22T00:00:00Z", .what = "backup", .outcome = "not due"};
  REQUIRE(keep_catalogue(history.world(), request).empty());
  REQUIRE(error_of(rebuild_catalogue(history.world(), history.stores())).empty());
  CHECK(*history.catalogue().attempts({}) == std::vector{*request.attempt});
}

TEST_CASE("a rebuild that fails leaves the old catalogue and nothing half-done", "[catalogue]") {
  History history;
  history.back_up();
  history.keep();
  history.sql("PRAGMA user_version=99");
  const std::string before = read_text(history.path());
  const auto report = rebuild_catalogue(history.world(), history.stores());
  REQUIRE_FALSE(report);
  CHECK(report.error().kind == ErrorKind::Refused);
  CHECK(read_text(history.path()) == before);
  for (const auto& entry : fs::directory_iterator(history.world().directories.state))
    CHECK(entry.path().filename().string().find(".new-") == std::string::npos);
}

TEST_CASE("a damaged catalogue is set aside by a rebuild", "[catalogue]") {
  History history;
  history.back_up();
  std::ofstream(history.path()) << std::string(4096, 'x');
  const auto report = rebuild_catalogue(history.world(), history.stores());
  REQUIRE(error_of(report).empty());
  CHECK(read_text(report->set_aside) == std::string(4096, 'x'));
  CHECK(history.catalogue().snapshots({})->size() == 1);
}

TEST_CASE("what runs leave during a rebuild is in the new catalogue", "[catalogue]") {
  History history;
  for (int number = 0; number < 10; ++number)
    history.back_up();
  history.keep();
  constexpr int kReports = 40;
  std::thread runs([&] {
    for (int number = 0; number < kReports; ++number) {
      history.restore("any");
      REQUIRE(keep_catalogue(history.world(), history.request()).empty());
    }
  });
  for (int round = 0; round < 5; ++round)
    CHECK(error_of(rebuild_catalogue(history.world(), history.stores())).empty());
  runs.join();
  CHECK(history.catalogue().runs({.what = "restore"})->size() == kReports);
  CHECK(history.catalogue().snapshots({})->size() == 10);
}

TEST_CASE("a store that is not there is told, and the rest is read", "[catalogue]") {
  History history;
  history.back_up();
  auto stores = history.stores();
  stores.push_back({.files = history.world().files,
                    .store = {.path = "/nowhere/at/all", .uuid = "u"},
                    .place = "/nowhere/at/all"});
  const auto report = rebuild_catalogue(history.world(), stores);
  REQUIRE(error_of(report).empty());
  CHECK(report->snapshots == 1);
}

}  // namespace
}  // namespace backstay::runtime::testing
