#include "runtime/target/receive_server.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/records.hpp"
#include "runtime/store/store.hpp"
#include "runtime/target/receive_removal.hpp"
#include "runtime/target/rsync_words.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20U;
constexpr std::size_t kLargestRequest = std::size_t{256} << 20U;

Error not_this_key(const std::string& what) {
  return {.kind = ErrorKind::Refused, .message = "this key may not " + what};
}

bool of_hosts(const std::string& snapshot, const std::vector<std::string>& hosts) {
  const std::string before = snapshot.substr(0, snapshot.rfind('-'));
  return hosts.empty() || std::any_of(hosts.begin(), hosts.end(), [&](const std::string& host) {
           return before.ends_with("-" + host);
         });
}

class Request {
 public:
  Request(World& world,
          const ReceiveLimits& limits,
          const ReceiveCommand& command,
          const ReceiveLine& line,
          const std::stop_token& stop)
      : world_(world), limits_(limits), command_(command), line_(line), stop_(stop) {}

  Result<void> serve() {
    const std::string& verb = command_.verb;
    if (verb == "hello" || verb == "init")
      return greet(verb == "init");
    BACKSTAY_ASSIGN(Store store,
                    open_store_for_reading(world_.files, limits_.store, world_.directories));
    Receiver receiver(world_.files, std::move(store), [this] { beat(); });
    if (verb == "list")
      return list(receiver);
    if (verb == "manifests")
      return manifests(receiver);
    if (verb == "receipts")
      return receipts(receiver.store());
    if (is_removal(verb) && !limits_.may_remove)
      return may_not_remove();
    if (verb == "removed")
      return removed(receiver.store());
    if (!of_hosts(command_.copy.snapshot, limits_.hosts))
      return not_this_key("touch snapshot " + command_.copy.snapshot);
    if (verb == "get")
      return get(receiver);
    if (!limits_.hosts.empty() && std::find(limits_.hosts.begin(), limits_.hosts.end(),
                                            command_.copy.host) == limits_.hosts.end())
      return not_this_key("send snapshots of host " + command_.copy.host);
    BACKSTAY_ASSIGN(const std::string text, read_all());
    BACKSTAY_ASSIGN(const Lock lock,
                    lock_policy(receiver.store(), command_.copy.policy, command_.copy.host,
                                {.run_id = "receive-" + command_.copy.snapshot,
                                 .since = to_rfc3339(world_.clock.now())}));
    if (verb == "prepare")
      return prepare(receiver, text);
    if (verb == "prove")
      return prove(receiver, text);
    if (is_removal(verb))
      return remove(receiver.store(), text);
    return commit(receiver, text);
  }

 private:
  using Wanted = std::vector<std::pair<std::string, std::string>>;  // what it is called, its path

  Result<void> greet(bool init) {
    if (init) {
      // Why not made: a store appears in a directory that somebody made for it, never on the
      // machine's own disk below a mount point whose disk is absent.
      const auto status = world_.files.status(limits_.store);
      if (!status || status->type != FileType::Directory) {
        return Error{.kind = ErrorKind::NotFound,
                     .message = "`" + limits_.store + "` is no directory there",
                     .hint = "make it for the account that receives, empty, then repeat"};
      }
      // No host is registered here: who sends knows which store it is.
      const std::string beside = layout::staging(limits_.store) + "/init-" + random_hex8();
      const Directories nowhere{.config = beside, .state = {}, .locks = {}};
      BACKSTAY_TRY(init_store(world_.files, nowhere, limits_.store, "received"));
      BACKSTAY_TRY(remove_tree(world_.files, beside));
    }
    BACKSTAY_ASSIGN(const Store store,
                    open_store_for_reading(world_.files, limits_.store, world_.directories));
    const std::string right = limits_.may_remove ? std::string(kMayRemove) + "\n" : "";
    return reply(store.uuid + "\n" + BACKSTAY_VERSION + "\n" + right);
  }

  static bool is_removal(const std::string& verb) {
    return verb == "removed" || verb == "remove" || verb == "reclaim" || verb == "bring-back";
  }

