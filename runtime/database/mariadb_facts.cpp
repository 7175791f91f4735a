// Facts as canonical JSON: sorted keys, no blanks.
#include "runtime/database/mariadb_facts.hpp"

#include <nlohmann/json.hpp>

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;  // sorts its keys

ComponentFacts dumped(const Json& json) {
  return {json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Json database_json(const DatabaseFacts& database) {
  Json tables = Json::object();
  for (const auto& [name, table] : database.tables) {
    tables[name] = {{"engine", table.engine}, {"rows", table.rows}, {"sequence", table.sequence}};
  }
  return {{"charset", database.charset},
          {"code", database.code},
          {"code-body-at", database.code_body_at},
          {"code-stream", database.code_stream},
          {"code-views-at", database.code_views_at},
          {"collation", database.collation},
          {"invalid-views", database.invalid_views},
          {"longest-statement", database.longest_statement},
          {"more-rows-streams", database.more_rows_streams},
          {"name", database.name},
          {"not-one-instant", database.not_one_instant},
          {"rounded", database.rounded},
          {"rows-stream", database.rows_stream},
          {"tables", std::move(tables)}};
}

DatabaseFacts read_database(const Json& json) {
  DatabaseFacts database;
  json.at("charset").get_to(database.charset);
  json.at("code").get_to(database.code);
  json.at("code-body-at").get_to(database.code_body_at);
  json.at("code-stream").get_to(database.code_stream);
  json.at("code-views-at").get_to(database.code_views_at);
  json.at("collation").get_to(database.collation);
  json.at("invalid-views").get_to(database.invalid_views);
  json.at("longest-statement").get_to(database.longest_statement);
  // Earlier versions wrote one stream a database
  database.more_rows_streams = json.value("more-rows-streams", std::vector<std::string>());
  json.at("name").get_to(database.name);
  json.at("not-one-instant").get_to(database.not_one_instant);
  json.at("rounded").get_to(database.rounded);
  json.at("rows-stream").get_to(database.rows_stream);
  for (const auto& [name, table] : json.at("tables").items()) {
    database.tables[name] = {table.at("engine").get<std::string>(),
                             table.at("rows").get<std::uint64_t>(),
                             table.at("sequence").get<bool>()};
  }
  return database;
}

Error unreadable(const Json::exception& error) {
  return {
      .kind = ErrorKind::BadInput,
      .message = std::string("the manifest's facts of a database cannot be read: ") + error.what(),
      .hint = "run `backstay verify` on the snapshot"};
}

}  // namespace

std::vector<std::string> rows_streams(const DatabaseFacts& database) {
  std::vector<std::string> streams = {database.rows_stream};
  streams.insert(streams.end(), database.more_rows_streams.begin(),
                 database.more_rows_streams.end());
  return streams;
}

ComponentFacts to_json(const MariadbFacts& facts) {
  Json databases = Json::array();
  for (const DatabaseFacts& database : facts.databases)
    databases.push_back(database_json(database));
  Json json = {{"databases", std::move(databases)},
               {"gtid", facts.gtid},
               {"held-ms", facts.held_ms},
               {"instant", facts.instant},
               {"log-file", facts.log_file},
               {"log-position", facts.log_position},
               {"processes", facts.processes},
               {"server", facts.server},
               {"server-version", facts.server_version},
               {"started", facts.started},
               {"tool-version", facts.tool_version},
               {"way", facts.way}};
  if (!facts.node.empty())
    json["node"] = facts.node;
  return dumped(json);
}

ComponentFacts to_json(const AccountsFacts& facts) {
  return dumped({{"accounts", facts.accounts},
                 {"objects-at", facts.objects_at},
                 {"roles", facts.roles},
                 {"server", facts.server},
                 {"server-version", facts.server_version}});
}

Result<MariadbFacts> read_mariadb_facts(const ComponentFacts& facts) {
  try {
    const Json json = Json::parse(facts.json);
    MariadbFacts read;
    json.at("gtid").get_to(read.gtid);
    json.at("instant").get_to(read.instant);
    json.at("log-file").get_to(read.log_file);
    json.at("log-position").get_to(read.log_position);
    json.at("server").get_to(read.server);
    json.at("server-version").get_to(read.server_version);
    json.at("started").get_to(read.started);
    json.at("tool-version").get_to(read.tool_version);
    read.node = json.value("node", std::string());
    read.way = json.value("way", std::string("one-stream"));
    read.held_ms = json.value("held-ms", std::uint64_t{0});
    read.processes = json.value("processes", std::uint64_t{1});
    for (const Json& each : json.at("databases"))
      read.databases.push_back(read_database(each));
    return read;
  } catch (const Json::exception& error) {
    return unreadable(error);
  }
}

Result<AccountsFacts> read_accounts_facts(const ComponentFacts& facts) {
  try {
    const Json json = Json::parse(facts.json);
    AccountsFacts read;
    json.at("accounts").get_to(read.accounts);
    json.at("objects-at").get_to(read.objects_at);
    json.at("roles").get_to(read.roles);
    json.at("server").get_to(read.server);
    json.at("server-version").get_to(read.server_version);
    return read;
  } catch (const Json::exception& error) {
    return unreadable(error);
  }
}

}  // namespace backstay::runtime
