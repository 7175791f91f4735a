#include <string>

#include "compiler/check/checks.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using Kind = lang::DiagnosticKind;

Kinds kinds(const ModelBuilder& model) {
  return kinds_of(check_service_facts, model.policy);
}

}  // namespace

TEST_CASE("a quiesce needs units to stop") {
  ModelBuilder model;
  Service& web = model.service("web");
  model.path(web, "/srv/web");
  web.quiesce_stop = model.span();
  const auto found = findings_of(check_service_facts, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::QuiesceWithoutUnits);
  CHECK(found[0].primary == *web.quiesce_stop);
  web.units.push_back(model.text("web.service"));
  CHECK(kinds(model).empty());
}

TEST_CASE("hooks around nothing never run") {
  ModelBuilder model;
  Service& cache = model.service("cache");
  cache.before_backup = HookFact{{"flush"}, {0}, std::nullopt, model.span()};
  cache.after_restore = HookFact{{"warm"}, {0}, std::nullopt, model.span()};
  CHECK(kinds(model) == Kinds{Kind::HookNeverRuns, Kind::HookNeverRuns});
  cache.exports.push_back({model.text("keys"), {"dump"}, {}, model.span()});
  CHECK(kinds(model).empty());
  cache.unprotected.push_back({std::nullopt, model.text("rebuilt"), model.span()});
  CHECK(kinds(model) == Kinds{Kind::HookNeverRuns, Kind::HookNeverRuns});
}

TEST_CASE("an external service with data is a contradiction, told once") {
  ModelBuilder model;
  Service& ceph = model.service("ceph");
  ceph.external = model.text("the storage team");
  CHECK(kinds(model).empty());
  model.path(ceph, "/etc/ceph");
  ceph.units.push_back(model.text("ceph.service"));
  const auto found = findings_of(check_service_facts, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::ExternalWithData);
  CHECK(found[0].primary == ceph.paths[0].span);
  CHECK(found[0].labels.size() == 2);
}

TEST_CASE("a unit that one service holds is not started by another") {
  ModelBuilder model;
  Service& haproxy = model.service("haproxy");
  model.path(haproxy, "/etc/haproxy");
  haproxy.units.push_back(model.text("octavia-health-manager.service"));
  Service& octavia = model.service("octavia");
  model.path(octavia, "/etc/octavia");
  octavia.held.push_back(
      {{model.text("octavia-health-manager.service")}, model.text("fencing"), model.span()});
  const auto found = findings_of(check_service_facts, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::HeldByAnother);
  CHECK(found[0].primary == octavia.held[0].units[0].span);
  CHECK(found[0].labels[0].span == model.policy.services[0].units[0].span);
}

TEST_CASE("a unit that its own service lists and holds is in order") {
  ModelBuilder model;
  Service& octavia = model.service("octavia");
  model.path(octavia, "/etc/octavia");
  octavia.units.push_back(model.text("octavia-health-manager.service"));
  octavia.held.push_back(
      {{model.text("octavia-health-manager.service")}, model.text("fencing"), model.span()});
  CHECK(kinds(model).empty());
}

TEST_CASE("a replica must leave the hosts of its service") {
  ModelBuilder model;
  const Index proxy = model.host("proxy1");
  const Index storage = model.host("storage1");
  Group& group = model.policy.groups.emplace_back();
  group.name = "rings";
  group.span = model.span();
  group.members.push_back(model.at(proxy));
  Service& swift = model.service("swift");
  swift.hosts.push_back(model.at(proxy));
  model.path(swift, "/etc/swift");
  swift.replicas.push_back({model.text("/etc/swift"), model.at(Index{0}), model.span()});
  CHECK(kinds(model) == Kinds{Kind::ReplicaAtHome});
  model.policy.groups[0].members.push_back(model.at(storage));
  CHECK(kinds(model).empty());
}

TEST_CASE("a backup does not stop what its target needs, directly or not") {
  ModelBuilder model;
  const Index vpn = 1;
  model.service("dns");
  model.service("vpn");
  model.needs(vpn, 0);
  Service& dns = model.policy.services[0];
  model.path(dns, "/etc/bind");
  dns.units.push_back(model.text("named.service"));
  dns.quiesce_stop = model.span();
  model.path(model.policy.services[1], "/etc/wireguard");
  const Index target = model.target("offsite", "/mnt");
  model.policy.targets[target].needs.push_back(model.at(vpn));
  model.backup("all", {0, 1}).target = model.at(target);
  const auto found = findings_of(check_service_facts, model.policy);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::TargetStopped);
  model.policy.targets[target].needs.clear();
  CHECK(kinds(model).empty());
}

}  // namespace backstay::compiler::testing
