#include "tests/unit/runtime/target/contract.hpp"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/sums.hpp"

namespace backstay::runtime::testing {
namespace {

constexpr const char* kPolicy = "controller";
constexpr const char* kHost = "ctl01";

std::string content(std::size_t size, unsigned seed) {
  std::string text(size, '\0');
  for (char& c : text) {
    seed = seed * 1664525U + 1013904223U;
    c = static_cast<char>(seed >> 24U);
  }
  return text;
}

// A part is named by the hash of its bytes.
std::string part(const std::string& bytes) {
  return "nova.etc/" + to_hex(sha256(bytes)) + ".zst";
}

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// What a far side or a line may do instead of what it says.
enum class Lie : std::uint8_t {
  CutInPut,           ///< a part of the files arrives, then the line is gone
  PutDoesNothing,     ///< it says that all is there, and nothing is
  OtherHash,          ///< it proves other bytes
  OtherSize,          ///< a truncated body
  MissingProof,       ///< it proves all but one file
  CommitDoesNothing,  ///< success, then 404
  OtherPapers,        ///< it gives back another manifest
  StallInProve,       ///< nothing comes back in time
};

constexpr std::array kLies = {Lie::CutInPut,    Lie::PutDoesNothing, Lie::OtherHash,
                              Lie::OtherSize,   Lie::MissingProof,   Lie::CommitDoesNothing,
                              Lie::OtherPapers, Lie::StallInProve};

// A real driver with something between it and the orchestration.
class LyingTarget final : public TargetDriver {
 public:
  LyingTarget(std::unique_ptr<TargetDriver> honest, Lie lie)
      : honest_(std::move(honest)), lie_(lie) {}

  [[nodiscard]] std::string describe() const override { return honest_->describe(); }

  Result<TargetIdentity> init(const std::stop_token& stop) override { return honest_->init(stop); }

  Result<TargetIdentity> identity(const std::stop_token& stop) override {
    return honest_->identity(stop);
  }

  Result<std::vector<std::string>> list(const std::stop_token& stop) override {
    return honest_->list(stop);
  }

  Result<std::set<std::string>> prepare(const Upload& upload,
                                        const std::stop_token& stop) override {
    return honest_->prepare(upload, stop);
  }

  Result<std::uint64_t> put(const Upload& upload,
                            const std::vector<Artefact>& parts,
                            const MoveProgress& progress,
                            const std::stop_token& stop) override {
    if (lie_ == Lie::PutDoesNothing)
      return std::uint64_t{0};
    if (lie_ != Lie::CutInPut)
      return honest_->put(upload, parts, progress, stop);
    const std::vector<Artefact> some(parts.begin(), parts.begin() + parts.size() / 2);
    if (!some.empty())
      (void)honest_->put(upload, some, progress, stop);
    return Error{.kind = ErrorKind::Io, .message = "the line was cut", .retry = Retry::Temporary};
  }

  Result<CopyEvidence> prove(const Upload& upload, const std::stop_token& stop) override {
    if (lie_ == Lie::StallInProve)
      return Error{.kind = ErrorKind::Timeout, .message = "nothing moved"};
    auto evidence = honest_->prove(upload, stop);
    if (!evidence || evidence->files.empty())
      return evidence;
    auto& last = *evidence->files.rbegin();
    if (lie_ == Lie::OtherHash)
      last.second.sha256[0] ^= 1U;
    if (lie_ == Lie::OtherSize)
      last.second.size -= 1;
    if (lie_ == Lie::MissingProof)
      evidence->files.erase(std::prev(evidence->files.end()));
    return evidence;
  }

  Result<void> commit(const Upload& upload, const std::stop_token& stop) override {
    return lie_ == Lie::CommitDoesNothing ? Result<void>() : honest_->commit(upload, stop);
  }

  Result<void> get(const std::string& snapshot,
                   const std::vector<std::string>& paths,
                   const std::string& directory,
                   const std::stop_token& stop) override {
    BACKSTAY_TRY(honest_->get(snapshot, paths, directory, stop));
    if (lie_ == Lie::OtherPapers)
      std::ofstream(directory + "/manifest.json", std::ios::app) << " ";
    return {};
  }

 private:
  std::unique_ptr<TargetDriver> honest_;
  Lie lie_;
};

// Ends everything after the first bytes, as a signal to us would.
class StoppedTarget final {
 public:
  std::stop_source source;

  [[nodiscard]] MoveProgress progress() {
    return [this](std::uint64_t) { source.request_stop(); };
  }
};

class Contract {
 public:
  explicit Contract(const TargetUnderTest& target) : target_(target) {
    auto driver = target_.open(made_.world());
    auto identity = driver->init({});
    INFO((identity ? std::string() : to_string(identity.error())));
    REQUIRE(identity);
    identity_ = *identity;
    target_.made();
  }

  Result<TargetCopyReport> copy(
      TargetDriver& driver,
      const std::string& id,
      const std::string& host = kHost,
      const MoveProgress& progress = [](std::uint64_t) {},
      const std::stop_token& stop = {}) {
    return copy_to_target(
        made_.world(), made_.store(), driver, identity_,
        {.snapshot = id, .policy = kPolicy, .host = host, .target = "away", .run_id = "run"},
        progress, stop);
  }

