// The path checks where services live on several hosts, and with mirrors, copies and replicas.
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <rapidcheck.h>

#include "compiler/check/checks.hpp"
#include "compiler/check/host_classes.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {
namespace {

using Kind = lang::DiagnosticKind;

std::vector<lang::Diagnostic> findings(const ModelBuilder& model) {
  return findings_of(check_paths, model.policy);
}

Kinds kinds(const ModelBuilder& model) {
  return kinds_of(check_paths, model.policy);
}

void live_on(ModelBuilder& model, Index service, const std::vector<Index>& hosts) {
  Service& there = model.policy.services[service];
  for (const Index host : hosts) {
    there.hosts.push_back(model.at(host));
  }
  there.host = there.hosts.front();
}

/// The numbers below `count` whose bits are set.
std::vector<Index> some_of(Index count, int bits) {
  std::vector<Index> chosen;
  for (Index number = 0; number < count; ++number) {
    if ((static_cast<unsigned>(bits) >> number & 1U) != 0) {
      chosen.push_back(number);
    }
  }
  return chosen;
}

void mirror(ModelBuilder& model, Index service, const std::string& path, Index target) {
  model.policy.services[service].mirrors.push_back(
      {model.text(path), model.at(target), model.span()});
}

}  // namespace

TEST_CASE("components overlap on the one host that two groups have in common") {
  ModelBuilder model;
  for (const char* const name : {"c1", "c2", "c3"}) {
    model.host(name);
  }
  model.path(model.service("nova"), "/var/lib/nova");
  model.path(model.service("disks"), "/var/lib/nova/instances");
  live_on(model, 0, {0, 1});
  live_on(model, 1, {2});
  CHECK(findings(model).empty());
  model.policy.services[1].hosts.push_back(model.at(Index{1}));
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::OverlappingComponents);
  CHECK(found[0].witness ==
        std::vector<std::string>{"both select /var/lib/nova/instances on `c2`"});
}

TEST_CASE("a group of machines alike is asked about once") {
  ModelBuilder model;
  std::vector<Index> all;
  for (Index number = 0; number < 250; ++number) {
    all.push_back(model.host("c" + std::to_string(number)));
  }
  model.path(model.service("nova"), "/etc/nova");
  model.path(model.service("libvirt"), "/etc/libvirt");
  live_on(model, 0, all);
  live_on(model, 1, all);
  const HostClasses classes(model.policy);
  REQUIRE(classes.all().size() == 1);
  CHECK(classes.all()[0].hosts == all);
  CHECK(classes.of(1) == std::vector<Index>{0});
}

TEST_CASE("every host has exactly the services of its class") {
  REQUIRE(rc::check([] {
    ModelBuilder model;
    for (int number = 0; number < 4; ++number) {
      model.host("h" + std::to_string(number));
    }
    const auto count = *rc::gen::inRange<Index>(1, 5);
    std::vector<std::set<Index>> on(4);
    for (Index service = 0; service < count; ++service) {
      model.service("s" + std::to_string(service));
      const auto hosts = some_of(4, *rc::gen::inRange(0, 16));
      if (hosts.empty()) {
        continue;
      }
      live_on(model, service, hosts);
      for (const Index host : hosts) {
        on[host].insert(service);
      }
    }
    const HostClasses classes(model.policy);
    for (Index host = 0; host < 4; ++host) {
      const Index* const place = classes.find(host);
      RC_ASSERT((place == nullptr) == on[host].empty());
      if (place != nullptr) {
        const auto& services = classes.all()[*place].services;
        RC_ASSERT(std::equal(services.begin(), services.end(), on[host].begin(), on[host].end()));
      }
    }
  }));
}

TEST_CASE("two trees overlap exactly where they share a host and a node") {
  REQUIRE(rc::check([] {
    ModelBuilder model;
    for (int number = 0; number < 3; ++number) {
      model.host("h" + std::to_string(number));
    }
    std::vector<std::set<Index>> hosts(2);
    std::vector<std::string> paths(2);
    for (const Index service : {Index{0}, Index{1}}) {
      const int depth = *rc::gen::inRange(1, 4);
      for (int segment = 0; segment < depth; ++segment) {
        paths[service] += *rc::gen::element<std::string>("/a", "/b");
      }
      model.path(model.service(service == 0 ? "x" : "y"), paths[service]);
      const auto chosen = some_of(3, *rc::gen::inRange(1, 8));
      live_on(model, service, chosen);
      hosts[service].insert(chosen.begin(), chosen.end());
    }
    const bool common_host = std::any_of(hosts[0].begin(), hosts[0].end(),
                                         [&](Index host) { return hosts[1].contains(host); });
    const auto holds = [](const std::string& upper, const std::string& lower) {
      return (lower + "/").starts_with(upper + "/");
    };
    const bool nested = holds(paths[0], paths[1]) || holds(paths[1], paths[0]);
    RC_ASSERT(findings(model).empty() == !(common_host && nested));
  }));
}

