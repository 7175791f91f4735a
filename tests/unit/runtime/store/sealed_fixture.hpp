// A store that is sealed to keys of the test's own, made by age-keygen.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "runtime/store/snapshot_copy.hpp"
#include "runtime/store/unsealing_filesystem.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

/// An identity in a file, and what is public of it.
struct TestIdentity {
  std::string file;
  std::string recipient;
};

inline TestIdentity make_identity(const std::string& file) {
  const std::string log = file + ".log";
  REQUIRE(std::system(("age-keygen -o '" + file + "' 2> '" + log + "'").c_str()) == 0);
  const std::string said = read_text(log);
  const std::size_t at = said.find("age1");
  REQUIRE(at != std::string::npos);
  return {file, said.substr(at, said.find('\n', at) - at)};
}

inline SealKey key_for(const std::vector<TestIdentity>& identities) {
  SealKey key{.name = "vault", .recipients = {}};
  for (const TestIdentity& one : identities)
    key.recipients.push_back(one.recipient);
  std::ranges::sort(key.recipients);
  return key;
}

/// Keeps every command, and runs it.
class WatchedRunner final : public CommandRunner {
 public:
  Result<Exit> run(const Command& command, std::stop_token stop) override {
    {
      const std::lock_guard guard(mutex_);
      asked.push_back(command);
    }
    return real_.run(command, std::move(stop));
  }

  std::vector<Command> asked;

 private:
  std::mutex mutex_;
  RealCommandRunner real_;
};

/// A bench whose target is sealed.
class SealedBench : public Bench {
 public:
  SealedBench()
      : operations(make_identity(directory / "operations.txt")),
        escrow(make_identity(directory / "escrow.txt")),
        stranger(make_identity(directory / "stranger.txt")) {
    seal_to({operations, escrow});
  }

  void seal_to(const std::vector<TestIdentity>& identities) {
    auto opened = Sealer::open(runner, key_for(identities));
    REQUIRE(error_of(opened).empty());
    sealer = *opened;
  }

  /// A view of files through an identity; none: nothing is opened.
  std::unique_ptr<UnsealingFilesystem> view(const TestIdentity* identity) {
    if (identity == nullptr)
      return std::make_unique<UnsealingFilesystem>(real);
    auto unsealer = Unsealer::open(runner, identity->file);
    REQUIRE(error_of(unsealer).empty());
    return std::make_unique<UnsealingFilesystem>(real, std::move(*unsealer));
  }

  Result<VerifyReport> verify_with(const TestIdentity* identity,
                                   const std::string& id,
                                   int level,
                                   const Store* in = nullptr) {
    const auto opened = view(identity);
    return verify_snapshot(
        *opened, in != nullptr ? *in : store,
        {.snapshot = id, .level = level, .components = {}, .has_identity = identity != nullptr},
        {});
  }

  Result<PlaceOutcome> restore_with(const TestIdentity* identity,
                                    const std::string& id,
                                    PlaceRequest request,
                                    const Store* in = nullptr) {
    const auto opened = view(identity);
    BACKSTAY_ASSIGN(const auto snapshot, open_snapshot(*opened, in != nullptr ? *in : store, id));
    request.run_id = "20260202T000000Z-" + random_hex8();
    request.privileged = Privileged::Granted;
    PlaceOutcome outcome;
    BACKSTAY_TRY(place_files({*opened, *snapshot, {}, {}}, request, outcome));
    return outcome;
  }

  WatchedRunner runner;
  TestIdentity operations;
  TestIdentity escrow;
  TestIdentity stranger;
};

/// Follows RESTORE.txt with an identity. What it printed, where it failed.
inline std::string restore_sealed_by_hand(const std::string& snapshot,
                                          const std::string& root,
                                          const TestIdentity& identity) {
  const std::string log = root + ".log";
  const std::string command = "cd '" + snapshot + "' && IDENTITY='" + identity.file + "' ROOT='" +
                              root + "' sh RESTORE.txt > '" + log + "' 2>&1";
  return std::system(command.c_str()) == 0 ? std::string() : read_text(log);
}

/// Every regular file below a directory.
inline std::vector<std::string> files_below(const std::string& top) {
  std::vector<std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(top)) {
    if (entry.is_regular_file() && !entry.is_symlink())
      found.push_back(entry.path().string());
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace backstay::runtime::testing
