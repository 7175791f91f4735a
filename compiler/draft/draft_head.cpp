// The top of a drafted policy (what was seen, what is to be decided), its servers, and its end.
#include <algorithm>

#include <fmt/format.h>

#include "compiler/draft/draft_parts.hpp"

namespace backstay::compiler {
namespace {

bool any_login(const DraftParts& parts) {
  return std::any_of(parts.databases.servers.begin(), parts.databases.servers.end(),
                     [](const DraftServer& server) { return server.used && server.needs_login(); });
}

void write_decisions(PolicyText& text, const DraftParts& parts) {
  text.comment("What you must decide; the places below say more:");
  text.comment(
      "- a copy elsewhere: the one target here is lost with this machine (target `offsite`)");
  text.comment(
      "- a key: /etc holds private keys and passwords, and the store holds them readable for root "
      "(key `offsite-key`)");
  text.comment("- what is promised, and so watched by `backstay status --check` (`require`)");
  if (any_login(parts)) {
    text.comment(
        "- the login of a database server, which no program can guess (secret `db-login`)");
  }
  text.comment("- what was seen and not taken (service `system`)");
}

std::string login_comment(const DraftServer& server) {
  if (server.seen == nullptr && !server.socket.empty()) {
    return "It was not asked; its socket is from the configuration of the services. It needs an "
           "account for dumps: docs/databases.md says with which rights.";
  }
  if (server.seen == nullptr) {
    return fmt::format(
        "No socket of it is on this machine; its address is from the configuration of the "
        "services. "
        "It needs an account of its own for dumps: docs/databases.md says with which rights.");
  }
  if (server.seen->reached) {
    return fmt::format("It answered by its socket without a password (version {}, {} databases).",
                       server.seen->version, server.seen->databases.size());
  }
  return fmt::format(
      "It is on this machine, but it told nothing: {}.{}", server.seen->problem,
      server.seen->refused ? "" : " A run asks it as its administrator, by its socket.");
}

void write_server_place(PolicyText& text, const DraftServer& server) {
  if (server.seen != nullptr && server.seen->port != 0) {
    text.comment("a socket of another port than the usual one is not told by its directory");
    text.line("address \"localhost\"");
    text.line(fmt::format("port {}", server.seen->port));
  } else if (server.seen != nullptr) {
    text.line("socket " + path_literal(server.seen->socket));
  } else if (!server.socket.empty()) {
    text.line("socket " + path_literal(server.socket));
  } else {
    text.line("address " + string_literal(server.address));
    text.line(fmt::format("port {}", server.port));
  }
  if (server.needs_login()) {
    text.line(server.kind == SeenServerKind::Mariadb ? "login db-login" : "login pg-login");
  }
}

void write_server(PolicyText& text,
                  const HostFacts& facts,
                  const std::string& host,
                  const DraftServer& server) {
  const bool is_mariadb = server.kind == SeenServerKind::Mariadb;
  const std::string unit = is_mariadb ? "mariadb" : "postgresql";
  text.blank();
  text.describe(login_comment(server));
  text.open((is_mariadb ? "mariadb " : "postgresql ") + server.name);
  text.line("on " + host);
  write_server_place(text, server);
  if (server.seen != nullptr && !server.seen->datadir.empty()) {
    text.line("datadir " + path_literal(server.seen->datadir));
  }
  if (server.seen != nullptr && facts.units.contains(unit + ".service")) {
    text.line("units " + unit);
  }
  if (server.seen != nullptr && server.seen->cluster_size > 1) {
    text.comment(fmt::format("one of {} nodes", server.seen->cluster_size));
    text.line("galera");
  }
  text.close();
}

void write_secret(PolicyText& text, SeenServerKind kind) {
  const bool is_mariadb = kind == SeenServerKind::Mariadb;
  text.blank();
  text.describe(
      is_mariadb ? "To be made by you, readable by root alone: an option file with `[client]`, "
                   "`user = …` and `password = …`. A reference only: no password is in a policy."
                 : "To be made by you, readable by root alone: a password file of libpq, one line "
                   "`host:port:database:user:password`.");
  text.open(is_mariadb ? "secret db-login" : "secret pg-login");
  text.line(is_mariadb ? "file /etc/backstay/mariadb.cnf" : "file /etc/backstay/pgpass");
  text.close();
}

}  // namespace

void write_head(PolicyText& text, const DraftParts& parts) {
  const HostFacts& facts = *parts.facts;
  text.line("language 1");
  text.line("policy " + parts.host);
  text.blank();
  text.comment(fmt::format(
      "Drafted by `backstay init` from what was seen {}. Nothing was changed there. Read every "
      "line: "
      "it is yours from now on.",
      facts.root.empty() ? "on host `" + facts.host + "`" : "below `" + facts.root + "`"));
  text.comment("");
  write_decisions(text, parts);
  if (!facts.not_seen.empty()) {
    text.comment("");
    text.comment("What could not be seen, and may be missing here:");
    for (const std::string& each : facts.not_seen) {
      text.comment("- " + each);
    }
  }
  text.blank();
  if (!facts.zone.empty() && facts.zone != "UTC" && facts.zone != "Etc/UTC") {
    text.comment(
        fmt::format("This machine's own zone is {}; UTC has no hour that is missing or "
                    "comes twice.",
                    facts.zone));
  }
  text.line("zone UTC");
  std::vector<std::string> imports;
  for (const FittingProfile& fit : parts.fitting) {
    imports.push_back("import " + fit.profile->library);
  }
  std::sort(imports.begin(), imports.end());
  imports.erase(std::unique(imports.begin(), imports.end()), imports.end());
  text.blank();
  text.lines(imports);
  text.blank();
  text.line("host " + parts.host);
}

void write_servers(PolicyText& text, const DraftParts& parts) {
  for (const SeenServerKind kind : {SeenServerKind::Mariadb, SeenServerKind::Postgresql}) {
    bool has_secret = false;
    for (const DraftServer& server : parts.databases.servers) {
      if (server.kind != kind || !server.used) {
        continue;
      }
      if (server.needs_login() && !has_secret) {
        write_secret(text, kind);
        has_secret = true;
      }
      write_server(text, *parts.facts, parts.host, server);
    }
  }
}

void write_backup(PolicyText& text, const DraftParts& parts) {
  text.blank();
  text.describe(
      "The store on this machine. Better on a disk of its own: what is lost with the disk of the "
      "services saves nobody.");
  text.open("target local");
  text.line("directory /var/backups/backstay on " + parts.host);
  text.line("media disk");
  text.close();
  text.blank();
  text.comment(
      "The copy elsewhere, sealed so that nobody there can read it. `age-keygen` makes an "
      "identity; its "
      "`age1…` goes here, a second one to somebody else, and neither identity stays on this "
      "machine.");
  text.comment("");
  for (const char* line :
       {"site here", "site elsewhere", "key offsite-key {", "    recipient \"age1…\"",
        "    recipient \"age1…\" escrow \"safe, sealed envelope\" at elsewhere", "}",
        "target offsite {", "    rsync \"backstay@backup.example.org:/srv/backstay\"",
        "    at elsewhere", "    seal offsite-key", "    deletable-by admin", "}"}) {
    text.disabled(line);
  }
  text.blank();
  text.open("schedule nightly");
  text.line("every day at 02:30");
  text.line("window 2h");
  text.close();
  text.blank();
  text.open("retention standard");
  text.lines({"daily 7", "weekly 4", "monthly 6", "at-least 3"});
  text.close();
  text.blank();
  text.open("backup " + parts.host);
  text.lines({"cover all services", "run nightly", "to local keep standard"});
  text.disabled("copy to offsite keep standard");
  text.close();
  text.blank();
  text.comment(
      "Promises are proven when the policy compiles, and watched afterwards. A run each night that "
      "may "
      "take two hours cannot promise less than 26 hours.");
  text.open("require all services");
  text.line("rpo 26h");
  for (const char* line :
       {"offsite-rpo 28h", "history 150d", "copies 3", "offsite 1", "drill every 35d"}) {
    text.disabled(line);
  }
  text.close();
}

}  // namespace backstay::compiler
