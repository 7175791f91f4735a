#include "compiler/resolve/places.hpp"

#include <array>

#include <fmt/format.h>

#include "compiler/resolve/block_reader.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;

void report_conflict(
    Context& context, const Span& one, const Span& other, std::string message, std::string help) {
  context.diagnostics.add({.kind = DiagnosticKind::ConflictingFacts,
                           .primary = one,
                           .message = std::move(message),
                           .labels = {{other, "and here"}},
                           .help = std::move(help)});
}

// The facts of `words` that stand in a block: at most one of them may.
template <std::size_t Count>
void at_most_one(Context& context,
                 const BlockReader& block,
                 const std::array<std::string_view, Count>& words,
                 const std::string& message) {
  std::optional<Span> first;
  for (const std::string_view word : words) {
    if (const auto fact = block.fact(word)) {
      if (first) {
        report_conflict(context, fact->span(), *first, message, "keep one of them");
      }
      first = first.value_or(fact->span());
    }
  }
}

template <std::size_t Count>
bool says_any(const BlockReader& block, const std::array<std::string_view, Count>& words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return block.says(word); });
}

Site resolve_site(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  return {.name = declaration.name,
          .span = declaration.span,
          .part_of = block.reference("part-of", DeclarationKind::Site)};
}

Host resolve_host(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  return {.name = declaration.name,
          .span = declaration.span,
          .site = block.reference("at", DeclarationKind::Site),
          .address = block.text("address")};
}

Secret resolve_secret(Context& context, const Declaration& declaration) {
  constexpr std::array<std::string_view, 3> kSources = {"file", "credential", "command"};
  const BlockReader block(context, declaration);
  at_most_one(context, block, kSources, "a secret is found in one place");
  if (!says_any(block, kSources)) {
    report_missing(context, declaration.span,
                   fmt::format("secret `{}` does not say where it is found", declaration.name),
                   "add `file /etc/backstay/…`");
  }
  if (const auto escrow = block.fact("escrow"); escrow && escrow->values().size() > 1) {
    static_cast<void>(refer_index(context, DeclarationKind::Site, escrow->values()[1]));
  }
  return {.name = declaration.name, .span = declaration.span, .file = block.path("file")};
}

std::optional<Reference> host_of_server(Context& context, const BlockReader& block) {
  const auto on = block.fact("on");
  if (!on) {
    return std::nullopt;
  }
  const std::vector<Reference> hosts = refer_hosts(context, on->values());
  if (hosts.size() > 1) {
    report_conflict(context, hosts[1].span, hosts[0].span, "a single server runs on one host",
                    "declare a server for each host");
  }
  return hosts.empty() ? std::nullopt : std::optional(hosts.front());
}

void check_server(Context& context, const Declaration& declaration, const BlockReader& block) {
  at_most_one(context, block, std::array<std::string_view, 2>{"socket", "address"},
              "a server is reached in one way");
  at_most_one(context, block, std::array<std::string_view, 2>{"socket", "port"},
              "a port belongs to an address, not to a socket");
  if (!block.says("on")) {
    report_missing(context, declaration.span,
                   fmt::format("server `{}` does not say where it runs", declaration.name),
                   "add `on HOST`");
  }
  if (!block.says("socket") && !block.says("address")) {
    report_missing(context, declaration.span,
                   fmt::format("server `{}` does not say how it is reached", declaration.name),
                   "add `socket /run/mysqld/mysqld.sock`, or `address` and `port`");
  }
}

DatabaseServer resolve_mariadb(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  check_server(context, declaration, block);
  DatabaseServer server{.name = declaration.name, .span = declaration.span};
  server.host = host_of_server(context, block);
  server.socket = block.path("socket");
  server.address = block.text("address");
  server.port = block.count("port");
  server.login = block.reference("login", DeclarationKind::Secret);
  server.datadir = block.path("datadir");
  if (const auto units = block.fact("units")) {
    server.units = read_units(units->values());
  }
  return server;
}

Target resolve_target(Context& context, const Declaration& declaration) {
  constexpr std::array<std::string_view, 4> kKinds = {"directory", "rsync", "rclone", "restic"};
  const BlockReader block(context, declaration);
  at_most_one(context, block, kKinds, "a target is one place");
  if (!says_any(block, kKinds)) {
    report_missing(context, declaration.span,
                   fmt::format("target `{}` does not say where it is", declaration.name),
                   "add `directory /var/backups/backstay on HOST`");
  }
  Target target{.name = declaration.name, .span = declaration.span};
  target.directory = block.path("directory");
  if (const auto directory = block.fact("directory")) {
    if (const auto host = directory->first("on")) {
      target.host = refer_index(context, DeclarationKind::Host, *host);
    }
  }
  target.site = block.reference("at", DeclarationKind::Site);
  target.media = block.literal("media");
  return target;
}

template <typename Item>
std::vector<Item> resolve_all(Context& context,
                              DeclarationKind kind,
                              Item (*resolve_one)(Context&, const Declaration&)) {
  std::vector<Item> items;
  items.reserve(context.symbols.all(kind).size());
  for (const Declaration* declaration : context.symbols.all(kind)) {
    items.push_back(resolve_one(context, *declaration));
  }
  return items;
}

}  // namespace

std::vector<Site> resolve_sites(Context& context) {
  return resolve_all(context, DeclarationKind::Site, resolve_site);
}

std::vector<Host> resolve_hosts(Context& context) {
  return resolve_all(context, DeclarationKind::Host, resolve_host);
}

std::vector<Secret> resolve_secrets(Context& context) {
  return resolve_all(context, DeclarationKind::Secret, resolve_secret);
}

std::vector<DatabaseServer> resolve_servers(Context& context) {
  return resolve_all(context, DeclarationKind::Mariadb, resolve_mariadb);
}

std::vector<Target> resolve_targets(Context& context) {
  return resolve_all(context, DeclarationKind::Target, resolve_target);
}

}  // namespace backstay::compiler
