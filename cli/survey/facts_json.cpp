// What was seen of a host, for machines.
#include <nlohmann/json.hpp>

#include "cli/render/json_text.hpp"
#include "cli/survey/survey.hpp"

namespace backstay::cli {
namespace {

using nlohmann::ordered_json;

ordered_json servers_json(const compiler::HostFacts& facts) {
  ordered_json all = ordered_json::array();
  for (const compiler::SeenServer& server : facts.servers) {
    all.push_back(
        {{"kind", server.kind == compiler::SeenServerKind::Mariadb ? "mariadb" : "postgresql"},
         {"socket", server.socket},
         {"port", server.port},
         {"reached", server.reached},
         {"problem", server.problem},
         {"version", server.version},
         {"datadir", server.datadir},
         {"cluster_size", server.cluster_size},
         {"databases", server.databases}});
  }
  return all;
}

ordered_json connections_json(const compiler::HostFacts& facts) {
  ordered_json all = ordered_json::array();
  for (const compiler::SeenConnection& each : facts.connections) {
    all.push_back({{"file", each.file},
                   {"line", each.line},
                   {"section", each.section},
                   {"scheme", each.scheme},
                   {"host", each.host},
                   {"port", each.port},
                   {"socket", each.socket},
                   {"database", each.database},
                   {"has_password", each.has_password}});
  }
  return all;
}

}  // namespace

std::string facts_as_json(const compiler::HostFacts& facts) {
  ordered_json paths = ordered_json::object();
  for (const auto& [path, seen] : facts.paths) {
    paths[path] = {{"directory", seen.directory}, {"link", seen.link}};
  }
  ordered_json units = ordered_json::object();
  for (const auto& [name, seen] : facts.units) {
    units[name] = {{"enabled", seen.enabled},
                   {"active", seen.active ? ordered_json(*seen.active) : ordered_json(nullptr)}};
  }
  const ordered_json document = {{"schema_version", 1},
                                 {"host", facts.host},
                                 {"root", facts.root},
                                 {"os_id", facts.os_id},
                                 {"os_like", facts.os_like},
                                 {"zone", facts.zone},
                                 {"paths", paths},
                                 {"units", units},
                                 {"connections", connections_json(facts)},
                                 {"servers", servers_json(facts)},
                                 {"sqlite_files", facts.sqlite_files},
                                 {"state_directories", facts.state_directories},
                                 {"not_seen", facts.not_seen}};
  return json_document(document);
}

}  // namespace backstay::cli
