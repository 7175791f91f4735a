// A sealed store: nothing of it is written in the clear, this host cannot read it, and with an
// identity, or by hand with age, all of it comes back.
#include <cstring>
#include <random>

#include "runtime/store/sums.hpp"
#include "tests/unit/runtime/store/random_tree.hpp"
#include "tests/unit/runtime/store/sealed_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

namespace {

const std::set<std::string> kClear = {"RESTORE.txt", "SHA256SUMS", "manifest.json"};

PlaceRequest to_directory(const plan::ArchiveFiles& action, const std::string& directory) {
  return {.files = Bench::restore_of(action), .paths = {}, .to_directory = directory, .run_id = {}};
}

// Whether only papers that say nothing of the content can be read.
void check_sealed(const std::string& snapshot, const std::string& marker) {
  for (const std::string& path : files_below(snapshot)) {
    INFO(path);
    const std::string text = read_text(path);
    if (kClear.contains(fs::path(path).filename().string())) {
      CHECK(text.find(marker) == std::string::npos);
      continue;
    }
    CHECK(path.ends_with(".age"));
    CHECK(text.starts_with("age-encryption.org/v1\n"));
  }
}

void check_round_trip(std::uint64_t seed) {
  SealedBench bench;
  const std::string source = bench.directory / "source";
  make_random_tree(source, seed);
  const auto before = describe_tree(source);
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  INFO("seed " << seed);
  REQUIRE(error_of(id).empty());
  const auto report = bench.verify_with(&bench.escrow, *id, 2);
  REQUIRE(error_of(report).empty());
  CHECK(report->problems.empty());
  CHECK(report->level == 2);
  const std::string ours = bench.directory / "ours";
  const auto outcome = bench.restore_with(&bench.operations, *id, to_directory(action, ours));
  REQUIRE(error_of(outcome).empty());
  CHECK(difference(before, describe_tree(ours + source)) == "");
  const std::string root = bench.directory / "by-hand";
  CHECK(restore_sealed_by_hand(bench.store.path + "/snapshots/" + *id, root, bench.escrow) == "");
  CHECK(difference(before, describe_tree(root + source)) == "");
  CHECK_FALSE(fs::exists(root + "/.backstay-by-hand"));
}

}  // namespace

TEST_CASE("random trees come back from a sealed store, by us and by hand") {
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    check_round_trip(seed);
}

TEST_CASE("a sealed snapshot says nothing of its content to who has no identity") {
  SealedBench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/known-name", "known content");
  write_text(source + "/large", std::string(20U << 20U, 'l'));
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  check_sealed(bench.store.path + "/snapshots/" + *id, "known-name");
  const std::string hash = to_hex(sha256(read_text(source + "/large")));
  for (const std::string& path : files_below(bench.store.path)) {
    CHECK(path.find(hash) == std::string::npos);
    CHECK(read_text(path).find("known-name") == std::string::npos);
  }

  const auto report = bench.verify_with(nullptr, *id, 2);
  REQUIRE(error_of(report).empty());
  CHECK(report->intact());
  CHECK(report->level == 1);
  CHECK(report->not_proven.find(bench.escrow.recipient) != std::string::npos);

  const auto refused =
      bench.restore_with(nullptr, *id, to_directory(action, bench.directory / "no"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().kind == ErrorKind::Credentials);
  CHECK(refused.error().message.find(bench.operations.recipient) != std::string::npos);

  const auto wrong =
      bench.restore_with(&bench.stranger, *id, to_directory(action, bench.directory / "no"));
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().kind == ErrorKind::Credentials);
  CHECK(wrong.error().message.find(bench.operations.recipient) != std::string::npos);
  CHECK_FALSE(fs::exists(bench.directory / "no"));
  const std::string root = bench.directory / "by-hand";
  CHECK(restore_sealed_by_hand(bench.store.path + "/snapshots/" + *id, root, bench.stranger) != "");
}

TEST_CASE("no identity stands in an argument or in the environment") {
  SealedBench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/file", "content");
  const auto id = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(id).empty());
  REQUIRE(bench.verify_with(&bench.operations, *id, 2)->intact());
  const std::string text = read_text(bench.operations.file);
  const std::string secret = text.substr(text.find("AGE-SECRET-KEY-"), 40);
  for (const Command& command : bench.runner.asked) {
    CHECK(command.environment.empty());
    for (const std::string& argument : command.arguments) {
      CHECK(argument.find("AGE-SECRET-KEY") == std::string::npos);
      CHECK(argument.find(bench.operations.file) == std::string::npos);
    }
  }
  for (const std::string& path : files_below(bench.directory.path() + "/state"))
    CHECK(read_text(path).find(secret) == std::string::npos);
}

