// rsync to a machine that runs `backstay receive` as the key's forced command.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/target/file_stream.hpp"
#include "runtime/target/receive_protocol.hpp"
#include "runtime/target/receive_removal.hpp"
#include "runtime/target/rsync_run.hpp"
#include "runtime/target/rsync_target.hpp"
#include "runtime/target/rsync_words.hpp"

namespace backstay::runtime {
namespace {

class ReceivingTarget final : public TargetDriver {
 public:
  ReceivingTarget(World& world, SshPeer peer) : world_(world), peer_(std::move(peer)) {}

  [[nodiscard]] std::string describe() const override {
    return peer_.destination + ":" + peer_.path;
  }

  Result<TargetIdentity> init(const std::stop_token& stop) override { return greet("init", stop); }

  Result<TargetIdentity> identity(const std::stop_token& stop) override {
    return greet("hello", stop);
  }

  Result<std::vector<std::string>> list(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const std::string body, ask({.verb = "list"}, "", stop));
    std::vector<std::string> ids;
    for (std::string& id : lines_of(body)) {
      if (layout::is_plain_name(id) && layout::sequence_of(id))
        ids.push_back(std::move(id));
    }
    return ids;
  }

  Result<std::set<std::string>> prepare(const Upload& upload,
                                        const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(
        const std::string body,
        ask(command("prepare", upload), to_lines(upload.artefacts) + std::string(kEndLine), stop));
    const auto paths = lines_of(body);
    return std::set<std::string>(paths.begin(), paths.end());
  }

  Result<std::uint64_t> put(const Upload& upload,
                            const std::vector<Artefact>& parts,
                            const MoveProgress& progress,
                            const std::stop_token& stop) override {
    BACKSTAY_FAILPOINT("target.put.file");
    BACKSTAY_ASSIGN(const auto directories, by_directory(parts));
    std::uint64_t moved = 0;
    for (const auto& [directory, paths] : directories) {
      const RsyncRun run{
          .options = rsync_sender_options(static_cast<int>(peer_.stall.count())),
          .paths = paths,
          .places = {directory, peer_.destination + ":" + rsync_place(copy_of(upload)) + "/"},
          .what = "copying to " + describe()};
      BACKSTAY_ASSIGN(const RsyncOutcome outcome,
                      run_rsync(
                          world_.commands, peer_, run,
                          [&](std::uint64_t bytes) { progress(moved + bytes); }, stop));
      if (!outcome.exit.ok())
        return connection_error(run.what, peer_, outcome.exit);
      moved += bytes_sent(outcome.output);
    }
    return moved;
  }

  Result<CopyEvidence> prove(const Upload& upload, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(
        const std::string body,
        ask(command("prove", upload), to_lines(upload.artefacts) + std::string(kEndLine), stop));
    BACKSTAY_ASSIGN(const auto stored, parse_artefacts(body));
    CopyEvidence evidence{.files = {}, .how = "hashed by the receiver"};
    for (const Artefact& one : stored)
      evidence.files[one.path] = {.sha256 = one.sha256, .size = one.size};
    return evidence;
  }

  Result<void> commit(const Upload& upload, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const std::string sums, read_file(world_.files, upload.sums.from));
    BACKSTAY_ASSIGN(const std::string manifest, read_file(world_.files, upload.manifest.from));
    BACKSTAY_TRY(ask(command("commit", upload),
                     to_text_of_papers(sums, manifest) + std::string(kEndLine), stop));
    return {};
  }

  Result<void> get(const std::string& snapshot,
                   const std::vector<std::string>& paths,
                   const std::string& directory,
                   const std::stop_token& stop) override {
    std::vector<std::string> wanted = paths;
    if (wanted.empty())
      wanted = {std::string(layout::kSums), std::string(layout::kManifest)};
    return fetch({.verb = "get", .copy = {.snapshot = snapshot, .policy = {}, .host = {}}}, wanted,
                 wanted, directory, stop);
  }

  Result<void> manifests(const std::vector<std::string>& ids,
                         const std::string& directory,
                         const std::stop_token& stop) override {
    std::vector<std::string> paths;
    for (const std::string& id : ids)
      paths.push_back(id + "/" + std::string(layout::kManifest));
    auto got = fetch({.verb = "manifests"}, ids, paths, directory, stop);
    const bool some_gone = !got && got.error().kind == ErrorKind::NotFound;
    return some_gone ? Result<void>() : got;
  }

  Result<std::vector<ReceiptThere>> receipts(const std::vector<std::string>& ids,
                                             const std::stop_token& stop) override {
    std::string request;
    for (const std::string& id : ids)
      request += id + "\n";
    BACKSTAY_ASSIGN(const std::string body,
                    ask({.verb = "receipts"}, request + std::string(kEndLine), stop));
    std::vector<ReceiptThere> found;
    for (const std::string& line : lines_of(body)) {
      const std::size_t blank = line.find(' ');
      if (blank != std::string::npos)
        found.push_back({.snapshot = line.substr(0, blank), .json = line.substr(blank + 1)});
    }
    return found;
  }

