// A node of a Galera cluster around a dump: the gate before it, and flow control kept from it.
//
// A node that falls behind slows the whole cluster down (flow control), so it is taken out of it
// while it dumps (wsrep_desync=ON) and put back whatever happens: the way back is noted before.
// (galeracluster.com/library, "wsrep_desync", "wsrep_local_state".)
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "runtime/database/mariadb.hpp"
#include "runtime/journal/pending_undos.hpp"

namespace backstay::runtime {

/// What a server says of its cluster.
struct GaleraState {
  bool on = false;          ///< it is a node at all
  bool ready = false;       ///< wsrep_ready
  int state = 0;            ///< wsrep_local_state: 4 is synced
  std::string comment;      ///< wsrep_local_state_comment
  std::string status;       ///< wsrep_cluster_status: `Primary`
  int size = 0;             ///< wsrep_cluster_size
  bool desynced = false;    ///< by wsrep_desync
  std::uint64_t queue = 0;  ///< wsrep_local_recv_queue: write sets that wait to be applied
};

[[nodiscard]] Result<GaleraState> galera_state(const MariadbServer& server);

/// Why a backup must not be taken from this node now; empty: it may. A dump of a node that is not
/// synced, or not in the primary component, is of a state that the cluster has left.
[[nodiscard]] std::string why_not_synced(const GaleraState& state);

/// The undo of a desync: `sync-node`. How the server is reached stands in it, its password not.
[[nodiscard]] Undo sync_node_undo(const plan::Server& server, const plan::Secret* login);
/// Carries it out; a node that is in sync stays so. Errors: as MariadbServer.
[[nodiscard]] Result<void> sync_node(CommandRunner& runner,
                                     const std::vector<std::string>& arguments,
                                     const std::stop_token& stop);

/// A node out of flow control. Used in one thread.
class Desync {
 public:
  /// Takes it out. Errors: as MariadbServer; Io where the way back cannot be noted.
  [[nodiscard]] static Result<Desync> begin(const plan::Server& server, StepContext& context);

  /// Puts it back and waits until it has caught up, also when the run is being ended. Errors: as
  /// MariadbServer, Timeout; the way back stays noted then.
  [[nodiscard]] Result<void> end();

 private:
  Desync(MariadbServer server, Undo undo, PendingUndos* undos)
      : server_(std::move(server)), undo_(std::move(undo)), undos_(undos) {}

  MariadbServer server_;
  Undo undo_;
  PendingUndos* undos_;
};

/// The gate and the desync around `work`, for a server that is a node; else `work` alone. Errors:
/// Refused where the node is not synced; those of `work`; those of the way back.
[[nodiscard]] Result<void> while_desynced(const MariadbServer& server,
                                          StepContext& context,
                                          const std::function<Result<void>()>& work);

/// A line for a dry run; nothing where the server is no node and need not be one.
[[nodiscard]] std::optional<PreviewLine> preview_galera(const MariadbServer& server);

}  // namespace backstay::runtime