TEST_CASE("a second run links what did not change, without an identity") {
  SealedBench bench;
  const std::string source = bench.directory / "source";
  for (int i = 0; i < 50; ++i)
    write_text(source + "/file" + std::to_string(i), "content " + std::to_string(i));
  write_text(source + "/large", std::string(20U << 20U, 'l') + "end");
  bench.settle();
  const auto action = bench.files_of(source);
  const auto first = bench.back_up(action);
  REQUIRE(error_of(first).empty());
  write_text(source + "/file7", "another content");
  fs::remove(source + "/file8");
  const auto before = describe_tree(source);
  const auto second = bench.back_up(action);
  REQUIRE(error_of(second).empty());
  CHECK(bench.events.warnings.empty());
  const auto at = [&](const std::string& id) { return bench.store.path + "/snapshots/" + id; };
  std::size_t linked = 0;
  for (const std::string& path : files_below(at(*second) + "/data"))
    linked += fs::hard_link_count(path) > 1 ? 1 : 0;
  CHECK(linked >= 4);  // the pack, the segments, their list, the archive of large files' metadata
  check_sealed(at(*second), "file7");
  CHECK(bench.verify_with(&bench.operations, *second, 2)->problems.empty());
  const std::string root = bench.directory / "by-hand";
  CHECK(restore_sealed_by_hand(at(*second), root, bench.operations) == "");
  CHECK(difference(before, describe_tree(root + source)) == "");

  SECTION("without the memory all of it is read and sealed anew, and the run says so") {
    fs::remove_all(bench.directory.path() + "/state/cache");
    const auto third = bench.back_up(action);
    REQUIRE(error_of(third).empty());
    REQUIRE(bench.events.warnings.size() == 1);
    CHECK(bench.events.warnings.front().find("read and stored anew") != std::string::npos);
    for (const std::string& path : files_below(at(*third) + "/data"))
      CHECK(fs::hard_link_count(path) == 1);
  }
  SECTION("other recipients open nothing that was sealed before them: nothing is linked") {
    bench.seal_to({bench.operations, bench.stranger});
    const auto third = bench.back_up(action);
    REQUIRE(error_of(third).empty());
    REQUIRE(bench.events.warnings.size() == 1);
    CHECK(bench.events.warnings.front().find("same recipients") != std::string::npos);
    CHECK(bench.verify_with(&bench.stranger, *third, 2)->problems.empty());
    CHECK(bench.verify_with(&bench.stranger, *second, 2).error().kind == ErrorKind::Credentials);
  }
  SECTION("a store that is not sealed any more links nothing that is") {
    bench.sealer.reset();
    const auto third = bench.back_up(action);
    REQUIRE(error_of(third).empty());
    CHECK(bench.verify(*third, 2)->problems.empty());
    for (const std::string& path : files_below(at(*third) + "/data"))
      CHECK(fs::hard_link_count(path) == 1);
  }
}

TEST_CASE("a sealed part that was cut, swapped or changed is found") {
  SealedBench bench;
  const std::string source = bench.directory / "source";
  std::string noise(20U << 20U, '\0');
  std::mt19937_64 random(7);  // NOLINT: the same bytes each time
  for (std::size_t at = 0; at < noise.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t number = random();
    std::memcpy(noise.data() + at, &number, sizeof number);
  }
  write_text(source + "/noise", noise);
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  REQUIRE(error_of(id).empty());
  const std::string component = bench.store.path + "/snapshots/" + *id + "/data/app.files";
  std::vector<std::string> segments;
  for (const std::string& path : files_below(component)) {
    if (path.ends_with(".zst.age") && path.find(".tar") == std::string::npos &&
        path.find("/list/") == std::string::npos)
      segments.push_back(path);
  }
  REQUIRE(segments.size() >= 2);
  fs::permissions(component, fs::perms::owner_all);
  const std::string original = read_text(segments.front());
  const auto put = [&](const std::string& path, const std::string& text) {
    fs::permissions(path, fs::perms::owner_all);
    write_text(path, text);
  };
  const auto restored = [&] {
    return bench.restore_with(&bench.operations, *id,
                              to_directory(action, bench.directory / random_hex8()));
  };
  SECTION("cut at a chunk") {
    put(segments.front(), original.substr(0, original.size() / 2));
  }
  SECTION("one bit changed") {
    std::string changed = original;
    changed[changed.size() - 20] = static_cast<char>(changed[changed.size() - 20] ^ 1);
    put(segments.front(), changed);
  }
  SECTION("two of them swapped, and the sums with them") {
    put(segments.front(), read_text(segments.back()));
    put(segments.back(), original);
    const std::string snapshot = bench.store.path + "/snapshots/" + *id;
    auto sums = parse_sums(read_text(snapshot + "/SHA256SUMS"));
    const auto name = [&](const std::string& path) { return path.substr(snapshot.size() + 1); };
    std::swap((*sums)[name(segments.front())], (*sums)[name(segments.back())]);
    fs::permissions(snapshot, fs::perms::owner_all);
    put(snapshot + "/SHA256SUMS", to_text(*sums));
    CHECK(bench.verify_with(nullptr, *id, 0)->intact());
  }
  CHECK_FALSE(bench.verify_with(&bench.operations, *id, 2)->intact());
  const auto outcome = restored();
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().kind == ErrorKind::Verification);
}