  Result<std::vector<RemovedCopy>> removed(const CopyWriter& writer,
                                           const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const std::string body, ask({.verb = "removed"}, "", stop));
    const std::string of_writer = "-" + writer.policy + "-" + writer.host + "-";
    std::vector<RemovedCopy> found;
    for (const std::string& line : lines_of(body)) {
      const std::string id = line.substr(0, line.find(' '));
      const auto at = from_rfc3339(line.substr(std::min(id.size() + 1, line.size())));
      const bool known = layout::is_plain_name(id) && layout::sequence_of(id);
      if (known && at && id.find(of_writer) != std::string::npos)
        found.push_back({.snapshot = id, .at = *at});
    }
    return found;
  }

  Result<void> mark_removed(const Removal& removal, const std::stop_token& stop) override {
    BACKSTAY_TRY(ask(removal_command("remove", removal.writer, removal.snapshot),
                     to_text_of_removal(removal) + std::string(kEndLine), stop));
    return {};
  }

  Result<void> bring_back(const CopyWriter& writer,
                          const std::string& snapshot,
                          const std::stop_token& stop) override {
    BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
    BACKSTAY_TRY(ask(removal_command("bring-back", writer, snapshot), std::string(kEndLine), stop));
    return {};
  }

  // How long a copy lies in the trash at least, the far side says, by its own clock.
  Result<std::vector<std::string>> sweep(const Sweep& sweep, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(const auto lying, removed(sweep.writer, stop));
    std::vector<std::string> gone;
    for (const RemovedCopy& one : lying) {
      if (!sweep.snapshots.contains(one.snapshot) || one.at >= sweep.marked_before)
        continue;
      BACKSTAY_ASSIGN(
          const std::string body,
          ask(removal_command("reclaim", sweep.writer, one.snapshot), std::string(kEndLine), stop));
      if (body == "gone\n")
        gone.push_back(one.snapshot);
    }
    return gone;
  }

 private:
  static ReceiveCommand removal_command(const std::string& verb,
                                        const CopyWriter& writer,
                                        const std::string& snapshot) {
    return {.verb = verb,
            .copy = {.snapshot = snapshot, .policy = writer.policy, .host = writer.host}};
  }

  static IncomingCopy copy_of(const Upload& upload) {
    return {.snapshot = upload.snapshot, .policy = upload.policy, .host = upload.host};
  }

  static ReceiveCommand command(const std::string& verb, const Upload& upload) {
    return {.verb = verb, .copy = copy_of(upload)};
  }

  // Asks with lines and takes files.
  Result<void> fetch(const ReceiveCommand& asked,
                     const std::vector<std::string>& lines,
                     const std::vector<std::string>& paths,
                     const std::string& directory,
                     const std::stop_token& stop) {
    std::string request;
    for (const std::string& line : lines)
      request += line + "\n";
    request += kEndLine;
    FileStream files(world_.files, directory, {paths.begin(), paths.end()});
    BACKSTAY_ASSIGN(const Exit exit,
                    run_there(
                        world_.commands, peer_, to_text(asked), request,
                        [&](std::string_view bytes) { return files.take(bytes); }, stop));
    auto whole = files.finish();
    if (!whole && whole.error().kind == ErrorKind::Io && !exit.ok())
      return connection_error("fetching from " + describe(), peer_, exit);
    if (!whole)
      return std::move(whole).error().while_doing("fetching from " + describe());
    return {};
  }

  Result<TargetIdentity> greet(const std::string& verb, const std::stop_token& stop) {
    BACKSTAY_ASSIGN(const std::string body, ask({.verb = verb}, "", stop));
    const auto lines = lines_of(body);
    constexpr std::size_t kUuid = 36;
    if (lines.size() < 2 || lines[0].size() != kUuid) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = describe() + " does not say which store it is"};
    }
    const bool may_remove = std::find(lines.begin(), lines.end(), kMayRemove) != lines.end();
    return TargetIdentity{.uuid = lines[0], .deletable_by_us = may_remove};
  }

  Result<std::string> ask(const ReceiveCommand& command,
                          const std::string& input,
                          const std::stop_token& stop) {
    std::string reply;
    BACKSTAY_ASSIGN(const Exit exit, run_there(
                                         world_.commands, peer_, to_text(command), input,
                                         [&](std::string_view bytes) -> Result<void> {
                                           constexpr std::size_t kLargest = std::size_t{256} << 20U;
                                           reply += bytes;
                                           if (reply.size() <= kLargest)
                                             return {};
                                           return Error{.kind = ErrorKind::BadInput,
                                                        .message = "the far side says too much"};
                                         },
                                         stop));
    auto body = parse_reply(reply);
    const bool answered = body || (reply.starts_with("error ") && reply.ends_with(kEndLine));
    if (!answered && !exit.ok())
      return connection_error("asking " + describe(), peer_, exit);
    if (!body)
      return std::move(body).error().while_doing("asking " + describe());
    return body;
  }

  World& world_;
  SshPeer peer_;
};

}  // namespace

std::unique_ptr<TargetDriver> make_receiving_target(World& world, SshPeer peer) {
  return std::make_unique<ReceivingTarget>(world, std::move(peer));
}

}  // namespace backstay::runtime
