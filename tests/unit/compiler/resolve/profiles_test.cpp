#include <fmt/format.h>

#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

const plan::Service& service(const Compilation& compilation, const std::string& name) {
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  for (const plan::Service& one : compilation.plan->services) {
    if (one.name == name) {
      return one;
    }
  }
  FAIL("no service " << name);
  return compilation.plan->services.front();
}

// Components of the data steps of the first backup, in their order.
std::vector<std::string> archived(const Compilation& compilation) {
  INFO(compilation.report());
  REQUIRE(compilation.plan);
  std::vector<std::string> components;
  for (const plan::Step& step : compilation.plan->backups.front().backup) {
    if (const auto* archive = std::get_if<plan::ArchiveFiles>(&step.action)) {
      components.push_back(archive->component + " " + archive->path);
    }
  }
  return components;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a service has the facts of its profile and its own") {
  const Compilation compilation = compile_text(with_backup(
      "profile p {\n    path /etc/p as etc\n    units first, second\n    check [\"look\"]\n}\n"
      "service web from p {\n    on one\n    path /srv/p as data\n}\n"));
  REQUIRE(archived(compilation) == Lines{"web.data /srv/p", "web.etc /etc/p"});
  REQUIRE(service(compilation, "web").units == Lines{"first.service", "second.service"});
  REQUIRE(service(compilation, "web").checks.size() == 1);
}

TEST_CASE("an own fact replaces the profile's of the same key and single values") {
  const Compilation compilation = compile_text(with_backup(
      "profile p {\n    path /etc/p as etc\n    units first\n"
      "    except /etc/p/x because \"profile\"\n}\n"
      "service web from p {\n    on one\n    path /etc/p as configuration\n    units other.timer\n"
      "    except /etc/p/x because \"service\"\n}\n"));
  REQUIRE(archived(compilation) == Lines{"web.configuration /etc/p"});
  REQUIRE(service(compilation, "web").units == Lines{"other.timer"});
  const std::string yaml = plan::to_yaml(*compilation.plan);
  REQUIRE(yaml.find("\"service\"") != std::string::npos);
  REQUIRE(yaml.find("\"profile\"") == std::string::npos);
}

TEST_CASE("what a service needs adds to what its profile needs") {
  const Compilation compilation = compile_text(with_backup(
      "service a {\n    on one\n    path /a\n}\nservice b {\n    on one\n    path /b\n}\n"
      "profile p {\n    needs a\n}\n"
      "service web from p {\n    on one\n    path /w\n    needs b, a\n}\n"));
  REQUIRE(service(compilation, "web").needs == Lines{"a", "b"});
}

TEST_CASE("a profile of the standard library needs those services that there are") {
  const std::string text =
      "import openstack.haproxy\n"
      "service haproxy from openstack.haproxy {\n    on one\n}\n"
      "service address from openstack.haproxy.keepalived {\n    on one\n}\n";
  REQUIRE(service(compile_text(with_backup(text)), "address").needs == Lines{"haproxy"});
}

TEST_CASE("a service of the standard library does not need itself under another's name") {
  const Compilation compilation = compile_text(
      with_backup("import openstack.haproxy\n"
                  "service haproxy from openstack.haproxy.keepalived {\n    on one\n}\n"));
  REQUIRE(service(compilation, "haproxy").needs.empty());
}

TEST_CASE("the name of a component is never a parameter") {
  const Compilation compilation =
      compile_text(with_backup("profile p {\n    param files path\n    path files as files\n}\n"
                               "service web from p {\n    on one\n    set files /srv/web\n}\n"));
  REQUIRE(archived(compilation) == Lines{"web.files /srv/web"});
}

TEST_CASE("a profile of one's own needs services that must exist") {
  const Compilation compilation =
      compile_text(with_backup("profile p {\n    path /srv/p\n    needs nobody\n}\n"
                               "service web from p {\n    on one\n}\n"));
  REQUIRE(compilation.shown(Kind::UnknownReference) == "nobody");
}

