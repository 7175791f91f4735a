#include <string>
#include <vector>

#include "compiler/check/checks.hpp"
#include "lang/base/secret_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/check/model_builder.hpp"

namespace backstay::compiler::testing {

using lang::find_secret_in_address;
using lang::find_secret_in_text;
using lang::find_secret_literal;
using Kind = lang::DiagnosticKind;

TEST_CASE("a secret in the arguments of a check is told without repeating it") {
  ModelBuilder model;
  CheckFact& check = model.service("web").checks.emplace_back();
  check.command = {"curl", "https://admin:hunter2@localhost/health"};
  check.span = model.span();
  const auto found = findings_of(check_secrets, model.policy);
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
                              {"curl", "-H", "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9"},
                              {"curl", "--header=Authorization: Basic YWRtaW46aHVudGVyMg=="},
                              {"curl", "-H", "X-Auth-Token: gAAAAABhunter2"},
                              {"curl", "-HX-Auth-Token: gAAAAABhunter2"},
                              {"curl", "--user=admin:hunter2", "http://localhost"},
                              {"etcdctl", "--user", "root:hunter2", "endpoint", "health"},
                              {"etcdctl", "--user=root:hunter2", "endpoint", "health"},
                              {"sh", "-c", "mysql -uroot -phunter2"},
                              {"/bin/bash", "-ec", "cd /srv && PGPASSWORD='hunter2' psql"},
                              {"sh", "-c", "true; curl -u \"admin:hunter2\" http://localhost"},
                              {"curl", "https://hooks.slack.com/services/T0001/B0002/XXXX"},
                              {"curl", "https://discord.com/api/webhooks/1234/abcd"},
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
                              {"curl", "-H", "Authorization: @/etc/token"},
                              {"curl", "-H", "@/etc/headers"},
                              {"curl", "-H", "Accept: application/json"},
                              {"curl", "--user=admin", "http://localhost"},
                              {"rsync", "--usermap=0:1000", "/a", "/b"},
                              {"docker", "run", "--user", "1000:1000", "image"},
                              {"install", "--user", "root:root"},
                              {"sh", "-c", "mysql -p\"$PASSWORD\" -e 'select 1'"},
                              {"sh", "-c", "PGPASSWORD=$(cat /etc/x) psql"},
                              {"sh", "-c", "mkdir -p /srv; mysql < /tmp/x"},
                              {"sh", "-c", "openstack token issue | grep -q id"},
                              {"curl", "https://hooks.slack.com/services/"},
                              {"curl", "https://user@host/health"},
                              {"tool", "--broken=token"}}) {
    INFO(arguments.back());
    CHECK_FALSE(find_secret_literal(arguments));
  }
}

TEST_CASE("every command of a policy is looked through, each once") {
  const std::vector<std::string> bad{"tool", "--password=hunter2"};
  ModelBuilder model;
  Service& web = model.service("web");
  web.exports.push_back({model.text("definitions"), bad, {"cat"}, model.span()});
  web.exports.push_back({model.text("other"), {"cat"}, bad, model.span()});
  for (auto* hook :
       {&web.before_backup, &web.after_backup, &web.before_restore, &web.after_restore}) {
    *hook = HookFact{bad, {0}, std::nullopt, model.span()};
  }
  Secret& secret = model.policy.secrets.emplace_back();
  secret.command = model.at(bad);
  Notify& notify = model.policy.notifies.emplace_back();
  notify.command = model.at(bad);
  Drill& drill = model.policy.drills.emplace_back();
  drill.commands.push_back({bad, {0}, model.span()});
  CHECK(kinds_of(check_secrets, model.policy) == Kinds(9, Kind::SecretInArguments));
}

TEST_CASE("a target's remote with a password is told without repeating it") {
  for (const std::string remote :
       {"backup:hunter2@nas.example.org:/srv/backup", "rest:https://ops:hunter2@store:8000/ctl",
        ":s3,access_key_id=AK,secret_access_key=hunter2:bucket", "sftp://ops:hunter2@store/x"}) {
    ModelBuilder model;
    Target& target = model.policy.targets.emplace_back();
    target.kind = remote.starts_with("backup") ? TargetKind::Rsync : TargetKind::Restic;
    target.remote = model.text(remote);
    const auto found = findings_of(check_secrets, model.policy);
    INFO(remote);
    REQUIRE(found.size() == 1);
    CHECK(found[0].kind == Kind::SecretInText);
    CHECK((found[0].message + found[0].help).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("addresses that name an account, a port or a bucket hold no secret") {
  for (const std::string address :
       {"backup@nas.example.org:/srv/backup", "swift-dc2:backups/controller", "[fd00::1]:/srv",
        "rest:https://store:8000/ctl", "10.0.0.11", "s3:https://s3.example.org/b",
        "ops@example.org", ":sftp,host=store,user=ops:/x"}) {
    INFO(address);
    CHECK_FALSE(find_secret_in_address(address));
  }
}

TEST_CASE("a folder of an rclone remote may have an at sign") {
  ModelBuilder model;
  Target& target = model.policy.targets.emplace_back();
  target.kind = TargetKind::Rclone;
  target.remote = model.text("remote:mail@example.org/inbox");
  CHECK(findings_of(check_secrets, model.policy).empty());
}

TEST_CASE("tokens are known by their beginning, passwords by what they are assigned to") {
  for (const std::string text :
       {"see ghp_abcdefghijklmnopqrstuvwxyz0123456789", "glpat-abcdefghijklmnopqrst",
        "/srv/AGE-SECRET-KEY-1QQQ", "restored with password=hunter2", "/srv/x?token=abc123",
        "OS_PASSWORD=hunter2", "admin_password:hunter2", "root password: Tr0ub4dor&3"}) {
    INFO(text);
    CHECK(find_secret_in_text(text));
  }
  for (const std::string text :
       {"password: ask the night shift", "password: KeePass, entry 12", "root password: Safe-Room3",
        "the password: see RT4711", "the token is in the safe", "/etc/nova/token",
        "/var/lib/passwords", "safe 2, sealed envelope", "rotated by ghp_bot", "see ticket 4711:3",
        "secret=/etc/backstay/x", "at 02:30"}) {
    INFO(text);
    CHECK_FALSE(find_secret_in_text(text));
  }
}

TEST_CASE("reasons, paths and names are looked through") {
  ModelBuilder model;
  Service& web = model.service("web");
  web.excepts.push_back({model.text("/srv/x"), model.text("password=hunter2"), model.span()});
  web.external = model.text("token=abc123, see wiki");
  model.path(web, "/srv/password=hunter2");
  Host& host = model.policy.hosts.emplace_back();
  host.address = model.text("root:hunter2@10.0.0.1");
  Allow& allow = model.policy.allows.emplace_back();
  allow.because = model.text("until the passwd=x is rotated");
  CHECK(kinds_of(check_secrets, model.policy) == Kinds(5, Kind::SecretInText));
}

}  // namespace backstay::compiler::testing
