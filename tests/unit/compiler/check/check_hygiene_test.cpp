#include <string>
#include <vector>

#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {

using Kind = lang::DiagnosticKind;

TEST_CASE("each decision to leave something out or standing needs its reason") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  nova.excepts.push_back({model.text("/var/lib/nova/instances"), std::nullopt, model.span()});
  nova.excepts.push_back({model.text("/var/lib/nova/tmp"), model.text("  "), model.span()});
  nova.unprotected.push_back({model.text("/srv"), std::nullopt, model.span()});
  nova.held.push_back({{model.text("nova-compute.service")}, std::nullopt, model.span()});
  nova.external = model.text("");
  CHECK(kinds_of(check_hygiene, model.policy) == Kinds(5, Kind::MissingBecause));
}

TEST_CASE("a reason is enough, and a keep needs none") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.except(nova, "/var/lib/nova/instances");
  model.keep(nova, "/var/lib/nova/instances/_base");
  nova.unprotected.push_back({std::nullopt, model.text("rebuilt"), model.span()});
  CHECK(findings_of(check_hygiene, model.policy).empty());
}

TEST_CASE("a server's own schemas are no databases of a service") {
  for (const std::string name : {"mysql", "information_schema", "performance_schema", "sys"}) {
    ModelBuilder model;
    const Index server = model.server("db", model.host("ctl01"), "");
    model.database(model.service("accounts"), name, server);
    CHECK(kinds_of(check_hygiene, model.policy) == Kinds{Kind::SystemSchema});
  }
}

TEST_CASE("each kind of server has system databases of its own") {
  ModelBuilder model;
  const Index server = model.server("db", model.host("ctl01"), "");
  model.policy.servers[server].kind = ServerKind::Postgresql;
  Service& web = model.service("web");
  model.database(web, "template1", server);
  model.database(web, "mysql", server);
  model.database(web, "postgres", server);
  const auto found = findings_of(check_hygiene, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].primary == model.policy.services[0].databases[0].name.span);
}

TEST_CASE("all databases of a cluster are told, of a single server they are not") {
  ModelBuilder model;
  const Index server = model.server("db", model.host("ctl01"), "");
  model.database(model.service("rest"), "all", server);
  model.policy.services[0].databases[0].all = true;
  CHECK(findings_of(check_hygiene, model.policy).empty());
  model.policy.servers[server].galera = model.span();
  const auto found = findings_of(check_hygiene, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::AllOnCluster);
  CHECK(found[0].labels[0].span == *model.policy.servers[server].galera);
}

}  // namespace backstay::compiler::testing
