#include <map>

#include <fmt/format.h>

#include "lang/syntax/pattern.hpp"
#include "lang/syntax/signatures.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/parsing.hpp"

using namespace backstay::lang;
using backstay::test::ParsedText;
using backstay::test::summary;

namespace {

using Parameters = std::map<std::string, std::string, std::less<>>;

ParameterType lookup(const Parameters& parameters) {
  return [&parameters](std::string_view name) -> std::optional<std::string_view> {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::nullopt
                                     : std::optional<std::string_view>(found->second);
  };
}

// `CLAUSE=a,b;` for each clause of a match, or the findings.
std::string matched(std::string_view block,
                    std::string_view text,
                    const Parameters& parameters = {}) {
  ParsedText parsed(text);
  const ast::File& file = parsed.parsed.file;
  const auto result = match(file, file.facts.at(0), block, lookup(parameters), parsed.findings);
  std::string shown = summary(parsed.findings, parsed.sources);
  if (!result) {
    return shown;
  }
  for (const Clause& clause : result->clauses) {
    shown += std::string(clause.name) + "=";
    for (const ast::Argument& value : clause.values) {
      shown += (&value == &clause.values.front() ? "" : ",") + std::string(value.text);
    }
    shown += ";";
  }
  return shown;
}

std::string help_of(std::string_view block, std::string_view text) {
  ParsedText parsed(text);
  const auto result =
      match(parsed.parsed.file, parsed.parsed.file.facts.at(0), block, {}, parsed.findings);
  CHECK((result || !parsed.findings.all().empty()));
  return parsed.findings.all().empty() ? "" : parsed.findings.all().front().help;
}

}  // namespace

TEST_CASE("clauses come in any order after the fixed part", "[match]") {
  CHECK(matched("service", "path /var/log/nova") == "=/var/log/nova;");
  CHECK(matched("service", "path /var/log/nova may-vanish as log optional") ==
        "=/var/log/nova;may-vanish=;as=log;optional=;");
  CHECK(matched("service", "check [\"a\"] within 60s accepts 0, 1") ==
        "=[\"a\"];within=60s;accepts=0,1;");
}

TEST_CASE("literal words of the fixed part are clauses, too", "[match]") {
  CHECK(matched("service", "database a, b on control-db") == "=a,b,control-db;on=control-db;");
  CHECK(matched("service", "database all except a, b on control-db") ==
        "=control-db;all=;except=a,b;on=control-db;");
  CHECK(matched("backup", "cover all services except a") == "=;all=;services=;except=a;");
  CHECK(matched("backup", "cover a, b") == "=a,b;");
  CHECK(matched("backup", "to local keep standard") == "=local,standard;keep=standard;");
  CHECK(matched("target", "media disk") == "=disk;");
  CHECK(matched("secret", "file /etc/x") == "=/etc/x;");
}

TEST_CASE("the row that fits is found among several", "[match]") {
  CHECK(matched("schedule", "every day at 02:30, 14:30") == "=02:30,14:30;day=;at=02:30,14:30;");
  CHECK(matched("schedule", "every mon, thu at 02:30") == "=mon,thu,02:30;at=02:30;");
  CHECK(matched("schedule", "every 6h") == "=6h;");
  CHECK(matched("schedule", "every 1st sat at 10:00") == "=1st,sat,10:00;at=10:00;");
  CHECK(matched("schedule", "every last sun at 10:00") == "=last,sun,10:00;at=10:00;");
  CHECK(matched("schedule", "every month on 1, 15 at 10:00") ==
        "=1,15,10:00;month=;on=1,15;at=10:00;");
  CHECK(matched("service", "unprotected /srv because \"x\"") == "=/srv;because=x;");
  CHECK(matched("service", "unprotected because \"x\"") == "=;because=x;");
}

