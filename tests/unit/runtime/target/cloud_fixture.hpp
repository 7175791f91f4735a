// Targets of rclone and restic on a directory of the test: the real programs, no server.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "runtime/store/manifest.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/target/rclone_target.hpp"
#include "runtime/target/restic_target.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::test {

inline std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void spill(const std::string& path, const std::string& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
}

/// A snapshot that is none: files whose hashes agree, which is all that a driver looks at.
struct Copy {
  runtime::Upload upload;
  std::map<std::string, std::string> files;  ///< path → content, all of it
};

struct CloudFixture {
  TemporaryDirectory directory;
  FakeClock clock;
  runtime::RealFilesystem files;
  runtime::RealCommandRunner commands;
  runtime::World world{
      clock,
      files,
      commands,
      {.config = directory / "config", .state = directory / "state", .locks = directory / "locks"}};
  plan::Plan plan;
  plan::Target target;
  std::stop_token stop;

  CloudFixture() {
    std::filesystem::create_directories(directory / "there");
    spill(directory / "rclone.conf",
          "[here]\ntype = local\n[bucket]\ntype = alias\nremote = here:" + (directory / "there") +
              "\n[closed]\ntype = crypt\nremote = here:" + (directory / "closed") +
              "\npassword = ozXW24X9jwY52J9AKkouMrREsqdl\n");
    spill(directory / "password", "a repository's\n");
    for (const char* name : {"rclone.conf", "password"})
      std::filesystem::permissions(directory / name, std::filesystem::perms(0600));
    target.name = "offsite";
    target.login = "login";
  }

  std::unique_ptr<runtime::TargetDriver> rclone(const std::string& remote = "bucket:store") {
    return rclone(remote, world);
  }

  std::unique_ptr<runtime::TargetDriver> restic() { return restic(world); }

  /// The borders are those of the caller, who keeps them.
  std::unique_ptr<runtime::TargetDriver> rclone(const std::string& remote,
                                                runtime::World& borders) {
    target.kind = "rclone";
    target.remote = remote;
    plan.secrets = {{.name = "login", .file = directory / "rclone.conf"}};
    auto driver =
        runtime::make_rclone_target(borders, plan, target,
                                    runtime::RclonePatience{.connect = std::chrono::seconds(2),
                                                            .idle = std::chrono::seconds(5),
                                                            .low_level_tries = 1,
                                                            .tries = 1});
    REQUIRE(driver);
    return std::move(*driver);
  }

  std::unique_ptr<runtime::TargetDriver> restic(runtime::World& borders) {
    target.kind = "restic";
    target.remote = directory / "repository";
    plan.secrets = {{.name = "login", .file = directory / "password"}};
    auto driver = runtime::make_restic_target(borders, plan, target, runtime::ResticPatience{});
    REQUIRE(driver);
    return std::move(*driver);
  }

  /// Its repository, which is there, opens at once from here on.
  void lighten_restic() const {
    const std::string command = BACKSTAY_SOURCE_DIR "/tests/support/light_restic_key.py " +
                                (directory / "repository") + " " + (directory / "password");
    REQUIRE(std::system(command.c_str()) == 0);
  }

  /// A copy with these files below data/c/ and a paper; number: of the snapshot.
  Copy copy(int number, const std::map<std::string, std::string>& parts) {
    Copy made;
    made.upload.snapshot = "0000000" + std::to_string(number) + "-20261122T023000Z-p-h-0a0b0c0d";
    made.upload.policy = "p";
    made.upload.host = "h";
    const std::string top = directory / ("snapshots/" + made.upload.snapshot);
    made.files["plan.yaml"] = "plan " + std::to_string(number) + "\n";
    for (const auto& [name, text] : parts)
      made.files["data/c/" + name] = text;
    const auto artefact = [&](const std::string& path, const std::string& text) {
      spill(top + "/" + path, text);
      return runtime::Artefact{
          .path = path, .sha256 = sha256(text), .size = text.size(), .from = top + "/" + path};
    };
    runtime::Sums sums;
    for (const auto& [path, text] : made.files) {
      made.upload.artefacts.push_back(artefact(path, text));
      sums[path] = sha256(text);
    }
    runtime::Manifest manifest;
    manifest.id = made.upload.snapshot;
    manifest.policy = "p";
    manifest.host = "h";
    made.files["manifest.json"] = to_json(manifest);
    sums["manifest.json"] = sha256(made.files["manifest.json"]);
    made.files["SHA256SUMS"] = runtime::to_text(sums);
    made.upload.manifest = artefact("manifest.json", made.files["manifest.json"]);
    made.upload.sums = artefact("SHA256SUMS", made.files["SHA256SUMS"]);
    return made;
  }

  static std::vector<runtime::Artefact> chosen(const Copy& copy,
                                               const std::set<std::string>& paths) {
    std::vector<runtime::Artefact> parts;
    for (const runtime::Artefact& one : copy.upload.artefacts) {
      if (paths.contains(one.path))
        parts.push_back(one);
    }
    return parts;
  }

  /// Moves what is missing. Returns what was.
  std::set<std::string> move(runtime::TargetDriver& driver, const Copy& copy) {
    const auto missing = driver.prepare(copy.upload, stop);
    INFO((missing ? std::string() : to_string(missing.error())));
    REQUIRE(missing);
    if (!missing->empty()) {
      const auto moved = driver.put(
          copy.upload, chosen(copy, *missing), [](std::uint64_t) {}, stop);
      INFO((moved ? std::string() : to_string(moved.error())));
      REQUIRE(moved);
    }
    return *missing;
  }

  /// Whether the evidence is what it must be, for every artefact.
  bool proven(runtime::TargetDriver& driver, const Copy& copy) {
    const auto evidence = driver.prove(copy.upload, stop);
    INFO((evidence ? std::string() : to_string(evidence.error())));
    REQUIRE(evidence);
    for (const runtime::Artefact& one : copy.upload.artefacts) {
      const auto found = evidence->files.find(one.path);
      if (found == evidence->files.end() ||
          found->second != runtime::StoredFile{.sha256 = one.sha256, .size = one.size})
        return false;
    }
    return true;
  }

  /// All of it, as an orchestrator does it.
  void send(runtime::TargetDriver& driver, const Copy& copy) {
    move(driver, copy);
    REQUIRE(proven(driver, copy));
    const auto done = driver.commit(copy.upload, stop);
    INFO((done ? std::string() : to_string(done.error())));
    REQUIRE(done);
  }

  /// Whether every file comes back as it was.
  bool comes_back(runtime::TargetDriver& driver, const Copy& copy) {
    const TemporaryDirectory back;
    std::vector<std::string> paths;
    for (const auto& [path, text] : copy.files)
      paths.push_back(path);
    const auto got = driver.get(copy.upload.snapshot, paths, back.path(), stop);
    if (!got)
      return false;
    return std::ranges::all_of(
        copy.files, [&](const auto& file) { return slurp(back / file.first) == file.second; });
  }
};

}  // namespace backstay::test
