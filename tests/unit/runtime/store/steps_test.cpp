// The steps of this floor as the executor calls them: what they do, what they refuse, what a dry
// run says.
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/restore/restore.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

namespace {

std::string text_of(const Preview& preview) {
  std::string text;
  for (const PreviewLine& line : preview)
    text += (line.problem ? "! " : line.unknown ? "? " : "  ") + line.text + "\n";
  return text;
}

bool has_problem(const Preview& preview) {
  return std::ranges::any_of(preview, &PreviewLine::problem);
}

// A bench with a snapshot of one tree and the restore graph for it.
struct Restored {
  Bench bench;
  plan::ArchiveFiles action;
  std::unique_ptr<SnapshotReader> snapshot;
  RestoreRun run;

  Restored() {
    write_text(bench.directory / "source/file", "content");
    write_text(bench.directory / "source/cache/big", "x");
    action = bench.files_of(bench.directory / "source");
    action.except = {{action.path + "/cache", "made anew"}};
    const auto id = bench.back_up(action);
    REQUIRE(error_of(id).empty());
    auto opened = open_snapshot(bench.real, bench.store, *id);
    REQUIRE(error_of(opened).empty());
    snapshot = std::move(*opened);
    run.components = {"app.files"};
    run.run_id = "20260303T000000Z-00000000";
    plan::Step step;
    step.id = "restore";
    step.host = "host1";
    step.action = Bench::restore_of(action);
    bench.backup.restore = {step};
  }

  StepContext context() {
    StepContext made = bench.context();
    made.snapshot = snapshot.get();
    made.restore = &run;
    return made;
  }
};

}  // namespace

TEST_CASE("the preview of an archive counts what is selected and what is left out") {
  Bench bench;
  auto action = bench.files_of(bench.directory / "source");
  write_text(action.path + "/a", "12345");
  write_text(action.path + "/out/b", "x");
  write_text(action.path + "/.backstay-x", "x");
  fs::create_symlink("a", action.path + "/l");
  action.except = {{action.path + "/out", "test"}};
  StepContext context = bench.context();
  const std::string text = text_of(preview(action, context));
  CHECK(text.find("1 files, 2 directories, 1 links and special files, 5 B") != std::string::npos);
  CHECK(text.find("except " + action.path + "/out") != std::string::npos);
  CHECK(text.find("Backstay itself") != std::string::npos);
  action.path += "-absent";
  CHECK(has_problem(preview(action, context)));
  action.optional = true;
  CHECK_FALSE(has_problem(preview(action, context)));
}

TEST_CASE("a whole run: archive, commit, verify, with a record of it") {
  Bench bench;
  write_text(bench.directory / "source/file", "content");
  auto staging = bench.begin();
  REQUIRE(error_of(staging).empty());
  StepContext context = bench.context(staging->get());
  REQUIRE(error_of(execute(bench.files_of(bench.directory / "source"), context)).empty());
  CHECK_FALSE(execute(plan::VerifySnapshot{"local", 1}, context));  // nothing is committed yet
  REQUIRE(error_of(execute(plan::CommitSnapshot{"local"}, context)).empty());
  const std::string id = (*staging)->snapshot_id();
  REQUIRE_FALSE(id.empty());
  REQUIRE(error_of(execute(plan::VerifySnapshot{"local", 2}, context)).empty());
  CHECK(read_text(bench.store.path + "/records/" + id + "/verify-1.json").find("\"intact\":true") !=
        std::string::npos);

  struct stat status {};

  stat((bench.store.path + "/snapshots/" + id).c_str(), &status);
  CHECK((status.st_mode & 07777U) == 0500);
  stat((bench.store.path + "/snapshots/" + id + "/manifest.json").c_str(), &status);
  CHECK((status.st_mode & 07777U) == 0400);

  // Damage between the commit and the verification.
  const std::string plan = bench.store.path + "/snapshots/" + id + "/plan.yaml";
  fs::permissions(plan, fs::perms(0600));
  write_text(plan, "pl4n\n");
  const auto verified = execute(plan::VerifySnapshot{"local", 1}, context);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().kind == ErrorKind::Verification);
  CHECK(verified.error().message.find("plan.yaml") != std::string::npos);
  CHECK(fs::exists(bench.store.path + "/records/" + id + "/verify-2.json"));
}

