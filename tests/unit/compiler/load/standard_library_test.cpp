#include "compiler/load/standard_library.hpp"

#include "lang/base/embedded.hpp"
#include "lang/format/formatter.hpp"
#include "lang/syntax/parser.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

namespace ast = lang::ast;

// A value of each type that a profile asks for, as policy_from() declares it.
std::string value_of(std::string_view type, std::string_view name) {
  if (type == "mariadb") {
    return "db";
  }
  if (type == "postgresql") {
    return "pg";
  }
  if (type == "group") {
    return "nodes";
  }
  if (type == "path") {
    return "/srv/" + std::string(name);
  }
  REQUIRE(type == "names");
  return "sample";
}

const ast::Fact* find_profile(const ast::File& file, std::string_view name) {
  for (const ast::Fact& fact : file.facts) {
    if (fact.word.text == "profile" && file.arguments_of(fact).front().text == name) {
      return &fact;
    }
  }
  return nullptr;
}

using Sets = std::map<std::string, std::string>;

// A value for every parameter without a default of the profile and of those that it starts from.
void gather_sets(const ast::File& file, const ast::Fact& profile, Sets& sets) {
  for (const ast::Fact& fact : profile.facts) {
    const auto arguments = file.arguments_of(fact);
    if (fact.word.text == "param" && arguments.size() == 2) {
      sets.emplace(arguments[0].text, value_of(arguments[1].text, arguments[0].text));
    }
  }
  const auto head = file.arguments_of(profile);
  if (head.size() == 3) {
    gather_sets(file, *find_profile(file, head[2].text), sets);
  }
}

// A policy in which one service starts from the profile.
std::string policy_from(const std::string& library,
                        const ast::File& file,
                        const ast::Fact& profile) {
  const std::string name(file.arguments_of(profile).front().text);
  std::string service = "service sample from " + library + "." + name + " {\n    on one\n";
  Sets sets;
  gather_sets(file, profile, sets);
  for (const auto& [parameter, value] : sets) {
    service += "    set " + parameter + " " + value + "\n";
  }
  return with_backup("import " + library +
                     "\nhost two\ngroup nodes {\n    members two\n}\npostgresql pg {\n    on one\n"
                     "    socket /run/postgresql\n    login login\n}\n" +
                     service + "}\n");
}

void check_profile(const std::string& policy) {
  INFO(policy);
  const Compilation compilation = compile_text(policy);
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  for (const lang::Diagnostic& finding : compilation.diagnostics.all()) {
    REQUIRE(compilation.sources.file(finding.primary.file).name() == "policy.stay");
  }
}

}  // namespace

TEST_CASE("the standard library holds the services of a cloud and of plain hosts") {
  const std::vector<std::string> names = standard_library_names();
  for (const std::string name :
       {"openstack.aodh",         "openstack.barbican",   "openstack.ceilometer",
        "openstack.ceph",         "openstack.cinder",     "openstack.designate",
        "openstack.glance",       "openstack.gnocchi",    "openstack.haproxy",
        "openstack.heat",         "openstack.horizon",    "openstack.ironic",
        "openstack.keystone",     "openstack.libvirt",    "openstack.magnum",
        "openstack.manila",       "openstack.mariadb",    "openstack.memcached",
        "openstack.neutron",      "openstack.nova",       "openstack.octavia",
        "openstack.placement",    "openstack.swift",      "openstack.trove",
        "openstack.kolla.deploy", "openstack.kolla.nova", "linux.gitea",
        "linux.sqlite-service",   "sets.guide",           "sets.kolla"}) {
    INFO(name);
    REQUIRE(std::find(names.begin(), names.end(), name) != names.end());
    REQUIRE(standard_library_text(name));
  }
  REQUIRE_FALSE(standard_library_text("openstack.nowhere"));
}

TEST_CASE("every profile of the standard library compiles, without a warning of its own") {
  std::size_t profiles = 0;
  for (const std::string& library : standard_library_names()) {
    lang::SourceSet sources;
    lang::Diagnostics diagnostics;
    const lang::FileId id = sources.add(library, std::string(*standard_library_text(library)));
    const ast::File file = lang::parse(sources, id, diagnostics).file;
    for (const ast::Fact& fact : file.facts) {
      if (fact.word.text == "profile" &&
          !file.arguments_of(fact).front().text.ends_with("common")) {
        check_profile(policy_from(library, file, fact));
        ++profiles;
      }
    }
  }
  REQUIRE(profiles > 100);
}

TEST_CASE("every file of the standard library is canonical, documented and named by its place") {
  for (const std::string& library : standard_library_names()) {
    INFO(library);
    const std::string text(*standard_library_text(library));
    REQUIRE(text.starts_with("language 1\nlibrary " + library + "\n\n# "));
    REQUIRE(text.find("\n## ") != std::string::npos);
    lang::SourceSet sources;
    lang::Diagnostics diagnostics;
    const lang::FileId file = sources.add(library, text);
    REQUIRE(lang::format(sources, file, diagnostics) == text);
  }
}

}  // namespace backstay::compiler::testing
