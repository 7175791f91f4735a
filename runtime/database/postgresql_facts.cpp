// Facts as canonical JSON: sorted keys, no blanks.
#include "runtime/database/postgresql_facts.hpp"

#include <nlohmann/json.hpp>

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;  // sorts its keys

ComponentFacts dumped(const Json& json) {
  return {json.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

Json database_json(const PostgresDatabase& database) {
  Json grants = Json::array();
  for (const DatabaseGrant& grant : database.grants) {
    grants.push_back({{"grantable", grant.grantable},
                      {"grantee", grant.grantee},
                      {"privilege", grant.privilege}});
  }
  Json settings = Json::array();
  for (const DatabaseSetting& setting : database.settings) {
    settings.push_back({{"name", setting.name}, {"role", setting.role}, {"value", setting.value}});
  }
  return {{"character-type", database.character_type},
          {"collate", database.collate},
          {"comment", database.comment},
          {"connection-limit", database.connection_limit},
          {"encoding", database.encoding},
          {"grants", std::move(grants)},
          {"locale", database.locale},
          {"locale-provider", database.locale_provider},
          {"name", database.name},
          {"own-grants", database.own_grants},
          {"owner", database.owner},
          {"settings", std::move(settings)}};
}

PostgresDatabase read_database(const Json& json) {
  PostgresDatabase database;
  json.at("character-type").get_to(database.character_type);
  json.at("collate").get_to(database.collate);
  json.at("comment").get_to(database.comment);
  json.at("connection-limit").get_to(database.connection_limit);
  json.at("encoding").get_to(database.encoding);
  json.at("locale").get_to(database.locale);
  json.at("locale-provider").get_to(database.locale_provider);
  json.at("name").get_to(database.name);
  json.at("own-grants").get_to(database.own_grants);
  json.at("owner").get_to(database.owner);
  for (const Json& grant : json.at("grants")) {
    database.grants.push_back({.grantee = grant.at("grantee").get<std::string>(),
                               .privilege = grant.at("privilege").get<std::string>(),
                               .grantable = grant.at("grantable").get<bool>()});
  }
  for (const Json& setting : json.at("settings")) {
    database.settings.push_back({.role = setting.at("role").get<std::string>(),
                                 .name = setting.at("name").get<std::string>(),
                                 .value = setting.at("value").get<std::string>()});
  }
  return database;
}

// What `read` makes of the facts, or the Error of their text.
template <typename Facts, typename Read>
Result<Facts> parsed(const ComponentFacts& facts, Read read) {
  try {
    return Result<Facts>(read(Json::parse(facts.json)));
  } catch (const Json::exception& error) {
    return Error{.kind = ErrorKind::BadInput,
                 .message = std::string("the manifest's facts of a database cannot be read: ") +
                            error.what(),
                 .hint = "run `backstay verify` on the snapshot"};
  }
}

}  // namespace

ComponentFacts to_json(const PostgresFacts& facts) {
  Json rows = Json::object();
  for (const auto& [table, count] : facts.rows)
    rows[table] = count;
  return dumped({{"database", database_json(facts.database)},
                 {"rows", std::move(rows)},
                 {"server", facts.server},
                 {"server-version", facts.server_version},
                 {"started", facts.started},
                 {"stream", facts.stream}});
}

ComponentFacts to_json(const GlobalsFacts& facts) {
  return dumped(
      {{"roles", facts.roles}, {"server", facts.server}, {"server-version", facts.server_version}});
}

Result<PostgresFacts> read_postgres_facts(const ComponentFacts& facts) {
  return parsed<PostgresFacts>(facts, [](const Json& json) {
    PostgresFacts read;
    read.database = read_database(json.at("database"));
    for (const auto& [table, count] : json.at("rows").items())
      read.rows[table] = count.get<std::uint64_t>();
    json.at("server").get_to(read.server);
    json.at("server-version").get_to(read.server_version);
    json.at("started").get_to(read.started);
    json.at("stream").get_to(read.stream);
    return read;
  });
}

Result<GlobalsFacts> read_globals_facts(const ComponentFacts& facts) {
  return parsed<GlobalsFacts>(facts, [](const Json& json) {
    GlobalsFacts read;
    json.at("roles").get_to(read.roles);
    json.at("server").get_to(read.server);
    json.at("server-version").get_to(read.server_version);
    return read;
  });
}

}  // namespace backstay::runtime