TEST_CASE("the preview of a commit tells a missing store and a held lock") {
  Bench bench;
  StepContext context = bench.context();
  CHECK_FALSE(has_problem(preview(plan::CommitSnapshot{"local"}, context)));
  {
    const auto lock = lock_policy(bench.store, "policy", "host1", {"run-9", "now"});
    const Preview lines = preview(plan::CommitSnapshot{"local"}, context);
    CHECK(has_problem(lines));
    CHECK(text_of(lines).find("run-9") != std::string::npos);
  }
  fs::remove(bench.store.path + "/FORMAT");
  CHECK(has_problem(preview(plan::CommitSnapshot{"local"}, context)));
}

TEST_CASE("check-snapshot refuses before anything is changed") {
  Restored restored;
  StepContext context = restored.context();
  const auto check = [&] { return execute(plan::CheckSnapshot{"local"}, context); };

  SECTION("a place that exists") {
    const auto checked = check();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == ErrorKind::Refused);
    CHECK(checked.error().message.find(restored.action.path) != std::string::npos);
    CHECK(has_problem(preview(plan::CheckSnapshot{"local"}, context)));
    CHECK(has_problem(preview(Bench::restore_of(restored.action), context)));
    restored.run.request.in_place = true;
    CHECK(error_of(check()).empty());
    CHECK_FALSE(has_problem(preview(plan::CheckSnapshot{"local"}, context)));
  }
  SECTION("beside is fine, unless something is there too") {
    restored.run.request.to_directory = restored.bench.directory / "to";
    CHECK(error_of(check()).empty());
    REQUIRE(error_of(execute(Bench::restore_of(restored.action), context)).empty());
    CHECK(read_text(restored.bench.directory / ("to" + restored.action.path + "/file")) ==
          "content");
    restored.run.request.in_place = true;
    CHECK_FALSE(check());
  }
  SECTION("a path that no component holds") {
    restored.run.request.in_place = true;
    restored.run.request.paths = {"/somewhere/else"};
    const auto checked = check();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == ErrorKind::NotFound);
    restored.run.request.paths = {restored.action.path + "/never-was"};
    CHECK_FALSE(check());
    restored.run.request.paths = {restored.action.path + "/file"};
    CHECK(error_of(check()).empty());
    restored.run.request.paths = {restored.bench.directory.path()};
    CHECK(error_of(check()).empty());
    restored.run.request.paths = {restored.action.path.substr(0, restored.action.path.size() - 1)};
    CHECK_FALSE(check());  // the beginning of a name is no directory
  }
  SECTION("a damaged byte") {
    restored.run.request.in_place = true;
    const std::string meta = restored.snapshot->component_directory("app.files") + "/meta.tar.zst";
    std::string bytes = read_text(meta);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    fs::permissions(meta, fs::perms(0600));
    write_text(meta, bytes);
    const auto checked = check();
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == ErrorKind::Verification);
    CHECK(checked.error().message.find("meta.tar.zst") != std::string::npos);
  }
}

TEST_CASE("restore-files tells what it set aside, and its preview told before") {
  Restored restored;
  StepContext context = restored.context();
  restored.run.request.in_place = true;
  write_text(restored.action.path + "/file", "changed");
  const std::string told = text_of(preview(Bench::restore_of(restored.action), context));
  CHECK(told.find("entry by entry") != std::string::npos);
  CHECK(told.find("source.orig-RUN") != std::string::npos);
  CHECK(read_text(restored.action.path + "/file") == "changed");  // a preview changes nothing
  REQUIRE(error_of(execute(Bench::restore_of(restored.action), context)).empty());
  CHECK(read_text(restored.action.path + "/file") == "content");
  CHECK(read_text(restored.action.path + "/cache/big") == "x");
  REQUIRE(restored.run.kept ==
          std::vector<std::string>{restored.action.path + ".orig-" + restored.run.run_id});
  CHECK(read_text(restored.run.kept[0] + "/file") == "changed");
}

TEST_CASE("restore-files fails where its files could not be placed") {
  Restored restored;
  restored.run.request.in_place = false;  // the source is there still
  StepContext context = restored.context();
  const auto done = execute(Bench::restore_of(restored.action), context);
  REQUIRE_FALSE(done);
  CHECK(done.error().kind == ErrorKind::Refused);
}

}  // namespace backstay::runtime::testing
