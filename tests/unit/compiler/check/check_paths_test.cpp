#include <string>
#include <vector>

#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using Kind = lang::DiagnosticKind;

/// Without what these tests are not about: they take all of /var/lib.
std::vector<lang::Diagnostic> findings(const ModelBuilder& model) {
  auto found = findings_of(check_paths, model.policy);
  std::erase_if(found, [](const lang::Diagnostic& finding) {
    return finding.kind == Kind::OwnFilesSelected;
  });
  return found;
}

Kinds kinds(const ModelBuilder& model) {
  Kinds kinds;
  for (const lang::Diagnostic& finding : findings(model)) {
    kinds.push_back(finding.kind);
  }
  return kinds;
}

}  // namespace

TEST_CASE("a path that is wholly taken out selects nothing, and the rules that do it are shown") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/var/lib/nova");
  model.except(nova, "/var/lib/*");
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::EmptySource);
  CHECK(found[0].primary == nova.paths[0].path.span);
  REQUIRE(found[0].labels.size() == 1);
  CHECK(found[0].labels[0].span == nova.excepts[0].pattern.span);
}

TEST_CASE("a path that an except leaves a part of is not empty") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/var/lib/nova");
  model.except(nova, "/var/lib/nova/instances");
  CHECK(findings(model).empty());
}

TEST_CASE("a keep inside an except makes a path worth keeping again") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/var/lib/nova");
  model.except(nova, "/var/lib/nova");
  model.keep(nova, "/var/lib/nova/keys");
  CHECK(findings(model).empty());
}

TEST_CASE(
    "an except that no path of its service reaches is told, also where another service has it") {
  ModelBuilder model;
  Service& nova = model.service("nova", 0);
  model.path(nova, "/var/lib/nova");
  model.except(nova, "/var/lib/glance/images");
  Service& glance = model.service("glance", 0);
  model.path(glance, "/var/lib/glance");
  CHECK(kinds(model) == Kinds{Kind::UnreachableExcept});
}

TEST_CASE("an except below another one is redundant, and of two equal ones only one is") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/var/lib/nova");
  model.except(nova, "/var/lib/nova/tmp");
  model.except(nova, "/var/lib/nova/tmp/cache");
  model.except(nova, "/var/lib/nova/t?p");
  const auto found = findings(model);
  REQUIRE(found.size() == 2);
  CHECK(found[0].kind == Kind::RedundantExcept);
  CHECK(found[0].primary == nova.excepts[1].pattern.span);
  CHECK(found[1].kind == Kind::RedundantExcept);
  CHECK(found[1].primary == nova.excepts[0].pattern.span);
}

TEST_CASE("of two rules that say the same only the longer one is called redundant") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/srv");
  model.except(nova, "/srv/*/tmp");
  model.except(nova, "/srv/?*/tmp");
  model.keep(nova, "/srv/a/tmp/x*");
  model.keep(nova, "/srv/a/tmp/x**");
  const auto found = findings(model);
  REQUIRE(found.size() == 2);
  CHECK(found[0].primary == nova.excepts[1].pattern.span);
  CHECK(found[1].primary == nova.keeps[1].pattern.span);
}

TEST_CASE("an except that keeps undo wholly is redundant") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/var/lib/nova");
  model.except(nova, "/var/lib/nova/keys/old");
  model.except(nova, "/var/lib/nova/log");
  model.keep(nova, "/var/lib/nova/keys");
  CHECK(kinds(model) == Kinds{Kind::RedundantExcept});
}

TEST_CASE("a keep that no except precedes puts nothing back") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/var/lib/nova");
  model.keep(nova, "/var/lib/nova/keys");
  CHECK(kinds(model) == Kinds{Kind::RedundantKeep});
}

TEST_CASE("patterns that cover a tree only together make a third one redundant") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/srv");
  model.except(nova, "/srv/a*");
  model.except(nova, "/srv/?");
  model.except(nova, "/srv/??*");
  model.keep(nova, "/srv/*/keep");
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].primary == nova.excepts[0].pattern.span);
}

TEST_CASE("two components of one host that select a common path are shown with the path") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  model.path(model.service("glance", host), "/var/lib");
  model.path(model.service("nova", host), "/var/lib/nova");
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::OverlappingComponents);
  CHECK(found[0].witness == std::vector<std::string>{"both select /var/lib/nova"});
  CHECK(found[0].primary == model.policy.services[1].paths[0].path.span);
  CHECK(found[0].labels.at(0).span == model.policy.services[0].paths[0].path.span);
}

