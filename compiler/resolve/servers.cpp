#include "compiler/resolve/servers.hpp"

#include <array>

#include <fmt/format.h>

#include "compiler/resolve/block_rules.hpp"

namespace backstay::compiler {
namespace {

constexpr std::array<std::string_view, 2> kWays = {"socket", "address"};
constexpr std::array<std::string_view, 2> kSocketOrPort = {"socket", "port"};

void check_reached(Context& context, const Declaration& declaration, const BlockReader& block) {
  at_most_one(context, block, kWays, "a server is reached in one way");
  at_most_one(context, block, kSocketOrPort, "a port belongs to an address, not to a socket");
  if (says_any(block, kWays)) {
    return;
  }
  const bool mariadb = declaration.word() == "mariadb";
  report_missing(context, declaration.span,
                 fmt::format("server `{}` does not say how it is reached", declaration.name),
                 fmt::format("add `socket {}`, or `address` and `port`",
                             mariadb ? "/run/mysqld/mysqld.sock" : "/run/postgresql"));
}

std::vector<Reference> hosts_of(Context& context,
                                const Declaration& declaration,
                                const BlockReader& block) {
  const auto on = block.fact("on");
  if (!on) {
    if (!block.says("on")) {
      report_missing(context, declaration.span,
                     fmt::format("server `{}` does not say where it runs", declaration.name),
                     "add `on HOST`");
    }
    return {};
  }
  std::vector<Reference> hosts = refer_hosts_in_order(context, on->values());
  if (hosts.size() > 1 && !block.says("galera")) {
    report_conflict(context, hosts[1].span, hosts[0].span, "a single server runs on one host",
                    declaration.word() == "mariadb"
                        ? "declare a server for each host, or say `galera` where it is a cluster"
                        : "declare a server for each host");
    hosts.resize(1);
  }
  return hosts;
}

std::optional<Located<DumpMethod>> method_of(Context& context,
                                             const Declaration& declaration,
                                             const BlockReader& block) {
  const auto method = block.literal("method");
  if (!method) {
    return std::nullopt;
  }
  const bool physical = method->value == "physical";
  if (physical && !block.says("datadir")) {
    report_missing(context, method->span,
                   fmt::format("the files of server `{}` are to be copied, and it does not say "
                               "where they lie",
                               declaration.name),
                   "add `datadir PATH`");
  }
  return Located<DumpMethod>{physical ? DumpMethod::Physical : DumpMethod::Dump, method->span};
}

DatabaseServer resolve_server(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  check_reached(context, declaration, block);
  DatabaseServer server{.name = declaration.name, .span = declaration.span};
  server.kind = declaration.word() == "mariadb" ? ServerKind::Mariadb : ServerKind::Postgresql;
  server.hosts = hosts_of(context, declaration, block);
  if (!server.hosts.empty()) {
    server.host = server.hosts.front();
  }
  server.method = method_of(context, declaration, block);
  if (const auto galera = block.fact("galera")) {
    server.galera = galera->span();
  }
  server.socket = block.path("socket");
  server.address = block.text("address");
  server.port = block.number("port", kPorts);
  server.login = block.reference("login", DeclarationKind::Secret);
  server.datadir = block.path("datadir");
  if (const auto units = block.fact("units")) {
    server.units = read_units(units->values());
  }
  return server;
}

}  // namespace

std::vector<DatabaseServer> resolve_servers(Context& context) {
  return resolve_all(context, DeclarationKind::Server, resolve_server);
}

}  // namespace backstay::compiler
