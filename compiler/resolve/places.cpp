#include "compiler/resolve/places.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <unordered_map>

#include <fmt/format.h>

#include "compiler/resolve/block_rules.hpp"
#include "lang/base/secret_text.hpp"
#include "lang/syntax/literals.hpp"

namespace backstay::compiler {
namespace {

using lang::DiagnosticKind;

Site resolve_site(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  return {.name = declaration.name,
          .span = declaration.span,
          .part_of = block.reference("part-of", DeclarationKind::Site)};
}

// walk  ends with the site that lies in `first`, which stands in it, too.
void report_site_cycle(Context& context,
                       const std::vector<Site>& sites,
                       const std::vector<Index>& walk,
                       Index first) {
  const Site& last = sites[walk.back()];
  lang::Diagnostic finding{.kind = DiagnosticKind::ConflictingFacts,
                           .primary = last.part_of->span,
                           .message = fmt::format("site `{}` lies in itself", last.name)};
  std::string way = last.name;
  for (auto at = std::find(walk.begin(), walk.end(), first); at != walk.end(); ++at) {
    way += " → " + sites[*at].name;
    if (*at != walk.back()) {
      finding.labels.push_back({sites[*at].part_of->span, "by way of this one"});
    }
  }
  finding.witness.push_back(way);
  finding.help = "let the outermost site be part of none";
  context.diagnostics.add(std::move(finding));
}

// Walks up from every site, by name; the link that closes a circle is taken out.
void cut_cycles(Context& context, std::vector<Site>& sites) {
  std::vector<Index> walk_of(sites.size(), sites.size());  // the walk that a site was met in
  for (Index number = 0; number < sites.size(); ++number) {
    std::vector<Index> walk;
    for (std::optional<Index> at = number; at && walk_of[*at] >= number;) {
      if (walk_of[*at] == number) {
        report_site_cycle(context, sites, walk, *at);
        sites[walk.back()].part_of.reset();
        break;
      }
      walk_of[*at] = number;
      walk.push_back(*at);
      const auto& above = sites[*at].part_of;
      at = above ? std::optional(above->value) : std::nullopt;
    }
  }
}

// A name or an address of IP, as `ssh` takes it: no URL, no path, no account, no option.
bool is_machine(std::string_view text) {
  constexpr std::string_view kOthers = ".-_:%[]";
  return !text.empty() && text.front() != '-' &&
         std::all_of(text.begin(), text.end(), [&](char byte) {
           return std::isalnum(static_cast<unsigned char>(byte)) != 0 ||
                  kOthers.find(byte) != std::string_view::npos;
         });
}

void check_address_text(Context& context, const Host& host) {
  // A password in it has a finding of its own, which does not repeat it.
  if (!host.address || is_machine(host.address->value) ||
      lang::find_secret_in_address(host.address->value)) {
    return;
  }
  context.diagnostics.add(
      {.kind = DiagnosticKind::WrongType,
       .primary = host.address->span,
       .message =
           fmt::format("`{}` is neither a host's name nor an IP address", host.address->value),
       .help = "write `address \"10.0.0.11\"`; `user` and `port` stand beside it"});
}

// An address is one machine's: that of a list would send all its hosts to the same.
void check_address(Context& context, const Declaration& declaration, const Host& host) {
  const auto names = declaration.file->tree.arguments_of(*declaration.fact);
  if (!host.address || names.empty() || names[0].kind != lang::ast::ArgumentKind::HostList) {
    return;
  }
  if (lang::expand_host_list(names[0].text).hosts.size() > 1) {
    report_conflict(
        context, host.address->span, declaration.span, "several hosts cannot have one address",
        "declare a host with an address of its own by `host`; the others are reached by "
        "their names");
  }
}

Host resolve_host(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  Host host{.name = declaration.name,
            .span = declaration.span,
            .site = block.reference("at", DeclarationKind::Site),
            .address = block.text("address"),
            .user = block.text("user"),
            .port = block.number("port", kPorts)};
  check_address(context, declaration, host);
  check_address_text(context, host);
  return host;
}

Group resolve_group(Context& context, const Declaration& declaration) {
  const BlockReader block(context, declaration);
  Group group{.name = declaration.name, .span = declaration.span};
  if (const Declaration* host = context.symbols.find(DeclarationKind::Host, declaration.name)) {
    context.diagnostics.add({.kind = DiagnosticKind::DuplicateDeclaration,
                             .primary = declaration.span,
                             .message = fmt::format("`{}` is a host and a group", declaration.name),
                             .labels = {{host->span, "the host"}},
                             .help = "give one of them another name: `on` takes both"});
  }
  if (const auto members = block.fact("members")) {
    group.members = refer_members(context, members->values());
  } else if (!block.says("members")) {
    report_missing(context, declaration.span,
                   fmt::format("group `{}` has no members", declaration.name),
                   "add `members HOST, …`");
  }
  return group;
}

}  // namespace

std::vector<Site> resolve_sites(Context& context) {
  std::vector<Site> sites = resolve_all(context, DeclarationKind::Site, resolve_site);
  cut_cycles(context, sites);
  return sites;
}

std::vector<Host> resolve_hosts(Context& context) {
  const auto& declarations = context.symbols.all(DeclarationKind::Host);
  std::vector<Host> hosts;
  hosts.reserve(declarations.size());
  std::unordered_map<const lang::ast::Fact*, std::size_t> first_of;  // hosts of one list are alike
  for (const Declaration* declaration : declarations) {
    const auto [first, fresh] = first_of.emplace(declaration->fact, hosts.size());
    if (fresh) {
      hosts.push_back(resolve_host(context, *declaration));
    } else {
      Host alike = hosts[first->second];
      alike.name = declaration->name;
      hosts.push_back(std::move(alike));
    }
  }
  return hosts;
}

void resolve_groups(Context& context) {
  context.groups = resolve_all(context, DeclarationKind::Group, resolve_group);
}

}  // namespace backstay::compiler
