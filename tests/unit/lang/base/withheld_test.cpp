// Secrets on the lines around a finding, and in its texts.
#include "lang/base/withheld.hpp"

#include "lang/base/render.hpp"
#include "tests/support/catch.hpp"

namespace backstay::lang {
namespace {

Diagnostic other_finding(std::string message) {
  return {.kind = DiagnosticKind::WrongType,
          .primary = {0, 0, 1},
          .message = std::move(message),
          .primary_label = "here hunter2",
          .labels = {{{0, 1, 2}, "and hunter2"}},
          .witness = {"hunter2 is seen"},
          .help = "not hunter2",
          .fixes = {{"write hunter2", {}}, {"write it", {{{0, 0, 1}, "hunter2"}}}}};
}

}  // namespace

TEST_CASE("the excerpt of any finding withholds the secrets of its line") {
  for (const std::string line :
       {R"(check ["mysql", "--password=hunter2"] "x")",
        R"(check ["tool", "--password", "hunter2"])",
        R"(a ["mysql", "-phunter2"]; b ["mysql", "-phunter2"])", R"(rsync "backup:hunter2@nas:/x")",
        R"(rclone ":sftp,host=h,pass=hunter2:/p")", R"(because "restored with password=hunter2")",
        R"(set db_password = "hunter2")", R"(param db_password string = "hunter2")",
        R"(check ["mysql", "--password=hunter2)", R"(path /srv/x?token=hunter2 )"}) {
    INFO(line);
    SourceSet sources;
    sources.add("policy.stay", line + "\n");
    const std::string text = render(
        {.kind = DiagnosticKind::WrongType, .primary = {0, 0, 1}, .message = "x"}, sources, {});
    CHECK(text.find("hunter2") == std::string::npos);
    CHECK(text.find(line.substr(0, 4)) != std::string::npos);
    CHECK(text.find("***") != std::string::npos);
  }
}

TEST_CASE("a vector of several lines withholds its secrets, and comments mean nothing") {
  SourceSet sources;
  sources.add("policy.stay", "# it's \"\ncheck [\"mysql\",  # [\n  \"-phunter2\"]\nhost c[1-2]\n");
  const Withheld withheld(sources);
  CHECK(withheld.line(0, 1) == "# it's \"");
  CHECK(withheld.line(0, 3) == "  ***********]");
  CHECK(withheld.line(0, 4) == "host c[1-2]");
}

TEST_CASE("strings that hold no secret are shown as they are") {
  for (const std::string line :
       {R"(login "store-login")", R"(secret db-password credential "mysql-root")",
        R"(check ["openstack", "token", "issue"])", R"(because "password: ask the night shift")"}) {
    SourceSet sources;
    sources.add("policy.stay", line + "\n");
    CHECK(Withheld(sources).line(0, 1) == line);
  }
}

TEST_CASE("no text of a finding repeats a secret, and no fix writes one") {
  SourceSet sources;
  sources.add("policy.stay", "check [\"mysql\", \"--password=hunter2\"]\n");
  const Diagnostic clean =
      Withheld(sources).finding(other_finding("there is no `--password=hunter2` here"));
  CHECK(clean.message == "there is no `***` here");
  CHECK(clean.primary_label == "here ***");
  CHECK(clean.labels[0].text == "and ***");
  CHECK(clean.witness[0] == "*** is seen");
  CHECK(clean.help == "not ***");
  REQUIRE(clean.fixes.size() == 1);
  CHECK(clean.fixes[0].title == "write ***");
  Diagnostics findings;
  findings.add(other_finding("there is no `--password=hunter2` here"));
  CHECK(render_json(findings, sources).find("hunter2") == std::string::npos);
}

TEST_CASE("a long token that is quoted in part is withheld, too") {
  SourceSet sources;
  const std::string token = "password=" + std::string(80, 'x');
  sources.add("policy.stay", "because \"" + token + "\"\n");
  const std::string shown = Withheld(sources).text("`" + token.substr(0, 60) + "…` is long");
  CHECK(shown == "`***x…` is long");
}

}  // namespace backstay::lang