TEST_CASE("without takes one fact or all of a word away, by key or component name") {
  const std::string profile =
      "profile p {\n    path /etc/p as etc\n    path /srv/p as data\n    path /var/log/p as log\n"
      "    check [\"a\"]\n    check [\"b\"]\n    units u\n}\n";
  const Compilation compilation = compile_text(
      with_backup(profile + "service web from p {\n    on one\n    without path /srv/p\n"
                            "    without path log\n    without check\n    without units\n}\n"));
  REQUIRE(archived(compilation) == Lines{"web.etc /etc/p"});
  REQUIRE(service(compilation, "web").checks.empty());
  REQUIRE(service(compilation, "web").units.empty());
}

TEST_CASE("without comes before what its own block adds") {
  const Compilation compilation = compile_text(with_backup(
      "profile p {\n    path /etc/p as etc\n    path /srv/p as data\n}\n"
      "service web from p {\n    on one\n    path /srv/q as data\n    without path data\n"
      "}\n"));
  REQUIRE(archived(compilation) == Lines{"web.data /srv/q", "web.etc /etc/p"});
}

TEST_CASE("a without that takes nothing is an error") {
  const Compilation compilation = compile_text(
      with_backup("profile p {\n    path /etc/p as etc\n}\n"
                  "service web from p {\n    on one\n    path /own\n    without path /own\n}\n"));
  require_errors(compilation, {Kind::WithoutNothing});
}

TEST_CASE("profiles start from profiles, and parameters pass through") {
  const Compilation compilation = compile_text(with_backup(
      "profile bottom {\n    param dir path\n    param note string = \"x\"\n    path dir as data\n"
      "    except /srv/web/t because note\n}\n"
      "profile top from bottom {\n    param root path\n    set dir root\n    path /etc/top as "
      "etc\n}\n"
      "service web from top {\n    on one\n    set root /srv/web\n    set note "
      "\"outermost\"\n}\n"));
  REQUIRE(archived(compilation) == Lines{"web.data /srv/web", "web.etc /etc/top"});
  REQUIRE(plan::to_yaml(*compilation.plan).find("outermost") != std::string::npos);
}

TEST_CASE("a profile passes a parameter on under the same name, and may fix it for others") {
  const std::string bottom = "profile bottom {\n    param dir path\n    path dir as data\n}\n";
  const auto through = [&](const std::string& top, const std::string& set) {
    return archived(
        compile_text(with_backup(bottom + "profile top from bottom {\n" + top +
                                 "}\nservice web from top {\n    on one\n" + set + "}\n")));
  };
  REQUIRE(through("    param dir path\n    set dir dir\n    path /etc/top as etc\n",
                  "    set dir /srv/given\n") == Lines{"web.data /srv/given", "web.etc /etc/top"});
  REQUIRE(through("    set dir /srv/fixed\n", "") == Lines{"web.data /srv/fixed"});
  REQUIRE(through("    set dir /srv/fixed\n", "    set dir /srv/given\n") ==
          Lines{"web.data /srv/given"});
  REQUIRE(through("", "    set dir /srv/given\n") == Lines{"web.data /srv/given"});
}

TEST_CASE("profiles that start from each other are a cycle, reported once") {
  const Compilation compilation = compile_text(
      with_backup("profile a from b {\n    path /a\n}\nprofile b from a {\n    path /b\n}\n"
                  "service x from a {\n    on one\n}\nservice y from b {\n    on one\n}\n"));
  require_errors(compilation, {Kind::ProfileCycle});
  REQUIRE(compilation.of(Kind::ProfileCycle).front().witness == Lines{"b → a → b"});
  REQUIRE(compilation.of(Kind::ProfileCycle).front().labels.size() == 1);
  require_errors(compile_text(with_backup("profile a from a {\n    path /a\n}\n"
                                          "service x from a {\n    on one\n}\n")),
                 {Kind::ProfileCycle});
}