TEST_CASE("a quoted path is a text where a text is due", "[match]") {
  CHECK(matched("service", "except /a because \"//not/../a path/\"") ==
        "=/a;because=//not/../a path/;");
  CHECK(matched("service", "path \"/with blank\"") == "=/with blank;");
  CHECK(matched("service", "path \"/a/../b\"") ==
        "1:6 BST0008 the path `/a/../b` goes up with `..`\n");
  CHECK(matched("service", "owner /etc")
            .starts_with("1:7 BST0202 expected a text in double quotes, found the path `/etc`"));
}

TEST_CASE("names of the world may stand in quotes, names of the policy may not", "[match]") {
  CHECK(matched("service", "units \"getty@tty1.service\", nova-api") ==
        "=getty@tty1.service,nova-api;");
  CHECK(matched("service", "database \"My DB\" on s") == "=My DB,s;on=s;");
  CHECK(matched("service", "needs \"keystone\"") ==
        "1:7 BST0202 expected a service's name, found the text \"keystone\"\n");
}

TEST_CASE("a bare word that names a parameter fits what the parameter's type fits", "[match]") {
  const Parameters parameters = {{"server", "mariadb"},
                                 {"dbs", "names"},
                                 {"db", "name"},
                                 {"wait", "duration"},
                                 {"where", "path"}};
  CHECK(matched("profile", "database dbs on server", parameters) == "=dbs,server;on=server;");
  CHECK(matched("profile", "database db, x on server", parameters) == "=db,x,server;on=server;");
  CHECK(matched("profile", "check [\"a\"] within wait", parameters) == "=[\"a\"];within=wait;");
  CHECK(matched("profile", "path where as state", parameters) == "=where;as=state;");
  CHECK(matched("profile", "path where as wait", parameters) == "=where;as=wait;");
  CHECK(matched("profile", "database x on dbs", parameters) ==
        "1:15 BST0202 expected a database server's name, found the parameter `dbs` of type "
        "`names`\n");
  CHECK(matched("profile", "path wait", parameters) ==
        "1:6 BST0202 expected a path such as `/etc/nova`, found the parameter `wait` of type "
        "`duration`\n");
  CHECK(matched("profile", "database \"wait\" on server", parameters) == "=wait,server;on=server;");
}

TEST_CASE("an unknown word is reported with the nearest one", "[match]") {
  CHECK(matched("service", "pth /etc") == "1:1 BST0101 unknown fact `pth` in a `service` block\n");
  CHECK(help_of("service", "pth /etc") == "did you mean `path`?");
  CHECK(matched("file", "polcy x") == "1:1 BST0101 unknown declaration `polcy`\n");
  CHECK(help_of("site", "zzz x") == "a `site` block holds `part-of`");
}

TEST_CASE("a word in the wrong block is told where it belongs", "[match]") {
  CHECK(matched("target", "path /etc") ==
        "1:1 BST0102 `path` does not stand in a `target` block\n");
  CHECK(help_of("target", "path /etc") == "`path` belongs in a `profile` or `service` block");
  CHECK(matched("file", "path /etc") == "1:1 BST0102 `path` stands outside of a block\n");
  CHECK(help_of("service", "target x") == "`target` is a declaration: it stands outside of blocks");
}

TEST_CASE("arguments that are missing, too many or of another type are reported at their place",
          "[match]") {
  CHECK(matched("service", "path") ==
        "1:5 BST0201 expected a path such as `/etc/nova`, found the end of the line\n");
  CHECK(matched("service", "path 26h") ==
        "1:6 BST0202 expected a path such as `/etc/nova`, found the duration `26h`\n");
  CHECK(matched("service", "path /etc optinal") == "1:11 BST0204 `path` has no clause `optinal`\n");
  CHECK(help_of("service", "path /etc optinal") == "did you mean `optional`?");
  CHECK(matched("service", "path /a optional as x optional") ==
        "1:23 BST0205 `optional` is given twice\n");
  CHECK(matched("service", "path /a, /b") ==
        "1:10 BST0203 `path` takes no list here; found the path `/b` after `,`\n");
  CHECK(matched("service", "needs a b") ==
        "1:9 BST0203 expected the end of the line, found the name `b`\n");
  CHECK(help_of("service", "needs a b") == "the items of a list are separated by `,`");
  CHECK(matched("service", "database a") ==
        "1:11 BST0201 expected `on`, found the end of the line\n");
  CHECK(help_of("service", "path 26h") ==
        "write `path PATH [as NAME] [optional] [may-change] [may-vanish]`");
  CHECK(matched("mariadb", "method x") ==
        "1:8 BST0202 expected `dump` or `physical`, found the name `x`\n");
  CHECK(matched("service", "quiesce") ==
        "1:8 BST0201 expected `stop`, found the end of the line\n");
}

