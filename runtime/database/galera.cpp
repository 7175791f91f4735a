// Gate, desync and the way back: see the header.
#include "runtime/database/galera.hpp"

#include <charconv>
#include <chrono>
#include <map>
#include <thread>

#include <fmt/format.h>

#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

constexpr int kSynced = 4;
/// How long a node may need to catch up after a dump before somebody has to look.
constexpr std::chrono::seconds kLongestCatchUp{120};
constexpr std::chrono::milliseconds kPoll{200};

std::uint64_t number(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Where the words of an undo's arguments begin that say where the login is.
enum Place : std::size_t { kName, kSocket, kAddress, kPort, kLoginKind, kLogin };

Error not_synced(const std::string& name, const std::string& why) {
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("server `{}` must not be backed up now: {}", name, why),
          .hint = "wait until the node is synced (SHOW STATUS LIKE 'wsrep_%'), or back up another"};
}

}  // namespace

Result<GaleraState> galera_state(const MariadbServer& server) {
  BACKSTAY_ASSIGN(const Rows rows, server.query("SHOW GLOBAL STATUS LIKE 'wsrep\\_%';\n"
                                                "SHOW GLOBAL VARIABLES WHERE Variable_name IN "
                                                "('wsrep_on', 'wsrep_desync');"));
  std::map<std::string, std::string> values;
  for (const auto& row : rows) {
    if (row.size() == 2)
      values[row[0]] = row[1];
  }
  GaleraState state;
  state.on = values["wsrep_on"] == "ON";
  state.desynced = values["wsrep_desync"] == "ON";
  state.ready = values["wsrep_ready"] == "ON";
  state.state = static_cast<int>(number(values["wsrep_local_state"]));
  state.comment = values["wsrep_local_state_comment"];
  state.status = values["wsrep_cluster_status"];
  state.size = static_cast<int>(number(values["wsrep_cluster_size"]));
  state.queue = number(values["wsrep_local_recv_queue"]);
  return state;
}

std::string why_not_synced(const GaleraState& state) {
  if (!state.on)
    return "the policy says `galera`, but it is no node of a cluster (wsrep_on)";
  if (state.status != "Primary")
    return "it is not in the cluster's primary component (" + state.status + ")";
  if (state.desynced)
    return "wsrep_desync is on already: somebody else does something with it";
  if (state.state != kSynced)
    return "it is not synced (" + state.comment + ")";
  return state.ready ? "" : "it is not ready (wsrep_ready)";
}

Undo sync_node_undo(const plan::Server& server, const plan::Secret* login) {
  Undo undo{.kind = "sync-node",
            .arguments = {server.name, server.socket, server.address, std::to_string(server.port)}};
  std::vector<std::string>& words = undo.arguments;
  if (!server.login_file.empty()) {
    words.insert(words.end(), {"file", server.login_file});
  } else if (login != nullptr && !login->credential.empty()) {
    words.insert(words.end(), {"credential", login->credential});
  } else if (login != nullptr && !login->command.empty()) {
    words.emplace_back("command");
    words.insert(words.end(), login->command.begin(), login->command.end());
  }
  return undo;
}

Result<void> sync_node(CommandRunner& runner,
                       const std::vector<std::string>& arguments,
                       const std::stop_token& stop) {
  plan::Server facts;
  facts.name = arguments[kName];
  facts.kind = "mariadb";
  facts.socket = arguments[kSocket];
  facts.address = arguments[kAddress];
  facts.port = static_cast<std::int64_t>(number(arguments[kPort]));
  plan::Secret login{.name = "login of " + facts.name};
  const bool has_login = arguments.size() > kLogin;
  const std::string kind = has_login ? arguments[kLoginKind] : "";
  if (kind == "file")
    facts.login_file = arguments[kLogin];
  if (kind == "credential")
    login.credential = arguments[kLogin];
  if (kind == "command")
    login.command.assign(arguments.begin() + kLogin, arguments.end());
  if (has_login && kind != "file")
    facts.login = login.name;
  BACKSTAY_ASSIGN(const MariadbServer server,
                  MariadbServer::open(facts, {.runner = runner,
                                              .stop = stop,
                                              .deadline = std::chrono::seconds(60),
                                              .login = facts.login.empty() ? nullptr : &login}));
  BACKSTAY_ASSIGN(const GaleraState state, galera_state(server));
  if (!state.desynced)
    return {};
  BACKSTAY_TRY(server.query("SET GLOBAL wsrep_desync=OFF;"));
  return {};
}

Result<Desync> Desync::begin(const plan::Server& server, StepContext& context) {
  ServerCall call = server_call(context, server);
  Undo undo = sync_node_undo(server, call.login);
  // Why its own: the run's end must not keep the node from being put back.
  call.stop = {};
  call.deadline = std::chrono::seconds(60);
  BACKSTAY_ASSIGN(MariadbServer opened, MariadbServer::open(server, call));
  if (context.undos != nullptr)
    BACKSTAY_TRY(context.undos->add(undo));
  Desync desync(std::move(opened), std::move(undo), context.undos);
  Result<Rows> done = desync.server_.query("SET GLOBAL wsrep_desync=ON;");
  if (done)
    return desync;
  Error error = std::move(done).error().while_doing("taking the node out of flow control");
  (void)desync.end();
  return error;
}

Result<void> Desync::end() {
  BACKSTAY_ASSIGN(GaleraState state, galera_state(server_));
  if (state.desynced)
    BACKSTAY_TRY(server_.query("SET GLOBAL wsrep_desync=OFF;"));
  if (undos_ != nullptr)
    BACKSTAY_TRY(undos_->done(undo_));
  const auto until = std::chrono::steady_clock::now() + kLongestCatchUp;
  while (std::chrono::steady_clock::now() < until) {
    BACKSTAY_ASSIGN(state, galera_state(server_));
    if (state.state == kSynced && state.queue == 0)
      return {};
    std::this_thread::sleep_for(kPoll);
  }
  return Error{.kind = ErrorKind::Timeout,
               .message = fmt::format("server `{}` is back in flow control but has not caught up: "
                                      "{}, {} write sets wait",
                                      server_.facts().name, state.comment, state.queue)};
}

Result<void> while_desynced(const MariadbServer& server,
                            StepContext& context,
                            const std::function<Result<void>()>& work) {
  if (!server.facts().galera)
    return work();
  BACKSTAY_ASSIGN(const GaleraState state, galera_state(server));
  const std::string why = why_not_synced(state);
  if (!why.empty())
    return not_synced(server.facts().name, why);
  BACKSTAY_ASSIGN(Desync desync, Desync::begin(server.facts(), context));
  const auto guarded = [&]() -> Result<void> {
    BACKSTAY_FAILPOINT("dump-mariadb.desynced");
    return work();
  };
  Result<void> done = guarded();
  Result<void> back = desync.end();
  if (!done || back)
    return done;
  context.events.warning(context.step.id, to_string(back.error()));
  return done;
}

std::optional<PreviewLine> preview_galera(const MariadbServer& server) {
  if (!server.facts().galera)
    return std::nullopt;
  const Result<GaleraState> state = galera_state(server);
  if (!state)
    return PreviewLine{.problem = true, .text = to_string(state.error())};
  const std::string why = why_not_synced(*state);
  if (!why.empty())
    return PreviewLine{.problem = true, .text = to_string(not_synced(server.facts().name, why))};
  return PreviewLine{.text = fmt::format("server {}: a synced node of a cluster of {}; out of flow "
                                         "control (wsrep_desync) while it is dumped",
                                         server.facts().name, state->size)};
}

}  // namespace backstay::runtime
