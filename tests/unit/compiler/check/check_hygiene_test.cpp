#include <string>
#include <vector>

#include "compiler/check/checks.hpp"
#include "compiler/check/secret_literals.hpp"
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

TEST_CASE("a secret in the arguments of a check is told without repeating it") {
  ModelBuilder model;
  CheckFact& check = model.service("web").checks.emplace_back();
  check.command = {"curl", "https://admin:hunter2@localhost/health"};
  check.span = model.span();
  const auto found = findings_of(check_hygiene, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::SecretInArguments);
  CHECK((found[0].message + found[0].help).find("hunter2") == std::string::npos);
}

TEST_CASE("arguments that are secrets are told apart from those that only name one") {
  using Arguments = std::vector<std::string>;
  for (const Arguments& arguments :
       std::vector<Arguments>{{"openstack", "--os-password=hunter2", "token"},
                              {"openstack", "--os-password", "hunter2"},
                              {"env", "PGPASSWORD=hunter2", "psql"},
                              {"env", "OS_TOKEN=abc", "swift"},
                              {"mysql", "-phunter2"},
                              {"/usr/bin/mariadb", "-uroot", "-phunter2"},
                              {"curl", "http://u:p@host/"},
                              {"tool", "AGE-SECRET-KEY-1QQQQ"},
                              {"tool", "-----BEGIN OPENSSH PRIVATE KEY-----"}}) {
    INFO(arguments.back());
    CHECK(find_secret_literal(arguments));
  }
  for (const Arguments& arguments :
       std::vector<Arguments>{{"nova-status", "upgrade", "check"},
                              {"tool", "--password-file=/etc/secret"},
                              {"tool", "--password-file", "/etc/secret"},
                              {"tool", "--password", "/etc/secret"},
                              {"tool", "--token=@/etc/token"},
                              {"openstack", "token", "issue"},
                              {"tool", "password"},
                              {"mkdir", "-p", "/srv"},
                              {"mkdir", "-pv", "/srv"},
                              {"mysql", "-p"},
                              {"curl", "https://host:8443/health"},
                              {"curl", "https://user@host/health"},
                              {"tool", "--broken=token"}}) {
    INFO(arguments.back());
    CHECK_FALSE(find_secret_literal(arguments));
  }
}

}  // namespace backstay::compiler::testing
