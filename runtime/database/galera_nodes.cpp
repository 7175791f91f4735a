// In order, until one may be backed up: see the header.
#include "runtime/database/galera_nodes.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "runtime/database/galera.hpp"

namespace backstay::runtime {
namespace {

/// Empty: it may be backed up.
std::string why_not(const Result<MariadbServer>& node) {
  if (!node)
    return to_string(node.error());
  const Result<GaleraState> state = galera_state(*node);
  return state ? why_not_synced(*state) : state.error().message;
}

}  // namespace

std::vector<NodeWay> ways_to_nodes(const plan::Server& server, const plan::Plan& plan) {
  std::vector<NodeWay> ways = {
      {.host = server.hosts.empty() ? server.host : server.hosts.front(), .facts = server}};
  for (const std::string& name : server.hosts) {
    const auto host = std::find_if(plan.hosts.begin(), plan.hosts.end(),
                                   [&](const plan::Host& each) { return each.name == name; });
    if (host == plan.hosts.end() || host->address.empty())
      continue;
    const bool first = name == ways.front().host;
    if (first || host->address == server.address) {
      // Said already: by the server's own socket or address.
      ways.front().host = host->address == server.address ? name : ways.front().host;
      continue;
    }
    NodeWay way{.host = name, .facts = server};
    way.facts.socket.clear();
    way.facts.address = host->address;
    ways.push_back(std::move(way));
  }
  return ways;
}

Result<ChosenNode> choose_node(const plan::Server& server, StepContext& context) {
  const ServerCall call = server_call(context, server);
  // Data files are those of this machine.
  if (!server.galera || server.hosts.size() < 2 || server.method == "physical") {
    BACKSTAY_ASSIGN(MariadbServer opened, MariadbServer::open(server, call));
    return ChosenNode{.server = std::move(opened), .host = {}};
  }
  std::vector<std::string> passed;
  for (NodeWay& way : ways_to_nodes(server, context.plan)) {
    Result<MariadbServer> node = MariadbServer::open(way.facts, call);
    const std::string why = why_not(node);
    if (context.stop.stop_requested())
      return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
    if (why.empty())
      return ChosenNode{.server = std::move(node).value(),
                        .host = std::move(way.host),
                        .passed = std::move(passed)};
    passed.push_back(fmt::format("{}: {}", way.host, why));
  }
  return Error{.kind = ErrorKind::Refused,
               .message = fmt::format("no node of server `{}` may be backed up now: {}",
                                      server.name, fmt::join(passed, "; ")),
               .hint =
                   "look at SHOW STATUS LIKE 'wsrep_%' there; other nodes are reached by the "
                   "`address` of their host and the server's port"};
}

}  // namespace backstay::runtime
