// Scripts and configurations of others: each sample of tests/golden/takeover has its policy beside
// it, which compiles without a finding and holds no password. UPDATE_GOLDEN=1 writes them.
#include "compiler/takeover/takeover.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <rapidcheck/catch.h>

#include "compiler/draft/policy_text.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler {
namespace {

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void require_sound(const std::string& text) {
  const auto compiled = testing::compile_text(text);
  INFO(text);
  INFO(compiled.report());
  REQUIRE(compiled.diagnostics.all().empty());
  REQUIRE(compiled.plan);
  CHECK(formatted_policy(text) == text);
}

Result<Takeover> read_sample(const std::string& name) {
  const std::string text =
      read_text(std::string(BACKSTAY_SOURCE_DIR) + "/tests/golden/takeover/" + name);
  return name.ends_with(".sh") ? read_cron_script(name, text) : read_borgmatic(name, text);
}

Takeover require_golden(const std::string& name) {
  auto takeover = read_sample(name);
  REQUIRE(takeover);
  const std::string text = takeover_policy(*takeover, "ctl01");
  require_sound(text);
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(text.find("secret-id") == std::string::npos);
  const std::string file =
      std::string(BACKSTAY_SOURCE_DIR) + "/tests/golden/takeover/" + name + ".stay";
  const char* update = std::getenv("UPDATE_GOLDEN");
  if (update != nullptr && std::string_view(update) == "1") {
    std::ofstream(file) << text;
  }
  CHECK(text == read_text(file));
  return std::move(*takeover);
}

bool tells(const Takeover& takeover, std::size_t line, NoteKind kind, std::string_view text) {
  for (const TakeoverNote& note : takeover.notes) {
    if (note.line == line && note.kind == kind && note.text.find(text) != std::string::npos) {
      return true;
    }
  }
  return false;
}

// Lines of a script of which nothing at all is said.
bool is_told(const Takeover& takeover, std::size_t line) {
  return std::any_of(takeover.notes.begin(), takeover.notes.end(),
                     [&](const TakeoverNote& note) { return note.line == line; });
}

}  // namespace

TEST_CASE("the operations guide's script is told line by line") {
  const Takeover guide = require_golden("guide.sh");
  CHECK(tells(guide, 5, NoteKind::Unsafe, "reports success when the dump failed"));
  CHECK(tells(guide, 5, NoteKind::Unsafe, "Galera"));
  CHECK(tells(guide, 5, NoteKind::Unsafe, "--single-transaction"));
  CHECK(tells(guide, 7, NoteKind::Unsafe, "after 8 days of failed dumps"));
  CHECK(guide.directory == "/var/lib/backups/mysql");
  REQUIRE(guide.databases.size() == 1);
  CHECK(guide.databases[0].all);
  REQUIRE(guide.keep.size() == 1);
  CHECK(guide.keep[0].second == 7);
}

TEST_CASE("a long script: what is known is taken, and no other line is passed over in silence") {
  const Takeover many = require_golden("many.sh");
  CHECK(many.databases[0].names == std::vector<std::string>{"nova", "keystone", "glance"});
  CHECK(many.databases[1].address == "db2");
  CHECK(many.sqlite_files == std::vector<std::string>{"/var/lib/grafana/grafana.db"});
  CHECK(many.remotes == std::vector<std::string>{"backup@far.example.org:/srv/ctl01"});
  CHECK(tells(many, 5, NoteKind::Secret, "password"));
  CHECK(tells(many, 9, NoteKind::Secret, "`ps`"));
  CHECK(tells(many, 9, NoteKind::Unsafe, "|| true"));
  CHECK(tells(many, 18, NoteKind::NotUnderstood, "`if`"));
  CHECK(tells(many, 20, NoteKind::NotUnderstood, "`curl`"));
  CHECK(tells(many, 26, NoteKind::NotUnderstood, "`eval`"));
  for (const std::size_t line : {7U, 11U, 16U, 17U, 19U, 21U, 22U, 23U}) {
    INFO(line);
    CHECK(is_told(many, line));
  }
}

