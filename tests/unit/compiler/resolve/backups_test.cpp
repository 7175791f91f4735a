// Copies, drills, messages, and what people decided.
#include "tests/unit/compiler/resolve/resolve_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

const std::string kBase =
    "host one\nservice app {\n    on one\n    path /srv/app\n    database shop on db\n}\n"
    "service web {\n    on one\n    path /srv/web\n}\n"
    "mariadb db {\n    on one\n    socket /s\n}\n"
    "target a {\n    directory /a\n}\ntarget b {\n    directory /b\n}\n"
    "target c {\n    directory /c\n}\nretention short {\n    daily 7\n}\n"
    "schedule nightly {\n    every day at 02:30\n}\nsecret hook {\n    file /etc/hook\n}\n";

Resolution with_backup_facts(const std::string& facts) {
  return resolve_text(kBase + "notify ops {\n    webhook hook\n}\nbackup all-of-it {\n" +
                      "    cover all services\n    to a keep short\n" + facts + "}\n");
}

Resolution with_drill(const std::string& facts) {
  return resolve_text(kBase + "drill d {\n" + facts + "}\n");
}

}  // namespace

TEST_CASE("a backup goes to further targets, by their names") {
  const Resolution resolution = with_backup_facts(
      "    copy to c keep short lag 2h\n    copy to b keep short run nightly\n"
      "    compression fast\n    concurrency 2\n    notify ops\n    deadline 4h\n");
  require_errors(resolution, {});
  const Backup& backup = resolution.policy.backups.at(0);
  REQUIRE(backup.copies.size() == 2);
  CHECK(resolution.policy.targets[backup.copies[0].target.value].name == "b");
  CHECK(backup.copies[0].schedule);
  CHECK(!backup.copies[0].lag);
  CHECK(backup.copies[1].lag->value.seconds == 7'200);
  CHECK(backup.compression->value == "fast");
  CHECK(backup.concurrency->value == 2);
  CHECK(backup.notify->value == 0);
  CHECK(backup.deadline->value.seconds == 14'400);
}

TEST_CASE("a second copy in one place is none") {
  require_errors(with_backup_facts("    copy to b keep short\n    copy to b keep short\n"),
                 {Kind::DuplicateFact});
  require_errors(with_backup_facts("    copy to a keep short\n"), {Kind::DuplicateFact});
}

TEST_CASE("numbers and times of a backup are more than nothing") {
  require_errors(with_backup_facts("    concurrency 0\n"), {Kind::ValueOutOfRange});
  require_errors(with_backup_facts("    deadline 0h\n"), {Kind::ValueOutOfRange});
}

TEST_CASE("a drill restores services from a target and expects things of them") {
  const Resolution resolution = with_drill(
      "    run nightly\n    on one\n    restore all services except web from b into sandbox\n"
      "    expect rows shop.orders at-least 3\n    expect file /srv/app/b on one\n"
      "    expect file /srv/app/a\n    expect run [\"probe\"] accepts 2, 1\n    deadline 2h\n");
  require_errors(resolution, {});
  const Drill& drill = resolution.policy.drills.at(0);
  CHECK(Resolution::names(drill.services, resolution.policy.services) == "app");
  CHECK(resolution.policy.targets[drill.target->value].name == "b");
  CHECK(drill.schedule);
  CHECK(drill.host->value == 0);
  CHECK(drill.rows.at(0).database.value == "shop");
  CHECK(drill.rows.at(0).table.value == "orders");
  CHECK(drill.rows.at(0).at_least == 3);
  CHECK(drill.files.at(0).path.value == "/srv/app/a");
  CHECK(drill.files.at(1).host);
  CHECK(drill.commands.at(0).accepts == std::vector<std::int64_t>{1, 2});
  const Resolution listed = with_drill("    restore web, app from b into sandbox\n");
  require_errors(listed, {});
  CHECK(Resolution::names(listed.policy.drills.at(0).services, listed.policy.services) ==
        "app web");
}

TEST_CASE("a drill needs something to restore, and can expect only what comes of it") {
  require_errors(with_drill("    run nightly\n"), {Kind::MissingFact});
  const std::string web = "    restore web from b into sandbox\n";
  require_errors(with_drill(web + "    expect rows shop.orders at-least 3\n"),
                 {Kind::UnknownReference});
  require_errors(with_drill(web + "    expect rows orders at-least 3\n"), {Kind::WrongType});
  require_errors(with_drill(web + "    expect file /a\n    expect file /a\n"),
                 {Kind::DuplicateFact});
  const Resolution typo =
      with_drill("    restore app from b into sandbox\n    expect rows shpo.orders at-least 3\n");
  CHECK(typo.help(Kind::UnknownReference) == "did you mean `shop`?");
}

TEST_CASE("messages go somewhere, by default of failures and recoveries") {
  const Resolution resolution =
      resolve_text(kBase +
                   "notify a {\n    mail \"ops@example.org\"\n    command [\"tell\"]\n}\n"
                   "notify b {\n    healthcheck hook\n    on success, failure\n}\n");
  require_errors(resolution, {});
  const auto& notifies = resolution.policy.notifies;
  CHECK(notifies.at(0).mail->value == "ops@example.org");
  CHECK(notifies.at(0).command->value == std::vector<std::string>{"tell"});
  REQUIRE(notifies.at(0).outcomes.size() == 2);
  CHECK(notifies[0].outcomes[0].value == Outcome::Failure);
  CHECK(notifies[0].outcomes[1].value == Outcome::Recovery);
  REQUIRE(notifies.at(1).outcomes.size() == 2);
  CHECK(notifies[1].outcomes[1].value == Outcome::Success);
  require_errors(resolve_text("notify a {\n    on failure\n}\n"), {Kind::MissingFact});
  require_errors(resolve_text("notify a {\n    mail \"ops\"\n}\n"), {Kind::WrongType});
  require_errors(resolve_text("notify a {\n    mail \"o@x\"\n    on failure, failure\n}\n"),
                 {Kind::DuplicateFact});
}

TEST_CASE("renames and allowed findings are kept as they are said, in their order") {
  const Resolution resolution = resolve_text(
      "moved target old -> new\nmoved component app.b -> app.a\n"
      "allow BST0803 on service app because \"soon\" until 2027-06-30\n"
      "allow BST0309 on target t because \"spare\" until 2027-06-30\n");
  require_errors(resolution, {});
  REQUIRE(resolution.policy.moved.size() == 2);
  CHECK(resolution.policy.moved[0].kind.value == "component");
  CHECK(resolution.policy.moved[1].old_name.value == "old");
  CHECK(resolution.policy.moved[1].new_name.value == "new");
  REQUIRE(resolution.policy.allows.size() == 2);
  CHECK(resolution.policy.allows[0].code.value == "BST0309");
  CHECK(resolution.policy.allows[0].because.value == "spare");
  CHECK(resolution.policy.allows[0].until.value == "2027-06-30");
  require_errors(resolve_text("allow BST0309 on target t because \"x\" until 2027-06-30\n"
                              "allow BST0309 on target t because \"y\" until 2027-07-30\n"),
                 {Kind::DuplicateDeclaration});
}

TEST_CASE("names in all facts count as uses, and names in decisions do not") {
  const Resolution used =
      resolve_text(kBase +
                   "notify ops {\n    webhook hook\n}\ngroup g {\n    members one\n}\n"
                   "service more {\n    on one\n    replicate /a to g\n    mirror /m to c\n}\n"
                   "backup all-of-it {\n    cover all services\n    to a keep short\n"
                   "    copy to b keep short run nightly\n    notify ops\n}\n");
  require_errors(used, {});
  CHECK(used.unused().empty());
  const Resolution spare = resolve_text(
      "target t {\n    directory /t\n}\n"
      "allow BST0309 on target t because \"spare\" until 2027-06-30\n");
  CHECK(spare.unused() == std::vector<std::string>{"target t"});
}

TEST_CASE("promises of nothing are none") {
  for (const char* promise : {"copies 0", "rpo 0h", "immutable 0d", "drill every 0d"}) {
    INFO(promise);
    require_errors(
        resolve_text(kBase + "require all services {\n    " + std::string(promise) + "\n}\n"),
        {Kind::ValueOutOfRange});
  }
  require_errors(resolve_text(kBase + "require all services {\n    rpo 2h tolerates 0\n"
                                      "    encrypted\n    drill every 35d\n}\n"),
                 {});
}

}  // namespace backstay::compiler::testing
