#include "compiler/load/standard_library.hpp"

#include "lang/base/embedded.hpp"
#include "lang/format/formatter.hpp"
#include "lang/syntax/parser.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

// A policy in which one service starts from every profile that takes these parameters.
std::string policy_from(const std::string& library, const std::string& sets) {
  return with_backup("import " + library + "\nservice sample from " + library + " {\n    on one\n" +
                     sets + "}\n");
}

}  // namespace

TEST_CASE("the standard library holds the profiles of a controller") {
  const std::vector<std::string> names = standard_library_names();
  for (const std::string name :
       {"openstack.ceilometer", "openstack.cinder", "openstack.glance", "openstack.heat",
        "openstack.keystone", "openstack.mariadb", "openstack.neutron", "openstack.nova",
        "openstack.placement", "openstack.swift", "linux.sqlite-service"}) {
    INFO(name);
    REQUIRE(std::find(names.begin(), names.end(), name) != names.end());
    REQUIRE(standard_library_text(name));
  }
  REQUIRE_FALSE(standard_library_text("openstack.nowhere"));
}

TEST_CASE("every profile of the standard library compiles, without a warning of its own") {
  for (const std::string& library : standard_library_names()) {
    INFO(library);
    const bool sqlite = library == "linux.sqlite-service";
    const std::string text(*standard_library_text(library));
    const bool database = text.find("param server mariadb") != std::string::npos;
    const Compilation compilation = compile_text(policy_from(
        library, sqlite     ? "    set database-file /srv/a.db\n    set configuration /etc/a\n"
                 : database ? "    set server db\n"
                            : ""));
    INFO(compilation.report());
    REQUIRE(compilation.plan);
    for (const lang::Diagnostic& finding : compilation.diagnostics.all()) {
      REQUIRE(compilation.sources.file(finding.primary.file).name() == "policy.stay");
    }
  }
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