TEST_CASE("a file of cron.d: users, times, its own meaning of the per cent sign") {
  const Takeover cron = require_golden("cron.d.sh");
  REQUIRE(cron.databases.size() == 1);
  CHECK(cron.databases[0].names == std::vector<std::string>{"nova"});
  CHECK(cron.paths == std::vector<std::string>{"/etc", "/home"});
  CHECK(cron.remotes == std::vector<std::string>{"backup@far.example.org:/srv/etc/"});
  CHECK(cron.schedule == "every day at 02:30");
  CHECK(cron.keep.at(0).second == 14);
  CHECK(tells(cron, 4, NoteKind::Secret, "password"));
  CHECK_FALSE(tells(cron, 5, NoteKind::Unsafe, "cron ends the command"));
  CHECK(tells(cron, 6, NoteKind::NotTaken, "other times"));
  CHECK(tells(cron, 7, NoteKind::Unsafe, "cron ends the command at the first `%`"));
  for (const char* line : {"0 2 * * 1-5 root tar cf /b /etc", "15 4 1 * * tar cf /b /etc",
                           "@weekly tar cf /b /etc", "*/5 * * * * root tar cf /b /etc"}) {
    INFO(line);
    const auto one = read_cron_script("c", line);
    REQUIRE(one);
    CHECK(one->paths == std::vector<std::string>{"/etc"});
    require_sound(takeover_policy(*one, "h"));
  }
}