TEST_CASE("components of two hosts never overlap") {
  ModelBuilder model;
  model.path(model.service("glance", model.host("ctl01")), "/var/lib");
  model.path(model.service("nova", model.host("ctl02")), "/var/lib");
  CHECK(findings(model).empty());
}

TEST_CASE("an except that takes the other component out ends an overlap") {
  ModelBuilder model;
  Service& all = model.service("all", 0);
  model.path(all, "/var/lib");
  model.except(all, "/var/lib/nova");
  model.path(model.service("nova", 0), "/var/lib/nova");
  CHECK(findings(model).empty());
}

TEST_CASE("a SQLite file inside a tree overlaps it once, and its side files count") {
  ModelBuilder model;
  Service& app = model.service("app");
  model.path(app, "/srv/app");
  model.sqlite(app, "/srv/app/app.db");
  CHECK(kinds(model) == Kinds{Kind::OverlappingComponents});

  model.except(app, "/srv/app/app.db");
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].witness == std::vector<std::string>{"both select /srv/app/app.db-journal"});
  CHECK(found[0].help.find("except /srv/app/app.db*") != std::string::npos);

  app.excepts.clear();
  model.except(app, "/srv/app/app.db*");
  CHECK(findings(model).empty());
}

TEST_CASE("a database that two services name is told at the second with the first beside") {
  ModelBuilder model;
  const Index server = model.server("db", model.host("ctl01"), "");
  model.database(model.service("glance"), "images", server);
  model.database(model.service("nova"), "images", server);
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::DatabaseOwnedTwice);
  CHECK(found[0].primary == model.policy.services[1].databases[0].name.span);
  CHECK(found[0].labels.at(0).span == model.policy.services[0].databases[0].name.span);
}

TEST_CASE("a database of one name on two servers is two databases") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  const Index one = model.server("one", host, "");
  const Index two = model.server("two", host, "");
  model.database(model.service("glance"), "images", one);
  model.database(model.service("nova"), "images", two);
  CHECK(findings(model).empty());
}

TEST_CASE("a path above, at or below a server's data directory is refused") {
  for (const std::string path : {"/var/lib", "/var/lib/mysql", "/var/lib/mysql/nova"}) {
    ModelBuilder model;
    const Index host = model.host("ctl01");
    model.server("db", host, "/var/lib/mysql");
    model.path(model.service("files", host), path);
    CHECK(kinds(model) == Kinds{Kind::LiveDataDirectory});
  }
  ModelBuilder model;
  const Index host = model.host("ctl01");
  model.server("db", host, "/var/lib/mysql");
  model.path(model.service("files", host), "/var/lib/mysql-files");
  CHECK(findings(model).empty());
}

TEST_CASE("a target inside what is backed up is refused, and an except makes it good") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  Service& files = model.service("files", host);
  model.path(files, "/var");
  const Index target = model.target("local", "/var/backups/backstay");
  model.backup("nightly", {0}).target = model.at(target);
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::TargetInsideSource);
  CHECK(found[0].primary == model.policy.targets[0].directory->span);
  CHECK(found[0].labels.at(0).span == files.paths[0].path.span);

  model.except(files, "/var/backups");
  CHECK(findings(model).empty());
}

TEST_CASE("a path below a target's directory is a part of the backups and is refused, too") {
  ModelBuilder model;
  model.path(model.service("files", model.host("ctl01")), "/srv/backups/files");
  const Index target = model.target("local", "/srv/backups");
  model.backup("nightly", {0}).target = model.at(target);
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::TargetInsideSource);
  CHECK(found[0].message == "`files.files` backs up a part of target `local`");
}

TEST_CASE("what cannot be proven is an error that shows the tangled patterns") {
  ModelBuilder model;
  Service& files = model.service("files");
  model.path(files, "/srv");
  model.except(files, "/srv");
  model.keep(files, "/srv/*a" + std::string(40, '?'));
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::PatternTooComplex);
  REQUIRE(found[0].labels.size() == 1);
  CHECK(found[0].labels[0].span == files.keeps[0].pattern.span);
}