TEST_CASE("a server's data is looked for on each of its hosts") {
  ModelBuilder model;
  const Index one = model.host("db1");
  const Index two = model.host("db2");
  const Index server = model.server("galera", one, "/var/lib/mysql");
  model.policy.servers[server].hosts = {model.at(one), model.at(two)};
  model.path(model.service("state", two), "/var/lib/mysql");
  CHECK(kinds(model) == Kinds{Kind::LiveDataDirectory});
}

TEST_CASE("a service may mirror what it keeps, another service may not") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  const Index target = model.target("nas", "/mnt/nas");
  model.path(model.service("glance", host), "/var/lib/glance");
  mirror(model, 0, "/var/lib/glance/images", target);
  CHECK(findings(model).empty());
  model.service("images", host);
  mirror(model, 1, "/var/lib/glance/images", target);
  const auto found = findings(model);
  REQUIRE(!found.empty());
  CHECK(found[0].kind == Kind::OverlappingComponents);
}

TEST_CASE("one path may be mirrored to two targets") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  model.service("glance", host);
  mirror(model, 0, "/var/lib/glance/images", model.target("nas", "/mnt/nas"));
  mirror(model, 0, "/var/lib/glance/images", model.target("tape", "/mnt/tape"));
  CHECK(findings(model).empty());
}

TEST_CASE("a mirror that holds its own target is refused, and no except is proposed") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  model.service("images", host);
  mirror(model, 0, "/srv", model.target("local", "/srv/backups"));
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::TargetInsideSource);
  CHECK(found[0].help.find("except") == std::string::npos);
}

TEST_CASE("the target of a copy is looked for on every covered host") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  const Index main = model.target("main", "/mnt");
  const Index copy = model.target("second", "/srv/copies");
  model.policy.targets[main].host = model.at(host);
  model.path(model.service("web", host), "/srv");
  Backup& backup = model.backup("nightly", {0});
  backup.target = model.at(main);
  CHECK(findings(model).empty());
  backup.copies.push_back({model.at(copy), {}, std::nullopt, std::nullopt, model.span()});
  CHECK(kinds(model) == Kinds{Kind::TargetInsideSource});
}

TEST_CASE("a key that is only mirrored is missing in the targets without the mirror") {
  ModelBuilder model;
  const Index host = model.host("ctl01");
  const Index local = model.target("local", "/mnt/local");
  const Index offsite = model.target("offsite", "/mnt/offsite");
  Service& keystone = model.service("keystone", host);
  keystone.sealed_by.push_back({model.text("/etc/keystone/fernet-keys"), model.span()});
  mirror(model, 0, "/etc/keystone", local);
  Backup& backup = model.backup("nightly", {0});
  backup.target = model.at(local);
  CHECK(findings(model).empty());
  backup.copies.push_back({model.at(offsite), {}, std::nullopt, std::nullopt, model.span()});
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::SealedKeyNotCovered);
  CHECK(found[0].message.find("target `offsite`") != std::string::npos);
  CHECK(found[0].labels[0].span == model.policy.backups[0].copies[0].target.span);
}

TEST_CASE("a key on any host of its service is enough") {
  ModelBuilder model;
  const Index one = model.host("ctl01");
  const Index two = model.host("ctl02");
  Service& keystone = model.service("keystone");
  keystone.sealed_by.push_back({model.text("/etc/keystone/fernet-keys"), model.span()});
  live_on(model, 0, {one, two});
  model.path(model.service("keys", two), "/etc/keystone/fernet-keys");
  model.backup("nightly", {0, 1});
  CHECK(findings(model).empty());
}

TEST_CASE("a replica of what is not kept is told, of a part of what is kept it is not") {
  ModelBuilder model;
  Service& swift = model.service("swift", model.host("proxy1"));
  model.path(swift, "/etc/swift");
  model.policy.groups.emplace_back().name = "storage";
  swift.replicas.push_back(
      {model.text("/etc/swift/object.ring.gz"), model.at(Index{0}), model.span()});
  CHECK(findings(model).empty());
  model.except(swift, "/etc/swift/*.ring.gz");
  CHECK(kinds(model) == Kinds{Kind::ReplicaNotKept});
}

TEST_CASE("what the tool writes while it runs is no source") {
  ModelBuilder model;
  Service& system = model.service("system", model.host("ctl01"));
  model.path(system, "/var/lib");
  const auto found = findings(model);
  REQUIRE(found.size() == 1);
  CHECK(found[0].kind == Kind::OwnFilesSelected);
  CHECK(found[0].help.find("except /var/lib/backstay") != std::string::npos);
  model.except(system, "/var/lib/backstay");
  CHECK(findings(model).empty());
}

}  // namespace backstay::compiler::testing
