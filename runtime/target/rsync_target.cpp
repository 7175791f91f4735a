#include "runtime/target/rsync_target.hpp"

#include <charconv>
#include <utility>

#include "runtime/target/receive_protocol.hpp"

namespace backstay::runtime {
namespace {

// Which of the two it is, known from the first answer on.
class RsyncTarget final : public TargetDriver {
 public:
  RsyncTarget(World& world, SshPeer peer) : world_(world), peer_(std::move(peer)) {}

  [[nodiscard]] std::string describe() const override {
    return peer_.destination + ":" + peer_.path;
  }

  Result<TargetIdentity> init(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->init(stop);
  }

  Result<TargetIdentity> identity(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->identity(stop);
  }

  Result<std::vector<std::string>> list(const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->list(stop);
  }

  Result<std::set<std::string>> prepare(const Upload& upload,
                                        const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->prepare(upload, stop);
  }

  Result<std::uint64_t> put(const Upload& upload,
                            const std::vector<Artefact>& parts,
                            const MoveProgress& progress,
                            const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->put(upload, parts, progress, stop);
  }

  Result<CopyEvidence> prove(const Upload& upload, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->prove(upload, stop);
  }

  Result<void> commit(const Upload& upload, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->commit(upload, stop);
  }

  Result<void> get(const std::string& snapshot,
                   const std::vector<std::string>& paths,
                   const std::string& directory,
                   const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->get(snapshot, paths, directory, stop);
  }

  Result<void> manifests(const std::vector<std::string>& ids,
                         const std::string& directory,
                         const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->manifests(ids, directory, stop);
  }

  Result<std::vector<ReceiptThere>> receipts(const std::vector<std::string>& ids,
                                             const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->receipts(ids, stop);
  }

  Result<std::vector<RemovedCopy>> removed(const CopyWriter& writer,
                                           const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->removed(writer, stop);
  }

  Result<void> mark_removed(const Removal& removal, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->mark_removed(removal, stop);
  }

  Result<void> bring_back(const CopyWriter& writer,
                          const std::string& snapshot,
                          const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->bring_back(writer, snapshot, stop);
  }

  Result<std::vector<std::string>> sweep(const Sweep& sweep, const std::stop_token& stop) override {
    BACKSTAY_ASSIGN(TargetDriver* const driver, chosen(stop));
    return driver->sweep(sweep, stop);
  }

 private:
  // A shell without Backstay, or a command that is forced and another, does not answer as ours
  // does. A line that is cut is no answer at all.
  Result<TargetDriver*> chosen(const std::stop_token& stop) {
    if (driver_)
      return driver_.get();
    std::string reply;
    BACKSTAY_ASSIGN(const Exit exit,
                    run_there(
                        world_.commands, peer_, to_text(ReceiveCommand{.verb = "hello"}), "",
                        [&](std::string_view bytes) -> Result<void> {
                          constexpr std::size_t kEnough = 65536;
                          if (reply.size() < kEnough)
                            reply += bytes;
                          return {};
                        },
                        stop));
    constexpr int kSshFailed = 255;
    const auto body = parse_reply(reply);
    if (!body && (exit.signalled || exit.code == kSshFailed))
      return connection_error("cannot reach " + describe(), peer_, exit);
    const bool ours = body || body.error().kind != ErrorKind::BadInput;
    driver_ = ours ? make_receiving_target(world_, peer_) : make_plain_rsync_target(world_, peer_);
    return driver_.get();
  }

  World& world_;
  SshPeer peer_;
  std::unique_ptr<TargetDriver> driver_;
};

// Digits with or without the commas that some versions put between them.
std::uint64_t leading_number(std::string_view text) {
  std::uint64_t number = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9')
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
    else if (c != ',')
      break;
  }
  return number;
}

}  // namespace

std::uint64_t bytes_sent(std::string_view rsync_output) {
  constexpr std::string_view kLine = "Total bytes sent: ";
  const std::size_t at = rsync_output.rfind(kLine);
  return at == std::string_view::npos ? 0 : leading_number(rsync_output.substr(at + kLine.size()));
}

std::uint64_t bytes_so_far(std::string_view rsync_output) {
  const std::size_t percent = rsync_output.rfind('%');
  if (percent == std::string_view::npos)
    return 0;
  const std::size_t line = rsync_output.rfind('\r', percent);
  std::string_view text = rsync_output.substr(line == std::string_view::npos ? 0 : line + 1);
  while (text.starts_with(' '))
    text.remove_prefix(1);
  return leading_number(text);
}

Result<std::unique_ptr<TargetDriver>> make_rsync_target(World& world,
                                                        const plan::Plan& plan,
                                                        const plan::Target& target) {
  BACKSTAY_ASSIGN(SshPeer peer, SshPeer::open(world, plan, target));
  return std::unique_ptr<TargetDriver>(std::make_unique<RsyncTarget>(world, std::move(peer)));
}

}  // namespace backstay::runtime
