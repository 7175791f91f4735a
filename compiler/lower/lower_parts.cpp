// Hosts, servers, targets, schedules and retentions: what they say, in the plan's words.
#include "compiler/lower/lower_parts.hpp"

#include <optional>
#include <set>

#include "lang/base/units.hpp"

namespace backstay::compiler {
namespace {

std::string_view word_of(TargetKind kind) {
  switch (kind) {
    case TargetKind::Directory:
      return "directory";
    case TargetKind::Rsync:
      return "rsync";
    case TargetKind::Rclone:
      return "rclone";
    case TargetKind::Restic:
      return "restic";
  }
  return {};
}

// The host may delete unless it is said otherwise.
std::string_view word_of(Deleter deleter) {
  switch (deleter) {
    case Deleter::Host:
      return "";
    case Deleter::Admin:
      return "admin";
    case Deleter::Nobody:
      return "nobody";
  }
  return {};
}

// A directory stands where its host does, unless it says otherwise.
std::string site_of(const Policy& policy, const Target& target) {
  if (target.site || !target.host) {
    return name_of(policy.sites, target.site);
  }
  return name_of(policy.sites, policy.hosts[target.host->value].site);
}

// What backups and drills name, each once and in the order of the policy. An imported set may hold
// more to choose from, which is no part of the plan.
struct Uses {
  std::set<Index> schedules;
  std::set<Index> retentions;
};

void use(std::set<Index>& uses, const std::optional<Reference>& reference) {
  if (reference) {
    uses.insert(reference->value);
  }
}

Uses uses_in(const Policy& policy) {
  Uses uses;
  for (const Backup& backup : policy.backups) {
    use(uses.schedules, backup.schedule);
    use(uses.retentions, backup.retention);
    for (const CopyFact& copy : backup.copies) {
      use(uses.schedules, copy.schedule);
      use(uses.retentions, copy.retention);
    }
  }
  for (const Drill& drill : policy.drills) {
    use(uses.schedules, drill.schedule);
  }
  return uses;
}

}  // namespace

std::vector<std::string> values_of(const std::vector<Located<std::string>>& located) {
  std::vector<std::string> texts;
  texts.reserve(located.size());
  for (const Located<std::string>& text : located) {
    texts.push_back(text.value);
  }
  return texts;
}

std::vector<plan::Host> lower_hosts(const Policy& policy) {
  std::vector<plan::Host> hosts;
  for (const Host& host : policy.hosts) {
    hosts.push_back({.name = host.name,
                     .site = name_of(policy.sites, host.site),
                     .address = value_of(host.address),
                     .user = value_of(host.user),
                     .port = value_of(host.port)});
  }
  return hosts;
}

std::vector<plan::Server> lower_servers(const Policy& policy) {
  std::vector<plan::Server> servers;
  for (const DatabaseServer& server : policy.servers) {
    const Secret* login = server.login ? &policy.secrets[server.login->value] : nullptr;
    plan::Server lowered{.name = server.name,
                         .kind = server.kind == ServerKind::Mariadb ? "mariadb" : "postgresql",
                         .host = name_of(policy.hosts, server.host),
                         .socket = value_of(server.socket),
                         .address = value_of(server.address),
                         .port = value_of(server.port),
                         .login_file = login != nullptr ? value_of(login->file) : "",
                         .datadir = value_of(server.datadir),
                         .units = values_of(server.units)};
    lowered.galera = server.galera.has_value();
    if (server.method && server.method->value == DumpMethod::Physical) {
      lowered.method = "physical";
    }
    if (server.hosts.size() > 1) {
      for (const Reference& host : server.hosts) {
        lowered.hosts.push_back(policy.hosts[host.value].name);
      }
    }
    if (login != nullptr && !login->file) {
      lowered.login = login->name;
    }
    servers.push_back(std::move(lowered));
  }
  return servers;
}

std::vector<plan::Target> lower_targets(const Policy& policy) {
  std::vector<plan::Target> targets;
  for (const Target& target : policy.targets) {
    plan::Target lowered{.name = target.name,
                         .kind = std::string(word_of(target.kind)),
                         .path = value_of(target.directory),
                         .host = name_of(policy.hosts, target.host),
                         .media = value_of(target.media),
                         .site = site_of(policy, target)};
    lowered.remote = value_of(target.remote);
    lowered.login = name_of(policy.secrets, target.login);
    lowered.seal = name_of(policy.keys, target.seal);
    lowered.needs = names_of(policy.services, target.needs);
    lowered.locked = canonical(target.locked);
    lowered.capacity = canonical(target.capacity);
    if (target.deletable_by) {
      lowered.deletable_by = word_of(target.deletable_by->value);
    }
    if (target.bandwidth) {
      lowered.bandwidth = canonical(target.bandwidth) + "/s";
    }
    targets.push_back(std::move(lowered));
  }
  return targets;
}

std::vector<plan::Schedule> lower_schedules(const Policy& policy) {
  const Uses uses = uses_in(policy);
  std::vector<plan::Schedule> schedules;
  for (const Index index : uses.schedules) {
    const Schedule& schedule = policy.schedules[index];
    schedules.push_back({.name = schedule.name,
                         .rule = schedule.rule.value,
                         .window = canonical(schedule.window),
                         .jitter = canonical(schedule.jitter)});
  }
  return schedules;
}

plan::Retention lower_retention(const Retention& from) {
  plan::Retention retention{.name = from.name,
                            .last = value_of(from.last),
                            .hourly = value_of(from.hourly),
                            .daily = value_of(from.daily),
                            .weekly = value_of(from.weekly),
                            .monthly = value_of(from.monthly),
                            .quarterly = value_of(from.quarterly),
                            .yearly = value_of(from.yearly),
                            .all_for = canonical(from.all_for)};
  if (from.at_least) {
    retention.at_least = from.at_least->value;
  }
  return retention;
}

std::vector<plan::Retention> lower_retentions(const Policy& policy) {
  const Uses uses = uses_in(policy);
  std::vector<plan::Retention> retentions;
  retentions.reserve(uses.retentions.size());
  for (const Index index : uses.retentions) {
    retentions.push_back(lower_retention(policy.retentions[index]));
  }
  return retentions;
}

}  // namespace backstay::compiler