  [[nodiscard]] Error may_not_remove() const {
    Error error = not_this_key("remove copies");
    std::string command = "backstay receive --store " + limits_.store;
    for (const std::string& host : limits_.hosts)
      command += " --host " + host;
    error.hint = fmt::format(
        "where it may, the line of this key in authorized_keys there begins: "
        "restrict,command=\"{} --may-remove\"",
        command);
    return error;
  }

  Result<void> removed(const Store& store) {
    BACKSTAY_ASSIGN(const std::string lines,
                    list_removed(world_.files, store, [&](const std::string& id) {
                      return of_hosts(id, limits_.hosts);
                    }));
    return reply(lines);
  }

  Result<void> remove(const Store& store, const std::string& text) {
    if (command_.verb == "remove") {
      BACKSTAY_TRY(remove_received(world_, store, command_.copy, text));
      return reply("");
    }
    if (command_.verb == "bring-back") {
      BACKSTAY_TRY(bring_back_received(world_, store, command_.copy));
      return reply("");
    }
    BACKSTAY_ASSIGN(const bool gone, reclaim_received(world_, store, command_.copy, limits_.grace));
    return reply(gone ? "gone\n" : "stays\n");
  }

  Result<void> list(const Receiver& receiver) {
    BACKSTAY_ASSIGN(const auto ids, receiver.list());
    std::string body;
    for (const std::string& id : ids) {
      if (of_hosts(id, limits_.hosts))
        body += id + "\n";
    }
    return reply(body);
  }

  Result<void> prepare(Receiver& receiver, const std::string& text) {
    BACKSTAY_ASSIGN(const auto artefacts, parse_artefacts(text));
    BACKSTAY_ASSIGN(const auto missing, receiver.prepare(command_.copy, artefacts));
    std::string body;
    for (const std::string& path : missing)
      body += path + "\n";
    return reply(body);
  }

  Result<void> prove(Receiver& receiver, const std::string& text) {
    BACKSTAY_ASSIGN(const auto artefacts, parse_artefacts(text));
    BACKSTAY_ASSIGN(const CopyEvidence evidence, receiver.prove(command_.copy, artefacts, stop_));
    std::vector<Artefact> stored;
    for (const auto& [path, file] : evidence.files)
      stored.push_back({.path = path, .sha256 = file.sha256, .size = file.size});
    return reply(to_lines(stored));
  }

  Result<void> commit(Receiver& receiver, const std::string& text) {
    BACKSTAY_ASSIGN(const ClosingPapers papers, parse_papers(text));
    BACKSTAY_TRY(receiver.commit(command_.copy, papers.sums, papers.manifest));
    return reply("");
  }

  // `file SIZE PATH`, then its bytes.
  Result<void> get(const Receiver& receiver) {
    BACKSTAY_ASSIGN(const std::string text, read_all());
    Wanted wanted;
    for (const std::string& path : lines_of(text)) {
      BACKSTAY_ASSIGN(std::string from, receiver.file_of(command_.copy.snapshot, path));
      wanted.emplace_back(path, std::move(from));
    }
    return send_files(wanted);
  }

  // Those that are gone are left out.
  Result<void> manifests(const Receiver& receiver) {
    BACKSTAY_ASSIGN(const std::string text, read_all());
    Wanted wanted;
    for (const std::string& id : lines_of(text)) {
      if (!of_hosts(id, limits_.hosts))
        return not_this_key("touch snapshot " + id);
      if (auto from = receiver.file_of(id, std::string(layout::kManifest)))
        wanted.emplace_back(id + "/" + std::string(layout::kManifest), *std::move(from));
      else if (from.error().kind != ErrorKind::NotFound)
        return from.error();
    }
    return send_files(wanted);
  }

  // What was copied on from here, as it stands in the records.
  Result<void> receipts(const Store& store) {
    BACKSTAY_ASSIGN(const std::string text, read_all());
    std::string body;
    for (const std::string& id : lines_of(text)) {
      BACKSTAY_TRY(layout::check_plain_name(id, "snapshot"));
      if (!of_hosts(id, limits_.hosts))
        return not_this_key("touch snapshot " + id);
      BACKSTAY_ASSIGN(const auto records, read_records(world_.files, store, id, "receipt"));
      for (const std::string& record : records) {
        std::string line = record.substr(0, record.find_last_not_of('\n') + 1);
        std::replace(line.begin(), line.end(), '\n', ' ');
        body += id + " " + line + "\n";
      }
    }
    return reply(body);
  }

