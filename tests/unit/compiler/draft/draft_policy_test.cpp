// What `init` writes for hosts of several kinds: each text stands in tests/golden/draft and
// compiles without a finding. UPDATE_GOLDEN=1 writes them.
#include "compiler/draft/draft_policy.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "compiler/draft/policy_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler {
namespace {

const std::vector<LibraryProfile>& library() {
  static const std::vector<LibraryProfile> all = library_profiles();
  return all;
}

const LibraryProfile& profile(const std::string& name) {
  for (const LibraryProfile& each : library()) {
    if (each.name == name) {
      return each;
    }
  }
  FAIL("there is no profile " << name);
  return library().front();
}

HostFacts host(const std::string& name) {
  HostFacts facts;
  facts.host = name;
  facts.os_id = "debian";
  facts.paths["/etc"] = {.directory = true};
  return facts;
}

// A host that has all that a profile needs, with its units enabled.
void add(HostFacts& facts, const std::string& name) {
  const Service& service = profile(name).service;
  for (const PathFact& path : service.paths) {
    if (!path.optional) {
      facts.paths[path.path.value] = {.directory = true};
    }
  }
  for (const SqliteFact& file : service.sqlites) {
    facts.paths[file.path.value] = {};
  }
  for (const auto& unit : service.units) {
    facts.units[unit.value] = {.enabled = true, .active = true};
  }
}

SeenServer mariadb(std::vector<std::string> databases) {
  return {.kind = SeenServerKind::Mariadb,
          .socket = "/run/mysqld/mysqld.sock",
          .reached = true,
          .version = "10.11.6-MariaDB",
          .datadir = "/var/lib/mysql",
          .databases = std::move(databases)};
}

void connect(HostFacts& facts,
             const std::string& file,
             const std::string& url_host,
             const std::string& database,
             const std::string& scheme = "mysql+pymysql") {
  facts.connections.push_back({.file = file,
                               .line = 3,
                               .section = "database",
                               .scheme = scheme,
                               .host = url_host,
                               .database = database,
                               .has_password = scheme != "sqlite"});
}

void require_sound(const std::string& text) {
  const auto compiled = testing::compile_text(text);
  INFO(text);
  INFO(compiled.report());
  REQUIRE(compiled.diagnostics.all().empty());
  REQUIRE(compiled.plan);
  CHECK(formatted_policy(text) == text);
}

// The draft is what its golden file holds, and is sound.
std::string require_golden(const std::string& name,
                           const HostFacts& facts,
                           bool openstack = false) {
  const std::string text = draft_policy(facts, library(), openstack).text;
  require_sound(text);
  const std::string file =
      std::string(BACKSTAY_SOURCE_DIR) + "/tests/golden/draft/" + name + ".stay";
  const char* update = std::getenv("UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(file) << text;
  }
  std::ostringstream expected;
  expected << std::ifstream(file).rdbuf();
  CHECK(text == expected.str());
  return text;
}

}  // namespace

TEST_CASE("a host with nothing that is known keeps /etc") {
  HostFacts facts = host("Box.example");
  facts.paths["/usr/bin/dpkg-query"] = {};
  facts.paths["/var/lib/dpkg/status"] = {};
  facts.paths["/srv"] = {.directory = true};
  facts.not_seen = {"no systemd unit is installed: services are told by their units"};
  require_golden("empty-host", facts);
}

TEST_CASE("a controller with its databases on one server, and what else the server holds") {
  HostFacts facts = host("ctl01");
  facts.zone = "Europe/Berlin";
  for (const char* name : {"openstack.keystone", "openstack.glance", "openstack.nova",
                           "openstack.placement", "openstack.mariadb"}) {
    add(facts, name);
  }
  facts.units.erase("nova-novncproxy.service");
  facts.units["keystone.service"].active = false;
  facts.servers.push_back(mariadb(
      {"glance", "keystone", "nova", "nova_api", "nova_cell0", "nova_cell2", "placement", "wiki"}));
  connect(facts, "/etc/nova/nova.conf", "10.0.0.5", "nova");
  connect(facts, "/etc/keystone/keystone.conf", "ctl01", "keystone");
  const std::string text = require_golden("controller", facts);
  CHECK(text.find("except /var/lib/nova/instances") == std::string::npos);  // the profile's
  CHECK(text.find("set databases nova, nova_api, nova_cell0, nova_cell2") != std::string::npos);
  CHECK(text.find("database all on control-db") != std::string::npos);
}

TEST_CASE("a controller of Kolla with Podman has its databases elsewhere") {
  HostFacts facts = host("kolla1");
  for (const char* name : {"openstack.kolla.keystone.podman", "openstack.kolla.deploy",
                           "openstack.kolla.haproxy.keepalived", "openstack.kolla.nova.podman"}) {
    add(facts, name);
  }
  facts.paths["/etc/kolla/multinode"] = {};
  connect(facts, "/etc/kolla/keystone/keystone.conf", "10.0.0.11", "keystone");
  const std::string text = require_golden("kolla-podman", facts, true);
  CHECK(text.find("address \"10.0.0.11\"") != std::string::npos);
  CHECK(text.find("from openstack.kolla.keystone.podman") != std::string::npos);
}

