#include "compiler/resolve/resolve.hpp"

#include <string_view>
#include <utility>

#include "compiler/resolve/backups.hpp"
#include "compiler/resolve/components.hpp"
#include "compiler/resolve/context.hpp"
#include "compiler/resolve/decisions.hpp"
#include "compiler/resolve/declarations.hpp"
#include "compiler/resolve/drills.hpp"
#include "compiler/resolve/inventory.hpp"
#include "compiler/resolve/notifies.hpp"
#include "compiler/resolve/parameters.hpp"
#include "compiler/resolve/places.hpp"
#include "compiler/resolve/requirements.hpp"
#include "compiler/resolve/secrets.hpp"
#include "compiler/resolve/servers.hpp"
#include "compiler/resolve/services.hpp"
#include "compiler/resolve/targets.hpp"
#include "compiler/resolve/times.hpp"
#include "compiler/resolve/unreferenced.hpp"

namespace backstay::compiler {
namespace {

namespace ast = lang::ast;

// First argument of a declaration of the entry file: `policy NAME`, `zone ZONE`.
std::optional<Located<std::string>> head_value(const LoadedFile& entry, std::string_view word) {
  for (const ast::Fact& fact : entry.tree.facts) {
    if (fact.word.text == word && fact.argument_count > 0) {
      const ast::Argument& argument = entry.tree.arguments[fact.first_argument];
      return Located<std::string>{std::string(argument.text), argument.span};
    }
  }
  return std::nullopt;
}

}  // namespace

Policy resolve(const Loaded& loaded,
               const std::map<std::string, std::string>& parameters,
               lang::SourceSet& sources,
               lang::Diagnostics& diagnostics) {
  Context context{.loaded = loaded, .sources = sources, .diagnostics = diagnostics};
  const LoadedFile& entry = loaded.files.front();
  Policy policy;

  // 1. Every name, then the values of the policy's own parameters.
  declare_policy_parameters(context, entry);
  collect_declarations(context);
  give_policy_parameters(context, parameters);
  if (const auto name = head_value(entry, "policy")) {
    policy.name = name->value;
    policy.span = name->span;
  }
  policy.zone = head_value(entry, "zone");
  policy.inventory = resolve_inventory(context, entry);

  // 2. What others refer to.
  policy.sites = resolve_sites(context);
  policy.hosts = resolve_hosts(context);
  resolve_groups(context);
  policy.secrets = resolve_secrets(context);
  policy.keys = resolve_keys(context);
  policy.servers = resolve_servers(context);
  policy.targets = resolve_targets(context, policy.hosts);
  policy.retentions = resolve_retentions(context);
  policy.schedules = resolve_schedules(context);

  policy.notifies = resolve_notifies(context);

  // 3. Services with their profiles, the backups that cover them, the drills that restore them, and
  // what is promised.
  policy.services = resolve_services(context);
  for (const Service& service : policy.services) {
    check_component_names(service, policy.servers, diagnostics);
  }
  policy.backups = resolve_backups(context, policy.services);
  policy.drills = resolve_drills(context, policy.services);
  policy.requirements = resolve_requirements(context, policy.services);

  // 4. What people decided, and what nothing uses.
  policy.moved = resolve_moves(context);
  policy.allows = resolve_allows(context);
  policy.parameters = parameter_values(context.policy_scope);
  policy.unreferenced = find_unreferenced(context);
  policy.groups = std::move(context.groups);
  return policy;
}

}  // namespace backstay::compiler