  TargetCopyReport copied(const std::string& id, const std::string& host = kHost) {
    const auto driver = target_.open(made_.world());
    const auto report = copy(*driver, id, host);
    INFO((report ? std::string() : to_string(report.error())));
    REQUIRE(report);
    return *report;
  }

  bool listed(const std::string& id) {
    const auto driver = target_.open(made_.world());
    const auto ids = driver->list({});
    REQUIRE(ids);
    return std::find(ids->begin(), ids->end(), id) != ids->end();
  }

  // Every file of the copy is what the source has.
  void check_same(const std::string& id) {
    const auto driver = target_.open(made_.world());
    const auto sums = parse_sums(slurp(made_.path_of(id) + "/SHA256SUMS"));
    REQUIRE(sums);
    std::vector<std::string> paths = {"SHA256SUMS"};
    for (const auto& [path, digest] : *sums)
      paths.push_back(path);
    const test::TemporaryDirectory got;
    const auto done = driver->get(id, paths, got.path(), {});
    INFO((done ? std::string() : to_string(done.error())));
    REQUIRE(done);
    for (const std::string& path : paths)
      CHECK(slurp(got / path) == slurp(made_.path_of(id) + "/" + path));
  }

  MadeStore made_;
  const TargetUnderTest& target_;
  TargetIdentity identity_;
};

std::map<std::string, std::string> some_files(unsigned first, unsigned count) {
  std::map<std::string, std::string> files = {
      {"nova.etc/list/000000.jsonl.zst", content(900, first)},
      {"nova.etc/meta.tar.zst", content(700, first + count)},
      {"nova.etc/component.json", "{}"}};
  for (unsigned seed = first; seed < first + count; ++seed) {
    const std::string bytes = content(200'000, seed);
    files[part(bytes)] = bytes;
  }
  return files;
}

void check_copy(const TargetUnderTest& target) {
  Contract contract(target);
  const std::string id = contract.made_.add(kPolicy, kHost, some_files(1, 6));
  CHECK_FALSE(contract.listed(id));
  const TargetCopyReport report = contract.copied(id);
  CHECK_FALSE(report.was_there);
  CHECK(contract.listed(id));
  contract.check_same(id);
  const auto receipts = contract.made_.receipts(id);
  REQUIRE(receipts.size() == 1);
  CHECK(receipts[0].store == contract.identity_.uuid);
  CHECK(receipts[0].files == report.files);
  CHECK(receipts[0].manifest ==
        to_hex(sha256(slurp(contract.made_.path_of(id) + "/manifest.json"))));
  // Again: it is proven again, and nothing is moved.
  const TargetCopyReport again = contract.copied(id);
  CHECK(again.was_there);
  CHECK(again.moved_bytes == 0);
}

void check_incremental(const TargetUnderTest& target) {
  Contract contract(target);
  auto files = some_files(1, 10);
  contract.copied(contract.made_.add(kPolicy, kHost, files));
  const std::string fresh = content(300'000, 99);
  files[part(fresh)] = fresh;
  const std::string id = contract.made_.add(kPolicy, kHost, files);
  const TargetCopyReport report = contract.copied(id);
  contract.check_same(id);
  if (target.shares) {
    // The new part, the papers, and 1 % for the talk about them.
    constexpr std::uint64_t kPapers = 8192;
    CHECK(report.moved_bytes <= fresh.size() * 101 / 100 + kPapers);
  }
}

void check_lies(const TargetUnderTest& target) {
  for (const Lie lie : kLies) {
    const bool first = lie == Lie::OtherHash || lie == Lie::CommitDoesNothing;
    if (!target.every_lie && !first)
      continue;
    DYNAMIC_SECTION("lie " << static_cast<int>(lie)) {
      Contract contract(target);
      const std::string id = contract.made_.add(kPolicy, kHost, some_files(1, 4));
      {
        LyingTarget liar(target.open(contract.made_.world()), lie);
        const auto report = contract.copy(liar, id);
        CHECK_FALSE(report);
      }
      CHECK(contract.made_.receipts(id).empty());
      contract.copied(id);
      contract.check_same(id);
      CHECK(contract.made_.receipts(id).size() == 1);
    }
  }
}

void check_resume(const TargetUnderTest& target) {
  Contract contract(target);
  const std::string id = contract.made_.add(kPolicy, kHost, some_files(1, 8));
  {
    LyingTarget cut(target.open(contract.made_.world()), Lie::CutInPut);
    CHECK_FALSE(contract.copy(cut, id));
  }
  CHECK_FALSE(contract.listed(id));
  CHECK(contract.made_.receipts(id).empty());
  const TargetCopyReport report = contract.copied(id);
  contract.check_same(id);
  if (target.resumes)
    CHECK(report.moved_bytes < report.total_bytes * 3 / 4);
}

void check_stop(const TargetUnderTest& target) {
  Contract contract(target);
  const std::string id = contract.made_.add(kPolicy, kHost, some_files(1, 8));
  {
    StoppedTarget stopped;
    stopped.source.request_stop();
    const auto driver = target.open(contract.made_.world());
    CHECK_FALSE(contract.copy(*driver, id, kHost, stopped.progress(), stopped.source.get_token()));
  }
  CHECK_FALSE(contract.listed(id));
  CHECK(contract.made_.receipts(id).empty());
  contract.copied(id);
  contract.check_same(id);
}

void check_two_hosts(const TargetUnderTest& target) {
  Contract contract(target);
  const auto files = some_files(1, 4);
  const std::string first = contract.made_.add(kPolicy, kHost, files);
  const std::string second = contract.made_.add(kPolicy, "ctl02", files);
  contract.copied(first);
  contract.copied(second, "ctl02");
  CHECK(contract.listed(first));
  CHECK(contract.listed(second));
  contract.check_same(first);
  contract.check_same(second);
  // Nobody writes in another's name.
  const std::string third = contract.made_.add(kPolicy, kHost, some_files(20, 1));
  const auto driver = target.open(contract.made_.world());
  const auto stolen = contract.copy(*driver, third, "ctl02");
  CHECK_FALSE(stolen);
  CHECK(contract.made_.receipts(third).empty());
}

void check_names(const TargetUnderTest& target) {
  Contract contract(target);
  const std::string id = contract.made_.add(kPolicy, kHost, some_files(1, 1));
  contract.copied(id);
  const test::TemporaryDirectory got;
  for (const char* path :
       {"../FORMAT", "/etc/passwd", "data/../../FORMAT", "data/./x", "-e", "a\nb", ""}) {
    const auto driver = target.open(contract.made_.world());
    CHECK_FALSE(driver->get(id, {path}, got.path(), {}));
  }
  for (const char* snapshot : {"..", "../snapshots", "-x", "a b", ""}) {
    const auto driver = target.open(contract.made_.world());
    CHECK_FALSE(driver->get(snapshot, {"manifest.json"}, got.path(), {}));
  }
  CHECK(std::filesystem::is_empty(got.path()));
}

void check_manifests(const TargetUnderTest& target) {
  Contract contract(target);
  const std::string id = contract.made_.add(kPolicy, kHost, some_files(1, 1));
  contract.copied(id);
  const auto driver = target.open(contract.made_.world());
  const test::TemporaryDirectory got;
  const auto done = driver->manifests({id}, got.path(), {});
  INFO((done ? std::string() : to_string(done.error())));
  REQUIRE(done);
  CHECK(slurp(got / (id + "/manifest.json")) ==
        slurp(contract.made_.path_of(id) + "/manifest.json"));
}

}  // namespace

MadeStore::MadeStore()
    : world_{clock_,
             files_,
             commands_,
             {.config = directory_ / "config",
              .state = directory_ / "state",
              .locks = directory_ / "locks"}} {
  const auto made = init_store(files_, world_.directories, directory_ / "store", "local");
  REQUIRE(made);
  store_ = *made;
}

std::string MadeStore::add(const std::string& policy,
                           const std::string& host,
                           const std::map<std::string, std::string>& files) {
  namespace fs = std::filesystem;
  Manifest manifest;
  manifest.sequence = next_++;
  manifest.id = layout::snapshot_id(manifest.sequence, clock_.now(), policy, host, random_hex8());
  manifest.policy = policy;
  manifest.backup = "nightly";
  manifest.host = host;
  manifest.store = store_.uuid;
  manifest.started = manifest.finished = "2026-11-22T02:30:00Z";
  const std::string path = path_of(manifest.id);
  Sums sums;
  const auto write = [&](const std::string& name, const std::string& text) {
    fs::create_directories(fs::path(path + "/" + name).parent_path());
    std::ofstream(path + "/" + name, std::ios::binary) << text;
    if (name != "SHA256SUMS")
      sums[name] = sha256(text);
  };
  for (const auto& [name, text] : files)
    write("data/" + name, text);
  write("RESTORE.txt", "by hand\n");
  write("plan.yaml", "plan: 1\n");
  write("manifest.json", to_json(manifest));
  write("SHA256SUMS", to_text(sums));
  return manifest.id;
}

std::string MadeStore::path_of(const std::string& id) const {
  return layout::snapshot(store_.path, id);
}

std::vector<Receipt> MadeStore::receipts(const std::string& id) {
  const auto found = read_receipts(files_, store_, id);
  REQUIRE(found);
  return *found;
}

void check_target_contract(const TargetUnderTest& target) {
  SECTION("a copy is complete, the same, and has a receipt") {
    check_copy(target);
  }
  SECTION("the next copy moves what is new") {
    check_incremental(target);
  }
  SECTION("no lie of the far side or the line makes a receipt") {
    check_lies(target);
  }
  SECTION("what was cut short is taken up") {
    check_resume(target);
  }
  SECTION("a copy that is stopped leaves nothing that counts") {
    check_stop(target);
  }
  SECTION("two hosts share a place and nothing else") {
    check_two_hosts(target);
  }
  SECTION("hostile names are refused") {
    check_names(target);
  }
  SECTION("manifests come in one call") {
    check_manifests(target);
  }
}

}  // namespace backstay::runtime::testing
