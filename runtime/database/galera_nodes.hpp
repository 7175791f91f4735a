// Which node of a cluster a backup is taken from: the preferred one, or the next that may be.
#pragma once

#include <string>
#include <vector>

#include "runtime/database/mariadb.hpp"
#include "runtime/steps/context.hpp"

namespace backstay::runtime {

/// A way to one node.
struct NodeWay {
  std::string host;    ///< of the plan
  plan::Server facts;  ///< the server's, with this node's socket, or address and port
};

/// The ways to a server's nodes, in order of preference: what the policy says of the server first;
/// then its other hosts, by their `address` and the server's port. One without an address is left
/// out.
[[nodiscard]] std::vector<NodeWay> ways_to_nodes(const plan::Server& server,
                                                 const plan::Plan& plan);

/// An open node that may be backed up.
struct ChosenNode {
  MariadbServer server;
  std::string host;                      ///< empty: a server that is no cluster of several hosts
  std::vector<std::string> passed = {};  ///< nodes before it, each with why not
};

/// The first that answers and is synced. A server of one host is opened as it is: its gate stands
/// before the dump. Errors: as MariadbServer::open(); Refused, with why of each node, where none
/// may be backed up.
[[nodiscard]] Result<ChosenNode> choose_node(const plan::Server& server, StepContext& context);

}  // namespace backstay::runtime