TEST_CASE("a thousand wildcards in one service are looked through in a bounded time") {
  ModelBuilder model;
  Service& files = model.service("files");
  model.path(files, "/srv");
  for (int number = 0; number < 1'000; ++number) {
    const std::string text = std::to_string(number);
    model.except(files, "/srv/**/cache" + text + "/*.t" + text + "mp");
  }
  model.except(files, "/srv/**/cache7/x.t7mp");
  CHECK(kinds(model) == Kinds{Kind::RedundantExcept});
}

TEST_CASE("a target on another host is no danger") {
  ModelBuilder model;
  model.path(model.service("files", model.host("ctl01")), "/var");
  const Index target = model.target("local", "/var/backups");
  model.policy.targets[target].host = model.at(model.host("backup01"));
  model.backup("nightly", {0}).target = model.at(target);
  CHECK(findings(model).empty());
}

TEST_CASE("a key that unseals a database must be held wholly by the same backup") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  Service& keystone = model.service("keystone", host);
  model.path(keystone, "/etc/keystone");
  keystone.sealed_by.push_back({model.text("/etc/keystone/fernet-keys"), model.span()});
  model.backup("nightly", {0});
  CHECK(findings(model).empty());

  model.except(keystone, "/etc/keystone/fernet-keys/*.tmp");
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::SealedKeyNotCovered);
  CHECK(found[0].witness == std::vector<std::string>{
                                "/etc/keystone/fernet-keys/.tmp is in no component of the backup"});

  model.keep(keystone, "/etc/keystone/fernet-keys");
  CHECK(kinds(model) == Kinds{Kind::RedundantExcept});

  keystone.excepts.clear();
  keystone.keeps.clear();
  keystone.paths.clear();
  CHECK(kinds(model) == Kinds{Kind::SealedKeyNotCovered});
}

TEST_CASE(
    "a key that another service of the same backup holds is enough, in another backup it is not") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  Service& barbican = model.service("barbican", host);
  barbican.sealed_by.push_back({model.text("/etc/hsm/kek"), model.span()});
  model.path(model.service("hsm", host), "/etc/hsm");
  model.backup("both", {0, 1});
  CHECK(findings(model).empty());
  model.backup("alone", {0});
  CHECK(kinds(model) == Kinds{Kind::SealedKeyNotCovered});
}

TEST_CASE("a part of a key is not the key") {
  ModelBuilder model;
  Service& barbican = model.service("barbican", model.host("ctl01"));
  model.path(barbican, "/etc/hsm/kek/part");
  barbican.sealed_by.push_back({model.text("/etc/hsm/kek"), model.span()});
  model.backup("nightly", {0});
  CHECK(kinds(model) == Kinds{Kind::SealedKeyNotCovered});
}

TEST_CASE("what is called unprotected and selected all the same is a contradiction") {
  ModelBuilder model;
  Service& nova = model.service("nova");
  model.path(nova, "/var/lib/nova");
  nova.unprotected.push_back({model.text("/var/lib/nova/instances"), model.text("large"), {}});
  CHECK(kinds(model) == Kinds{Kind::UnprotectedSelected});
  model.except(nova, "/var/lib/nova/instances");
  CHECK(findings(model).empty());
}

TEST_CASE("services that are not backed up take no part in the path checks") {
  ModelBuilder model;
  Service& external = model.service("external");
  external.external = model.text("another team");
  model.path(external, "/var/lib");
  Service& unprotected = model.service("unprotected");
  unprotected.unprotected.push_back({std::nullopt, model.text("scratch"), {}});
  model.path(unprotected, "/var/lib");
  CHECK(findings(model).empty());
}

TEST_CASE("ten thousand components are checked by place, not by pairs") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  Service& all = model.service("all", host);
  model.path(all, "/srv");
  for (int number = 0; number < 10'000; ++number) {
    model.except(all, "/srv/tenant" + std::to_string(number));
  }
  for (int number = 0; number < 10'000; ++number) {
    Service& tenant = model.service("tenant" + std::to_string(number), host);
    const std::string path = "/srv/tenant" + std::to_string(number);
    model.path(tenant, path);
    model.except(tenant, path + "/cache");
    model.except(tenant, path + "/**/*.tmp");
  }
  CHECK(findings(model).empty());
}

}  // namespace backstay::compiler::testing