TEST_CASE("services on SQLite, on PostgreSQL and without a known database are written out") {
  HostFacts facts = host("small");
  for (const char* name : {"openstack.keystone", "openstack.glance", "openstack.heat"}) {
    add(facts, name);
  }
  facts.paths["/var/lib/glance"] = {.directory = true, .link = "/srv/glance"};
  connect(facts, "/etc/keystone/keystone.conf", "", "/var/lib/keystone/keystone.db", "sqlite");
  connect(facts, "/etc/glance/glance-api.conf", "localhost", "glance", "postgresql");
  facts.units["grafana-server.service"] = {.enabled = true};
  facts.sqlite_files = {"/var/lib/grafana/grafana.db", "/var/lib/odd/with blank.sqlite"};
  facts.state_directories = {"/var/lib/grafana", "/var/lib/odd"};
  const std::string text = require_golden("other-databases", facts);
  CHECK(text.find("WITHOUT ITS DATABASE") != std::string::npos);
  CHECK(text.find("symbolic link to /srv/glance") != std::string::npos);
}

TEST_CASE(
    "every profile of the library is found where it is installed, alone and without a finding") {
  std::size_t found = 0;
  for (const LibraryProfile& each : library()) {
    HostFacts facts = host("alone");
    add(facts, each.name);
    if (each.needs_server) {
      std::vector<std::string> names;
      for (const DatabaseFact& database : each.service.databases) {
        names.push_back(database.name.value);
      }
      std::sort(names.begin(), names.end());
      facts.servers.push_back(mariadb(names));
    }
    const Draft draft = draft_policy(facts, library(), false);
    INFO(each.name);
    require_sound(draft.text);
    UNSCOPED_INFO(
        (draft.text.find(" from " + each.name + " {") == std::string::npos ? each.name : ""));
    found += draft.text.find(" from " + each.name + " {") != std::string::npos ? 1 : 0;
  }
  // Not found by itself: what another profile of the same paths and units stands for.
  CHECK(found + 25 > library().size());
  CHECK(library().size() > 100);
}

TEST_CASE("everything that fits on one host at once is drafted without a finding") {
  HostFacts facts = host("everything");
  for (const LibraryProfile& each : library()) {
    add(facts, each.name);
  }
  facts.servers.push_back(mariadb({"keystone", "nova"}));
  facts.servers.push_back({.kind = SeenServerKind::Mariadb,
                           .socket = "/run/other.sock",
                           .problem = "access denied",
                           .refused = true});
  facts.servers.push_back({.kind = SeenServerKind::Postgresql,
                           .socket = "/run/postgresql",
                           .port = 5433,
                           .reached = true,
                           .version = "15.3",
                           .databases = {"shop"}});
  const Draft draft = draft_policy(facts, library(), false);
  CHECK(draft.openstack.size() > 15);
  require_sound(draft.text);
}

TEST_CASE("names from outside cannot leave their comment or their quotes") {
  HostFacts facts = host("a\nb");
  facts.not_seen = {"x\n}\nhook \x1b[31m"};
  facts.units["odd.service"] = {.enabled = true};
  facts.sqlite_files = {"/var/lib/odd/a\"b*c\\d.db"};
  facts.state_directories = {"/var/lib/odd"};
  facts.zone = "x\nhost evil";
  const std::string text = draft_policy(facts, library(), false).text;
  require_sound(text);
  CHECK(text.find("\nhook") == std::string::npos);
  CHECK(text.find("\nhost evil") == std::string::npos);
}

TEST_CASE("a service whose databases are on two servers, one of them by a socket") {
  HostFacts facts = host("ctl01");
  add(facts, "openstack.nova");
  facts.connections.push_back({.file = "/etc/nova/nova.conf",
                               .line = 2,
                               .section = "api_database",
                               .scheme = "mysql+pymysql",
                               .host = "10.0.0.5",
                               .database = "nova_api"});
  facts.connections.push_back({.file = "/etc/nova/nova.conf",
                               .line = 4,
                               .section = "database",
                               .scheme = "mysql+pymysql",
                               .host = "",
                               .database = "nova",
                               .socket = "/run/db/cell1.sock"});
  const std::string text = draft_policy(facts, library(), false).text;
  require_sound(text);
  INFO(text);
  CHECK(text.find("set databases nova_api, nova_cell0\n") != std::string::npos);
  CHECK(text.find("database nova on db-2\n") != std::string::npos);
  CHECK(text.find("socket /run/db/cell1.sock\n") != std::string::npos);
}

}  // namespace backstay::compiler
