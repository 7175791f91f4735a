#include "runtime/restore/scope.hpp"

#include "runtime/restore/restore.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/sample_plan.hpp"

namespace backstay::runtime {
namespace {

using Names = std::set<std::string>;

/// Two services, files, SQLite, three databases, accounts, and a server of which all is kept.
std::vector<plan::Step> restore_steps() {
  using test::step;
  return {step("check", {}, plan::CheckSnapshot{.target = "local"}),
          step("files.nova", {},
               plan::RestoreFiles{
                   .component = "nova.etc", .path = "/etc/nova", .except = {}, .keep = {}}),
          step("files.glance", {},
               plan::RestoreFiles{
                   .component = "glance.etc", .path = "/etc/glance", .except = {}, .keep = {}}),
          step("files.extra", {},
               plan::RestoreFiles{.component = "glance.extra",
                                  .path = "/srv/extra",
                                  .except = {},
                                  .keep = {},
                                  .optional = true}),
          step("sqlite", {},
               plan::RestoreSqlite{.component = "nova.db", .path = "/var/lib/nova/nova.sqlite"}),
          step("server", {},
               plan::RestoreMariadb{.server = "control-db",
                                    .databases = {{"nova.nova", "nova"},
                                                  {"nova.nova_api", "nova_api"},
                                                  {"glance.glance", "glance"}},
                                    .all_component = "",
                                    .accounts_component = "control-db.accounts"}),
          step("all", {},
               plan::RestoreMariadb{.server = "other",
                                    .databases = {},
                                    .all_component = "other.all",
                                    .accounts_component = ""}),
          step("finish", {}, plan::FinishRestore{})};
}

std::vector<ComponentInfo> snapshot(const Names& names) {
  std::vector<ComponentInfo> found;
  for (const auto& name : names) {
    ComponentInfo info;
    info.name = name;
    info.source = name == "other.all.wiki" ? "wiki on other" : "";
    found.push_back(info);
  }
  return found;
}

const Names kAll = {"nova.etc",      "glance.etc",          "glance.extra",
                    "nova.db",       "nova.nova",           "nova.nova_api",
                    "glance.glance", "control-db.accounts", "other.all.wiki"};

Scope scope_of(const RestoreRequest& request, const Names& in_snapshot = kAll) {
  auto scope = choose_scope(restore_steps(), snapshot(in_snapshot), request);
  if (!scope) {
    FAIL(to_string(scope.error()));
  }
  return *scope;
}

Error refusal_of(const RestoreRequest& request, const Names& in_snapshot = kAll) {
  const auto scope = choose_scope(restore_steps(), snapshot(in_snapshot), request);
  REQUIRE_FALSE(scope);
  return scope.error();
}

RestoreRequest request_for(std::vector<std::string> services,
                           std::vector<std::string> components = {},
                           std::vector<std::string> paths = {},
                           std::vector<std::string> databases = {}) {
  RestoreRequest request;
  request.services = std::move(services);
  request.components = std::move(components);
  request.paths = std::move(paths);
  request.databases = std::move(databases);
  return request;
}

}  // namespace

TEST_CASE("without a wish everything is restored") {
  CHECK(scope_of({}).components == kAll);
}

TEST_CASE("a service is all of its components") {
  CHECK(scope_of(request_for({"nova"})).components ==
        Names{"nova.etc", "nova.db", "nova.nova", "nova.nova_api"});
}

TEST_CASE("services, components and databases add up") {
  CHECK(scope_of(request_for({"glance"}, {"nova.etc"}, {}, {"nova_api"})).components ==
        Names{"glance.etc", "glance.extra", "glance.glance", "nova.etc", "nova.nova_api"});
}

TEST_CASE("a database that only the snapshot knows can be named") {
  CHECK(scope_of(request_for({}, {}, {}, {"wiki"})).components == Names{"other.all.wiki"});
}

TEST_CASE("a path is the component that holds it, or those below it") {
  CHECK(scope_of(request_for({}, {}, {"/etc/nova/nova.conf"})).components == Names{"nova.etc"});
  CHECK(scope_of(request_for({}, {}, {"/etc"})).components == Names{"nova.etc", "glance.etc"});
  CHECK(scope_of(request_for({}, {}, {"/var/lib/nova"})).components == Names{"nova.db"});
  CHECK(scope_of(request_for({"glance"}, {}, {"/etc"})).components == Names{"glance.etc"});
  CHECK(scope_of(request_for({}, {}, {"/etc/nova"}, {"nova"})).components ==
        Names{"nova.etc", "nova.nova"});
}

TEST_CASE("a neighbour with the same beginning is another path") {
  CHECK(paths_touch("/etc/nova", "/etc/nova/x"));
  CHECK(paths_touch("/etc/nova/x", "/etc/nova"));
  CHECK(paths_touch("/", "/etc"));
  CHECK(paths_touch("/etc", "/etc"));
  CHECK_FALSE(paths_touch("/etc/nova", "/etc/nova-extra"));
  CHECK_FALSE(paths_touch("/etc/nova", "/etc/glance"));
}

TEST_CASE("an unknown name is a usage error with the nearest one") {
  CHECK(refusal_of(request_for({"nvoa"})).hint == "did you mean `nova`?");
  CHECK(refusal_of(request_for({}, {"nova.ect"})).hint == "did you mean `nova.etc`?");
  CHECK(refusal_of(request_for({}, {}, {}, {"nova_apy"})).hint == "did you mean `nova_api`?");
  const auto path = refusal_of(request_for({}, {}, {"/etc/nova-extra"}));
  CHECK(path.kind == ErrorKind::Usage);
  CHECK(path.message == "no component of the plan holds `/etc/nova-extra`");
}

TEST_CASE("what the snapshot lacks is left out with a word, refused when asked for by name") {
  const Names partial = {"nova.etc", "glance.etc"};
  const auto scope = scope_of({}, partial);
  CHECK(scope.components == partial);
  CHECK(scope.absent ==
        std::vector<std::string>{"nova.db", "nova.nova", "nova.nova_api", "glance.glance"});
  CHECK(refusal_of(request_for({}, {"nova.db"}), partial).kind == ErrorKind::NotFound);
  CHECK(refusal_of({}, {}).kind == ErrorKind::Usage);
}

}  // namespace backstay::runtime
