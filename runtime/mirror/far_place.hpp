// A directory where copies of trees lie, on this machine or behind ssh, worked on with nothing but
// sh, coreutils and rsync, which every host has. What it says is believed by its hashes only.
#pragma once

#include <cstdint>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "compiler/plan/plan.hpp"
#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/steps/context.hpp"
#include "runtime/target/ssh_peer.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// What a command ends with where it did not find what it was to read.
constexpr int kAbsent = 44;

/// Names with any bytes but NUL travel over stdin and stdout, never as words of a shell.
class FarPlace {
 public:
  /// A target of kind `directory` or `rsync`. Errors: as SshPeer::open; ToolMissing for other
  /// kinds.
  [[nodiscard]] static Result<FarPlace> of_target(World& world,
                                                  const plan::Plan& plan,
                                                  const plan::Target& target);
  /// A directory of a host of the plan, reached by its address, user and port with the keys of the
  /// account or of its agent; this host itself without ssh. Errors: as SshPeer::open.
  [[nodiscard]] static Result<FarPlace> of_host(World& world,
                                                const plan::Plan& plan,
                                                const std::string& host,
                                                const std::string& here,
                                                const std::string& directory);

  /// `backup@vault:/srv/mirror`, or the directory.
  [[nodiscard]] std::string describe() const;

  /// The directory that copies lie below.
  [[nodiscard]] const std::string& root() const { return peer_.path; }

  /// Runs a script of sh with arguments there. Errors: those of a connection, or ToolFailed with
  /// what the script printed to stderr. `codes`: exits besides 0 that are answers.
  struct Answer {
    int code = 0;
    std::string output;
  };

  [[nodiscard]] Result<Answer> ask(const std::string& script,
                                   const std::vector<std::string>& arguments,
                                   std::string_view input,
                                   const std::vector<int>& codes,
                                   const std::stop_token& stop) const;

  /// Sends files of a tree here to a directory there: modes are 0700 and 0600 and times as here; a
  /// file appears whole or not at all, and one that was cut short is taken up. Returns what moved.
  [[nodiscard]] Result<std::uint64_t> push(const std::string& base,
                                           const std::vector<std::string>& names,
                                           const std::string& directory,
                                           const std::vector<std::string>& more_options,
                                           const MoveProgress& progress,
                                           const std::stop_token& stop) const;
  /// Fetches files of a directory there into one here.
  [[nodiscard]] Result<void> fetch(const std::string& directory,
                                   const std::vector<std::string>& names,
                                   const std::string& to,
                                   const MoveProgress& progress,
                                   const std::stop_token& stop) const;

  /// SHA-256 of the files as they lie in a directory there. One that is absent, no regular file or
  /// cannot be read is not in the answer.
  [[nodiscard]] Result<std::map<std::string, Digest>> hashes(const std::string& directory,
                                                             const std::vector<std::string>& names,
                                                             const std::stop_token& stop) const;

 private:
  FarPlace(World& world, SshPeer peer) : world_(&world), peer_(std::move(peer)) {}

  [[nodiscard]] bool local() const { return peer_.destination.empty(); }

  [[nodiscard]] std::string place(const std::string& directory) const;
  [[nodiscard]] Result<std::uint64_t> move(std::vector<std::string> options,
                                           const std::vector<std::string>& names,
                                           std::vector<std::string> places,
                                           const MoveProgress& progress,
                                           const std::stop_token& stop) const;

  World* world_;
  SshPeer peer_;
};

}  // namespace backstay::runtime