TEST_CASE("a declaration's name is checked", "[match]") {
  CHECK(matched("file", "site dc1") == "=dc1;");
  CHECK(matched("file", "policy Ctl") == "1:8 BST0009 `Ctl` is no name\n");
  CHECK(matched("file", "site all") == "1:6 BST0009 `all` is no name\n");
  CHECK(help_of("file", "site all") == "`all` is reserved");
  CHECK(matched("file", "site a.b") == "1:6 BST0202 expected a name, found the name `a.b`\n");
}

TEST_CASE("blocks stand where they belong", "[match]") {
  CHECK(matched("file", "target local") == "1:13 BST0206 `target` lacks its block\n=local;");
  CHECK(matched("file", "service x") == "1:10 BST0206 `service` lacks its block\n=x;");
  CHECK(matched("file", "service x from a.b") == "=x;from=a.b;");
  CHECK(matched("file", "host x") == "=x;");
  CHECK(matched("file", "language 1 { }") == "1:12 BST0207 `language` has no block\n=1;");
  CHECK(matched("service", "path /a { x }") == "1:9 BST0207 `path` has no block\n=/a;");
}

TEST_CASE("what the parser reported is not reported again", "[match]") {
  CHECK(matched("service", "path 26hours") ==
        "1:6 BST0005 `26hours` is no number, duration, size, date or time\n");
  CHECK(matched("service", "26hours").find("BST01") == std::string::npos);
  CHECK(matched("service", "path /etc $x") == "1:11 BST0001 expected an argument, found `$x`\n");
}

TEST_CASE("values of parameters are checked by their type", "[match]") {
  const auto fits_type = [](std::string_view type, std::string_view value) {
    const ParsedText parsed(fmt::format("param x y = {}\n", value));
    const auto arguments = parsed.parsed.file.arguments_of(parsed.parsed.file.facts.at(0));
    return fits_parameter_type(type, arguments.back());
  };
  CHECK(fits_type("bool", "true"));
  CHECK_FALSE(fits_type("bool", "yes"));
  CHECK(fits_type("int", "7"));
  CHECK_FALSE(fits_type("int", "7d"));
  CHECK(fits_type("duration", "7d"));
  CHECK(fits_type("size", "1GiB"));
  CHECK(fits_type("rate", "1GiB/s"));
  CHECK(fits_type("path", "/etc"));
  CHECK_FALSE(fits_type("path", "etc"));
  CHECK(fits_type("names", "nova_api"));
  CHECK(fits_type("string", "\"/etc\""));
  CHECK_FALSE(fits_type("string", "/etc"));
  CHECK(fits_type("argv", "[\"a\"]"));
  CHECK(fits_type("hosts", "c[1-3]"));
  CHECK(fits_type("mariadb", "control-db"));
  CHECK_FALSE(fits_type("no-such-type", "x"));
}

TEST_CASE("every type of a parameter fits some argument", "[match]") {
  for (const char* type :
       {"int", "duration", "size", "rate", "path", "name", "names", "string", "argv", "mariadb",
        "postgresql", "hosts", "group", "service", "target", "secret", "schedule"}) {
    bool fits_one = false;
    for (const ArgumentType& argument : argument_types()) {
      fits_one = fits_one || (argument.parameters != "*" && parameter_fits(argument, true, type));
    }
    INFO(type);
    CHECK(fits_one);
  }
}