TEST_CASE("functions are followed with their arguments, and dumps that go through ssh") {
  const Takeover all = require_golden("functions.sh");
  CHECK(all.databases[0].names == std::vector<std::string>{"nova", "keystone", "glance"});
  CHECK(all.paths == std::vector<std::string>{"/etc", "/srv/www", "/root", "/opt/app"});
  CHECK(all.remotes == std::vector<std::string>{"backup@far.example.org:/srv/ctl01"});
  CHECK(tells(all, 5, NoteKind::Unsafe, "nobody compares"));
  CHECK(tells(all, 10, NoteKind::NotUnderstood, "nothing calls"));
  CHECK(tells(all, 19, NoteKind::NotTaken, "another machine"));
  CHECK(tells(all, 20, NoteKind::Secret, "`ps`"));
  CHECK(tells(all, 22, NoteKind::Unsafe, "after 31 days"));
  CHECK(tells(all, 23, NoteKind::Unsafe, "exactly 7 days"));
  CHECK(tells(all, 24, NoteKind::Unsafe, "nothing is left"));
  CHECK(tells(all, 25, NoteKind::Unsafe, "newest 7"));
  CHECK(tells(all, 27, NoteKind::NotUnderstood, "`find`"));
  const auto circle = read_cron_script("s", "f() {\ng\ng\n}\ng() {\nf\nf\ncp -a /etc /b\n}\nf\n");
  REQUIRE(circle);
  CHECK(circle->notes.size() < 2'000);
}

TEST_CASE("what a shell splits, joins and calls by another name is no loss") {
  const Takeover all = require_golden("losses.sh");
  const auto names = [&](const std::string& address, std::int64_t port, const std::string& socket) {
    for (const TakeoverDatabases& each : all.databases) {
      if (each.address == address && each.port == port && each.socket == socket)
        return each.names;
    }
    return std::vector<std::string>{"no such server"};
  };
  using Names = std::vector<std::string>;
  CHECK(names("", 0, "") == Names{"nova", "glance"});
  CHECK(names("db1", 3307, "") == Names{"a"});
  CHECK(names("db1", 0, "") == Names{"b"});
  CHECK(names("", 0, "/run/second.sock") == Names{"c"});
  CHECK(names("db5", 5433, "") == Names{"other"});
  CHECK(names("db6", 0, "") == Names{"d"});
  CHECK(names("db7", 0, "") == Names{"last"});
  CHECK(all.directory == "/srv/backup");
  CHECK(all.paths == Names{"/etc/nova", "/etc/glance", "/etc/cinder", "/etc/heat", "/etc/passwd",
                           "/etc/group", "/srv/www", "/var/log"});
  CHECK(all.excepts.at(0).first == "/var/log/big");
  CHECK(tells(all, 9, NoteKind::Taken, "part of the database"));
  CHECK(tells(all, 12, NoteKind::NotTaken, "a port"));
  CHECK(tells(all, 14, NoteKind::NotTaken, "`PGHOST`"));
  CHECK(tells(all, 20, NoteKind::NotUnderstood, "another list"));
  CHECK(tells(all, 20, NoteKind::NotTaken, "leaves out"));
  CHECK(tells(all, 21, NoteKind::NotTaken, "another machine"));
  CHECK(tells(all, 22, NoteKind::NotTaken, "leaves out"));
}

TEST_CASE("borgmatic's constants stand where their names stood, and nothing goes silently") {
  const Takeover all = require_golden("constants.yaml");
  CHECK(all.paths == std::vector<std::string>{"/srv/acme", "/srv/{unknown}"});
  CHECK(all.sqlite_files == std::vector<std::string>{"/var/lib/acme.db"});
  CHECK(all.keep.at(0).second == 14);
  REQUIRE(all.databases.size() == 3);
  CHECK(all.databases[0].names == std::vector<std::string>{"a"});
  CHECK(all.databases[1].names == std::vector<std::string>{"acme"});
  CHECK(all.databases[1].port == 3307);
  CHECK(all.databases[2].address.empty());
  CHECK(tells(all, 8, NoteKind::NotUnderstood, "not known here"));
  CHECK(tells(all, 9, NoteKind::NotUnderstood, "a source"));
  CHECK(tells(all, 13, NoteKind::NotTaken, "repository"));
  CHECK(tells(all, 15, NoteKind::NotUnderstood, "`exclude_patterns` is no list"));
  CHECK(tells(all, 25, NoteKind::NotTaken, "a port"));
  CHECK(tells(all, 26, NoteKind::NotUnderstood, "not known here"));
  CHECK(tells(all, 30, NoteKind::NotTaken, "option"));
  CHECK(tells(all, 32, NoteKind::NotUnderstood, "`postgresql_databases` is no list"));
}

TEST_CASE("borgmatic in the flat form and in sections") {
  const Takeover flat = require_golden("flat.yaml");
  CHECK(tells(flat, 13, NoteKind::NotUnderstood, "pattern"));
  CHECK(tells(flat, 15, NoteKind::Secret, "passphrase"));
  CHECK(tells(flat, 41, NoteKind::NotUnderstood, "`odd_key`"));
  CHECK(flat.healthcheck);
  const Takeover sections = require_golden("sections.yaml");
  CHECK(sections.paths == std::vector<std::string>{"/etc/app", "/srv/app"});
  CHECK(sections.keep.size() == 1);
}

TEST_CASE("hostile sources are refused, and cost nothing") {
  CHECK_FALSE(read_cron_script("s", std::string("cp\0x", 4)));
  CHECK_FALSE(read_cron_script("s", std::string(kLargestTakeover + 1, 'x')));
  CHECK_FALSE(read_cron_script("s", std::string(6'000, '\n')));
  CHECK_FALSE(read_borgmatic("b", std::string(kLargestTakeover + 1, 'x')));
  CHECK_FALSE(read_borgmatic("b", std::string(100'000, '[')));
  CHECK_FALSE(read_borgmatic("b", "a: &x [1]\nb: *x\n"));
  CHECK_FALSE(read_borgmatic("b", "keep_daily: 7\nkeep_daily: 8\n"));
  CHECK_FALSE(read_borgmatic("b", "? [a]\n: b\n"));
  CHECK_FALSE(read_borgmatic("b", "a: 1\n---\nb: 2\n"));
  CHECK_FALSE(read_borgmatic("b", "- a\n"));
  CHECK_FALSE(read_borgmatic("b", "a: [1\n"));
  std::string deep;
  for (int level = 0; level < 2'000; ++level) {
    deep += std::string(static_cast<std::size_t>(level % 60), ' ') + "a:\n";
  }
  CHECK_FALSE(read_borgmatic("b", deep));
}

TEST_CASE("variables of variables do not grow without end") {
  std::string script = "a=xxxxxxxxxxxxxxxx\n";
  for (int line = 0; line < 60; ++line) {
    script += "a=\"$a$a\"\n";
  }
  std::string list = "for l in";
  for (int word = 0; word < 400; ++word) {
    list += " w" + std::to_string(word);
  }
  script += list + "; do\ncp -a";
  for (int word = 0; word < 2'000; ++word) {
    script += " /$a$l$l";
  }
  const auto takeover = read_cron_script("s", script + " /dest\ndone\ncp -a /etc /dest\n");
  REQUIRE(takeover);
  CHECK(takeover->paths == std::vector<std::string>{"/etc"});
}

TEST_CASE("a dump in a condition is read, and the condition told") {
  const auto takeover = read_cron_script(
      "s",
      "if ! mysqldump nova > /b/nova.sql; then exit 1; fi\nwhile read x; do cp -a /etc /b; done\n");
  REQUIRE(takeover);
  REQUIRE(takeover->databases.size() == 1);
  CHECK(takeover->databases[0].names == std::vector<std::string>{"nova"});
  CHECK(takeover->paths == std::vector<std::string>{"/etc"});
  CHECK(tells(*takeover, 1, NoteKind::NotUnderstood, "`if`"));
  CHECK(tells(*takeover, 2, NoteKind::NotUnderstood, "`while`"));
}

TEST_CASE("what looks like a password is copied from nowhere") {
  const auto script = read_cron_script("s",
                                       "mysqldump --databases PASSWORD=hunter2 nova > /b/n\ncp -a "
                                       "/etc/password=hunter2 /etc/b /b\n");
  REQUIRE(script);
  const std::string text = takeover_policy(*script, "h");
  CHECK(text.find("hunter2") == std::string::npos);
  CHECK(tells(*script, 1, NoteKind::Secret, "not copied"));
  require_sound(text);
}

TEST_CASE("quotes, continuations and here documents") {
  const auto takeover =
      read_cron_script("s",
                       "cp -a '/srv/a b' \"/srv/it's\" /srv/c\\ d \\\n  /srv/e /dest # /srv/no\n"
                       "cat <<'EOF' > /tmp/x\ncp -a /srv/text /dest\nEOF\n"
                       "cp -a /srv/../etc relative $1 /dest && cp /srv/last /dest\n"
                       "cp -a /srv/\"unended /dest\n");
  REQUIRE(takeover);
  CHECK(takeover->paths ==
        std::vector<std::string>{"/srv/a b", "/srv/it's", "/srv/c d", "/srv/e", "/srv/last"});
  CHECK(tells(*takeover, 7, NoteKind::NotUnderstood, "quotes"));
  require_sound(takeover_policy(*takeover, "Host.example"));
}

TEST_CASE(
    "whatever a source is, it is refused or gives a policy without an error and without a secret") {
  rc::prop("scripts", [] {
    const auto words = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "cp -a ", "tar czf ", "mysqldump ", "--databases ", "/etc ", "/etc/a ", "/srv/* ", "/ ",
        "/var ", "mysql ", "sqlite3 /var/y/d.db .backup\n", "--exclude=/var/y/d.db ", "$x ",
        "x=/var/y\n", "| gzip ", "> /b/c ", "\n", "; ", "'", "\"", "`", "$(", ")", "-p hunter2 ",
        "PASSWORD=hunter2\n", "find /b -mtime +3 -delete\n", "rsync -a ", "h:/x ",
        "--exclude=/etc/a ", "|| true\n", "\\", "\xff", "nova ", "\x1b ", "{", "}", "f() {\n",
        "}\n", "f /etc\n", "30 2 * * * root ", "| ssh h 'cat > /x/y'\n", "| xargs rm\n",
        "docker exec c ", "$1 "));
    std::string script;
    for (const std::string& word : words) {
      script += word;
    }
    const auto takeover = read_cron_script("s", script);
    if (!takeover || takeover->holds_nothing()) {
      return;
    }
    const std::string text = takeover_policy(*takeover, "h");
    const auto compiled = testing::compile_text(text);
    INFO(script);
    INFO(text);
    INFO(compiled.report());
    RC_ASSERT(!compiled.diagnostics.has_errors());
  });
}

}  // namespace backstay::compiler