namespace {

// A program `age` of the test's own for as long as it lives.
class LyingAge {
 public:
  LyingAge(const std::string& directory, const std::string& script) {
    write_text(directory + "/age", "#!/bin/sh\n" + script + "\n");
    fs::permissions(directory + "/age", fs::perms::owner_all);
    ::setenv("BACKSTAY_TEST_PROGRAMS", directory.c_str(), 1);
  }

  LyingAge(const LyingAge&) = delete;
  LyingAge& operator=(const LyingAge&) = delete;

  ~LyingAge() { ::unsetenv("BACKSTAY_TEST_PROGRAMS"); }
};

}  // namespace

TEST_CASE("an age that lies or dies seals nothing") {
  TemporaryDirectory directory;
  RealCommandRunner commands;
  const TestIdentity identity = make_identity(directory / "identity.txt");
  const SealKey key = key_for({identity});
  std::string script;
  const char* says = "";
  SECTION("it passes its input on") {
    script = "cat";
    says = "no header";
  }
  SECTION("it seals to nobody of them") {
    script =
        "shift 3; exec /usr/bin/age -r $(/usr/bin/age-keygen 2>&1 | sed -n 's/^Public key: //p') "
        "-r $(/usr/bin/age-keygen 2>&1 | sed -n 's/^Public key: //p')";
    says = "recipients";
  }
  SECTION("it loses the end, and says that all is well") {
    script = "/usr/bin/age \"$@\" | head -c 150; exit 0";
    says = "";
  }
  SECTION("it is killed") {
    script = "head -c 3 >/dev/null; kill -9 $$";
    says = "signal 9";
  }
  SECTION("it fails") {
    script = "cat >/dev/null; echo 'age: error: no' >&2; exit 1";
    says = "no";
  }
  const LyingAge age(directory.path(), script);
  const auto sealer = Sealer::open(commands, key);
  REQUIRE_FALSE(sealer);
  CHECK(sealer.error().kind == ErrorKind::ToolFailed);
  CHECK(sealer.error().message.find(says) != std::string::npos);
}

TEST_CASE("a recipient that age does not take is an error of the key") {
  RealCommandRunner commands;
  const auto sealer = Sealer::open(commands, {.name = "vault", .recipients = {"age1nobody"}});
  REQUIRE_FALSE(sealer);
  CHECK(sealer.error().kind == ErrorKind::Credentials);
}

TEST_CASE("an age that dies in the middle of a run leaves no snapshot") {
  SealedBench bench;
  const std::string source = bench.directory / "source";
  write_text(source + "/large", std::string(20U << 20U, 'l') + "end");
  TemporaryDirectory programs;
  // The third part that it seals is its last.
  const std::string count = programs / "count";
  const LyingAge age(programs.path(), "echo x >> '" + count + "'\n[ $(wc -l < '" + count +
                                          "') -lt 3 ] || kill -9 $$\nexec /usr/bin/age \"$@\"");
  bench.seal_to({bench.operations, bench.escrow});
  const auto id = bench.back_up(bench.files_of(source));
  REQUIRE_FALSE(id);
  CHECK(id.error().kind == ErrorKind::ToolFailed);
  CHECK(files_below(bench.store.path + "/snapshots").empty());
  CHECK(files_below(bench.store.path + "/staging").empty());
}

TEST_CASE("a file that is no identity is refused") {
  SealedBench bench;
  write_text(bench.directory / "nonsense", "not an identity\n");
  fs::permissions(bench.directory / "nonsense", fs::perms::owner_read);
  const std::string source = bench.directory / "source";
  write_text(source + "/file", "content");
  const auto id = bench.back_up(bench.files_of(source));
  REQUIRE(error_of(id).empty());
  const TestIdentity nonsense{bench.directory / "nonsense", ""};
  const auto report = bench.verify_with(&nonsense, *id, 2);
  REQUIRE_FALSE(report);
  CHECK(report.error().kind == ErrorKind::Credentials);
  fs::permissions(bench.escrow.file, fs::perms::owner_read | fs::perms::others_read);
  CHECK(Unsealer::open(bench.runner, bench.escrow.file).error().kind == ErrorKind::Credentials);
  CHECK(Unsealer::open(bench.runner, bench.directory / "absent").error().kind ==
        ErrorKind::Credentials);
}

}  // namespace backstay::runtime::testing
