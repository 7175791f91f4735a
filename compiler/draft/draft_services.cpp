// The services of a drafted policy that start from a profile, and the databases that are left.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/draft/draft_parts.hpp"

namespace backstay::compiler {
namespace {

std::string unit_word(const std::string& unit) {
  constexpr std::string_view kSuffix = ".service";
  return unit.ends_with(kSuffix) ? unit.substr(0, unit.size() - kSuffix.size())
                                 : string_literal(unit);
}

std::string database_word(const std::string& name) {
  const bool is_word =
      !name.empty() && name != "all" && name.front() >= 'a' && name.front() <= 'z' &&
      name.back() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  return is_word ? name : string_literal(name);
}

std::string database_words(const std::vector<std::string>& names) {
  std::vector<std::string> words;
  std::transform(names.begin(), names.end(), std::back_inserter(words), database_word);
  return joined(words);
}

std::string state_of(const HostFacts& facts, const std::string& unit) {
  const SeenUnit& seen = facts.units.at(unit);
  const std::string enabled = seen.enabled ? "enabled" : "not enabled";
  return unit_word(unit) + " (" + enabled +
         (seen.active ? (*seen.active ? ", active" : ", not active") : "") + ")";
}

void write_connection(PolicyText& text, const SeenConnection& each) {
  text.describe(fmt::format("{}:{}: {}{}{}{}.", each.file, each.line, each.scheme,
                            !each.socket.empty() ? " by " + each.socket
                            : each.host.empty()  ? ""
                                                 : " at " + each.host,
                            ", database " + each.database,
                            each.has_password ? ", with a password that stays there" : ""));
}

// Why it is here: units and connections, without anything secret.
void write_reasons(PolicyText& text,
                   const HostFacts& facts,
                   const FittingProfile& fit,
                   const ServiceDatabases& databases) {
  std::vector<std::string> seen;
  for (const std::string& unit : fit.units) {
    seen.push_back(state_of(facts, unit));
  }
  if (!seen.empty()) {
    text.describe("Seen: " + joined(seen) + ".");
  } else {
    text.describe("Seen: " + fit.profile->service.paths.front().path.value + ".");
  }
  if (!fit.missing_units.empty()) {
    std::vector<std::string> missing;
    std::transform(fit.missing_units.begin(), fit.missing_units.end(), std::back_inserter(missing),
                   unit_word);
    text.describe("Not installed here, of those that the library names: " + joined(missing) + ".");
  }
  for (const PathFact& path : fit.profile->service.paths) {
    const auto there = facts.paths.find(path.path.value);
    if (there != facts.paths.end() && !there->second.link.empty()) {
      text.describe(
          fmt::format("{} is a symbolic link to {}: a backup keeps the link, so name where it "
                      "leads with a `path` of its own.",
                      path.path.value, there->second.link));
    }
  }
  for (const SeenConnection& each : databases.connections) {
    write_connection(text, each);
  }
}

void write_flags(PolicyText& text, const PathFact& path) {
  text.line("path " + path_literal(path.path.value) + " as " + path.name.value +
            (path.optional ? " optional" : "") + (path.may_change ? " may-change" : "") +
            (path.may_vanish ? " may-vanish" : ""));
}

// What the profile says, written out: it asks for a MariaDB server, and the service has none.
void write_flattened(PolicyText& text, const FittingProfile& fit) {
  const Service& service = fit.profile->service;
  for (const PathFact& path : service.paths) {
    const auto& shared = fit.shared_paths;
    if (std::find(shared.begin(), shared.end(), path.name.value) == shared.end()) {
      write_flags(text, path);
    }
  }
  for (const RuleFact& rule : service.excepts) {
    text.line("except " + rule.pattern.value + " because " +
              string_literal(rule.because ? rule.because->value : "as in the library"));
  }
  for (const SealedByFact& key : service.sealed_by) {
    text.line("sealed-by " + path_literal(key.path.value));
  }
  if (!fit.units.empty()) {
    std::vector<std::string> units;
    std::transform(fit.units.begin(), fit.units.end(), std::back_inserter(units), unit_word);
    text.line("units " + joined(units));
  }
}

void write_elsewhere(PolicyText& text, const DraftParts& parts, const ServiceDatabases& databases) {
  for (const DatabasesElsewhere& other : databases.elsewhere) {
    text.line("database " + database_words(other.names) + " on " +
              parts.databases.servers[other.server].name);
  }
}

void write_own_facts(PolicyText& text, const DraftParts& parts, const ServiceDatabases& databases) {
  const DraftServer& server = parts.databases.servers[*databases.server];
  text.line("set server " + server.name);
  if (!databases.as_in_profile) {
    text.line("set databases " + database_words(databases.names));
  }
  write_elsewhere(text, parts, databases);
}

// The deploy host of Kolla calls its inventory by its kind; empty where it is where the profile
// says.
std::string other_inventory(const HostFacts& facts, const LibraryProfile& profile) {
  for (const char* inventory : {"/etc/kolla/all-in-one", "/etc/kolla/multinode"}) {
    if (profile.library == "openstack.kolla.deploy" && has_path(facts, inventory)) {
      return inventory;
    }
  }
  return "";
}

// Where not all units of the profile are installed, those that are.
void write_units(PolicyText& text, const HostFacts& facts, const FittingProfile& fit) {
  std::vector<std::string> installed;
  const auto& units = fit.profile->service.units;
  for (const auto& unit : units) {
    if (facts.units.contains(unit.value)) {
      installed.push_back(unit_word(unit.value));
    }
  }
  if (!installed.empty() && installed.size() < units.size()) {
    text.line("units " + joined(installed));
  }
}

void write_service(PolicyText& text,
                   const DraftParts& parts,
                   const FittingProfile& fit,
                   const ServiceDatabases& databases) {
  const LibraryProfile& profile = *fit.profile;
  const bool has_databases = !profile.service.databases.empty();
  const bool fits_server = databases.server && parts.databases.servers[*databases.server].kind ==
                                                   SeenServerKind::Mariadb;
  text.blank();
  write_reasons(text, *parts.facts, fit, databases);
  if (has_databases && !databases.server && databases.sqlite_files.empty()) {
    text.describe(
        "WITHOUT ITS DATABASE: none was found, neither a server nor a connection in its "
        "configuration. Until you name it, what is kept here is not enough to restore the "
        "service.");
  }
  if (has_databases && !fits_server) {
    text.describe("As in " + profile.name + ", which asks for a MariaDB server.");
    text.open("service " + fit.service);
    text.line("on " + parts.host);
    write_flattened(text, fit);
    if (databases.server) {
      text.line("database " + database_words(databases.names) + " on " +
                parts.databases.servers[*databases.server].name);
      write_elsewhere(text, parts, databases);
    }
    std::vector<std::string> paths;
    for (const PathFact& path : profile.service.paths) {
      paths.push_back(path.path.value);
    }
    write_sqlite_files(text, databases.sqlite_files, paths);
  } else {
    text.open("service " + fit.service + " from " + profile.name);
    text.line("on " + parts.host);
    if (has_databases) {
      write_own_facts(text, parts, databases);
    }
    if (const std::string inventory = other_inventory(*parts.facts, profile); !inventory.empty()) {
      text.line("set inventory " + inventory);
    }
    write_units(text, *parts.facts, fit);
    for (const std::string& path : fit.shared_paths) {
      text.line("without path " + path);
    }
  }
  text.close();
}

void write_all_of(PolicyText& text, DraftParts& parts, DraftServer& server) {
  const SeenServer& seen = *server.seen;
  std::vector<std::string> left;
  std::copy_if(seen.databases.begin(), seen.databases.end(), std::back_inserter(left),
               [&](const std::string& name) {
                 return std::find(server.owned.begin(), server.owned.end(), name) ==
                        server.owned.end();
               });
  if (seen.reached && left.empty()) {
    return;
  }
  server.used = true;
  const std::string name = server.name + "-rest";
  text.describe(seen.reached
                    ? "Databases that no service above names: " + database_words(left) + "."
                    : "All databases that no service above names.");
  text.open("service " + name);
  text.line("on " + parts.host);
  if (seen.cluster_size > 1) {
    text.line("database " + database_words(left) + " on " + server.name);
  } else {
    text.line("database all on " + server.name);
  }
  text.close();
  text.blank();
  parts.services.push_back(name);
}

void write_unclaimed(PolicyText& text, DraftParts& parts, const UnclaimedDatabases& unclaimed) {
  const std::string& server = parts.databases.servers[unclaimed.server].name;
  const std::string name = server + "-others";
  text.describe(
      "Databases of services that are not above: their configuration is here, and no unit of them "
      "that the library knows. What they hold beside this and /etc is yours to name.");
  for (const SeenConnection& each : unclaimed.connections) {
    write_connection(text, each);
  }
  text.open("service " + name);
  text.line("on " + parts.host);
  text.line("database " + database_words(unclaimed.names) + " on " + server);
  text.close();
  text.blank();
  parts.services.push_back(name);
}

}  // namespace

void write_sqlite_files(PolicyText& text,
                        const std::vector<std::string>& files,
                        const std::vector<std::string>& paths) {
  std::size_t number = 0;
  for (const std::string& file : files) {
    ++number;
    text.line("sqlite " + path_literal(file) + " as database" +
              (number == 1 ? "" : "-" + std::to_string(number)));
    if (std::any_of(paths.begin(), paths.end(),
                    [&](const std::string& path) { return lies_in(file, path); })) {
      for (const char* suffix : {"", "-journal", "-shm", "-wal"}) {
        text.line("except " + path_literal(file + suffix) +
                  " because \"taken by its online backup\"");
      }
    }
  }
}

void write_library_services(PolicyText& text, DraftParts& parts) {
  for (std::size_t at = 0; at < parts.fitting.size(); ++at) {
    const FittingProfile& fit = parts.fitting[at];
    write_service(text, parts, fit, parts.databases.of[at]);
    parts.services.push_back(fit.service);
    for (const PathFact& path : fit.profile->service.paths) {
      parts.kept.push_back(path.path.value);
    }
    if (const auto other = other_inventory(*parts.facts, *fit.profile); !other.empty()) {
      parts.kept.push_back(other);
    }
    for (const SqliteFact& file : fit.profile->service.sqlites) {
      parts.kept.push_back(file.path.value);
    }
  }
}

void write_other_databases(PolicyText& text, DraftParts& parts) {
  text.blank();
  for (DraftServer& server : parts.databases.servers) {
    if (server.seen != nullptr) {
      write_all_of(text, parts, server);
    }
  }
  for (const UnclaimedDatabases& unclaimed : parts.databases.unclaimed) {
    write_unclaimed(text, parts, unclaimed);
  }
}

}  // namespace backstay::compiler