  Result<void> send_files(const Wanted& wanted) {
    BACKSTAY_TRY(begin_reply());
    std::vector<std::byte> buffer(kBuffer);
    for (const auto& [path, from] : wanted) {
      BACKSTAY_ASSIGN(const auto file, world_.files.open_read(from));
      BACKSTAY_ASSIGN(const FileStatus status, world_.files.status(from));
      BACKSTAY_TRY(line_.write(fmt::format("file {} {}\n", status.size, path)));
      std::uint64_t left = status.size;
      while (left > 0) {
        BACKSTAY_ASSIGN(const std::size_t size, file->read(buffer));
        if (size == 0 || size > left)
          return Error{.kind = ErrorKind::Io,
                       .message = "`" + from + "` changed while it was read"};
        BACKSTAY_TRY(line_.write({reinterpret_cast<const char*>(buffer.data()), size}));
        left -= size;
      }
    }
    return line_.write(kEndLine);
  }

  Result<std::string> read_all() {
    std::string text;
    std::vector<std::byte> buffer(kBuffer);
    while (true) {
      BACKSTAY_ASSIGN(const std::size_t size, line_.read(buffer));
      if (size == 0)
        break;
      text.append(reinterpret_cast<const char*>(buffer.data()), size);
      if (text.size() > kLargestRequest)
        return Error{.kind = ErrorKind::BadInput, .message = "the request is too large"};
    }
    // A request that was cut short is none.
    if (!text.ends_with(kEndLine))
      return Error{.kind = ErrorKind::Io, .message = "the request was cut short"};
    text.resize(text.size() - kEndLine.size());
    return text;
  }

  Result<void> begin_reply() {
    began_ = true;
    return line_.write(kOkLine);
  }

  Result<void> reply(const std::string& body) {
    BACKSTAY_TRY(begin_reply());
    return line_.write(body + std::string(kEndLine));
  }

  // Why errors are ignored: who is gone is noticed by the reply.
  void beat() {
    const auto now = std::chrono::steady_clock::now();
    if (began_ || now - last_beat_ < std::chrono::seconds(1))
      return;
    last_beat_ = now;
    (void)line_.write(kBeatLine);
  }

  World& world_;
  const ReceiveLimits& limits_;
  const ReceiveCommand& command_;
  const ReceiveLine& line_;
  const std::stop_token& stop_;
  std::chrono::steady_clock::time_point last_beat_ = std::chrono::steady_clock::now();
  bool began_ = false;
};

}  // namespace

Result<void> serve_request(World& world,
                           const ReceiveLimits& limits,
                           const ReceiveCommand& command,
                           const ReceiveLine& line,
                           const std::stop_token& stop) {
  auto served = Request(world, limits, command, line, stop).serve();
  if (!served)
    (void)line.write(to_reply(served.error()));
  return served;
}

bool asks_for_rsync(std::string_view original_command) {
  return original_command.starts_with("rsync ");
}

Result<RsyncServer> admit_rsync(World& world,
                                const ReceiveLimits& limits,
                                std::string_view original_command) {
  const auto words = parse_rsync_server(original_command);
  if (!words)
    return not_this_key("run this rsync command");
  const IncomingCopy& copy = words->copy;
  if (!of_hosts(copy.snapshot, limits.hosts))
    return not_this_key("touch snapshot " + copy.snapshot);
  BACKSTAY_ASSIGN(Store store,
                  open_store_for_reading(world.files, limits.store, world.directories));
  const Receiver receiver(world.files, std::move(store));
  BACKSTAY_ASSIGN(const std::string place, receiver.directory(copy));
  BACKSTAY_ASSIGN(const bool prepared, is_there(world.files, place));
  if (!prepared)
    return not_this_key("send what was not announced");
  RsyncServer server;
  BACKSTAY_ASSIGN(server.program, find_program("rsync"));
  BACKSTAY_ASSIGN(server.lock, lock_policy(receiver.store(), copy.policy, copy.host,
                                           {.run_id = "receive-" + copy.snapshot,
                                            .since = to_rfc3339(world.clock.now())}));
  server.arguments = words->options;
  server.arguments.insert(server.arguments.end(), {".", place + "/"});
  return server;
}

}  // namespace backstay::runtime