TEST_CASE("a profile that leads into a cycle is no part of it") {
  const Compilation compilation = compile_text(
      with_backup("profile a from m {\n    path /a\n}\nprofile m from n {\n    path /m\n}\n"
                  "profile n from m {\n    path /n\n}\nservice x from a {\n    on one\n}\n"));
  require_errors(compilation, {Kind::ProfileCycle});
  REQUIRE(compilation.of(Kind::ProfileCycle).front().witness == Lines{"n → m → n"});
}

TEST_CASE("a chain of many profiles needs no deep stack") {
  std::string text = "profile p0 {\n    path /srv/p as data\n}\n";
  for (int number = 1; number < 20000; ++number) {
    text += fmt::format("profile p{} from p{} {{ }}\n", number, number - 1);
  }
  const Compilation compilation =
      compile_text(with_backup(text + "service web from p19999 {\n    on one\n}\n"));
  REQUIRE(archived(compilation) == Lines{"web.data /srv/p"});
}

TEST_CASE("a parameter of a profile is set, has a default, or is missed at the service") {
  const std::string profile = "profile p {\n    param dir path\n    path dir as data\n}\n";
  const Compilation missing =
      compile_text(with_backup(profile + "service web from p {\n    on one\n}\n"));
  require_errors(missing, {Kind::MissingParameter});
  REQUIRE(missing.shown(Kind::MissingParameter) == "web");
  require_errors(
      compile_text(with_backup(
          profile + "service web from p {\n    on one\n    set dir /d\n    set dri /e\n}\n")),
      {Kind::UnknownParameter});
  require_errors(
      compile_text(with_backup(profile + "service web from p {\n    on one\n    set dir 26h\n}\n")),
      {Kind::WrongParameterType});
  require_errors(
      compile_text(with_backup(
          profile + "service web from p {\n    on one\n    set dir /d\n    set dir /e\n}\n")),
      {Kind::DuplicateFact});
}

TEST_CASE("a service without a profile has nothing to set") {
  require_errors(
      compile_text(with_backup("service w {\n    on one\n    path /w\n    set a /b\n}\n")),
      {Kind::UnknownParameter});
}

TEST_CASE("an unknown profile is one finding, not many") {
  const Compilation compilation = compile_text(with_backup(
      "service w from nowhere {\n    set a /b\n    without path\n    without units\n}\n"));
  require_errors(compilation, {Kind::UnknownReference});
}

TEST_CASE("profiles are named through their library, siblings by their own name") {
  Files files = {{"policy.stay", with_backup("import \"./shop.stay\"\n"
                                             "service a from shop {\n    on one\n}\n"
                                             "service b from shop.web {\n    on one\n}\n")},
                 {"shop.stay",
                  "language 1\nlibrary shop\n"
                  "profile shop {\n    path /etc/shop as etc\n}\n"
                  "profile web from base {\n    path /srv/web as web\n}\n"
                  "profile base {\n    path /srv/base as base\n}\n"}};
  REQUIRE(archived(compile_files(files)) ==
          Lines{"a.etc /etc/shop", "b.base /srv/base", "b.web /srv/web"});
}

TEST_CASE("a profile that nothing uses still has its mistakes reported") {
  const Compilation compilation = compile_text(
      with_backup("service w {\n    on one\n    path /w\n}\nprofile p {\n    path 26h\n}\n"));
  REQUIRE(compilation.diagnostics.error_count() == 1);
}

TEST_CASE("a finding in a profile shows the line of the profile") {
  const Compilation compilation = compile_text(with_backup(
      "profile p {\n    database d on nowhere\n}\nservice w from p {\n    on one\n}\n"));
  require_errors(compilation, {Kind::UnknownReference});
  REQUIRE(compilation.shown(Kind::UnknownReference) == "nowhere");
}

}  // namespace backstay::compiler::testing
