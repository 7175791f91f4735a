// What was taken over → the text of a policy.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "compiler/draft/host_facts.hpp"
#include "compiler/draft/policy_text.hpp"
#include "compiler/takeover/takeover.hpp"
#include "lang/base/secret_text.hpp"

namespace backstay::compiler {
namespace {

// The outermost of some paths: two components may not hold one file.
std::vector<std::string> outermost(const std::vector<std::string>& paths) {
  std::set<std::string> kept;
  for (const std::string& path : paths) {
    const bool held = std::any_of(paths.begin(), paths.end(), [&](const std::string& other) {
      return other != path && lies_in(path, other);
    });
    if (!held) {
      kept.insert(path);
    }
  }
  return {kept.begin(), kept.end()};
}

// The part of a pattern before its first wildcard's segment.
std::string literal_part(const std::string& pattern) {
  const auto wild = pattern.find_first_of("*?");
  const std::string before = pattern.substr(0, wild);
  return wild == std::string::npos ? pattern : before.substr(0, before.rfind('/'));
}

// Without what takes nothing out of any path, and what another one takes out already.
std::vector<std::pair<std::string, std::string>> useful_excepts(
    const Takeover& takeover, const std::vector<std::string>& paths) {
  std::vector<std::pair<std::string, std::string>> useful;
  std::set<std::string> seen;
  for (const auto& [pattern, reason] : takeover.excepts) {
    const std::string literal = literal_part(pattern);
    const bool selects = std::any_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return literal != path ? lies_in(literal, path) : literal != pattern;
    });
    const bool held =
        std::any_of(takeover.excepts.begin(), takeover.excepts.end(), [&](const auto& other) {
          return other.first != pattern && other.first.find_first_of("*?") == std::string::npos &&
                 lies_in(literal, other.first);
        });
    if (selects && !held && seen.insert(pattern).second) {
      useful.emplace_back(pattern, reason);
    }
  }
  return useful;
}

std::string component_name(const std::string& path, std::set<std::string>& taken) {
  const std::string plain = path == "/" ? "root" : declaration_name(path.substr(1));
  std::string name = plain;
  for (int number = 2; !taken.insert(name).second; ++number) {
    name = plain + "-" + std::to_string(number);
  }
  return name;
}

void write_notes(PolicyText& text, const Takeover& takeover) {
  std::vector<TakeoverNote> notes = takeover.notes;
  std::stable_sort(notes.begin(), notes.end(),
                   [](const auto& left, const auto& right) { return left.line < right.line; });
  text.comment("What was read there, line by line:");
  for (const TakeoverNote& note : notes) {
    const std::string where = note.line == 0 ? "as a whole" : fmt::format("line {}", note.line);
    text.comment(fmt::format("- {}, {}: {}", where, note_word(note.kind), note.text));
  }
}

std::string server_name(const Takeover& takeover, std::size_t at) {
  const std::string base = takeover.databases[at].kind == TakeoverServer::Mariadb ? "db" : "pg";
  return at == 0 ? base : fmt::format("{}-{}", base, at + 1);
}

void write_servers(PolicyText& text, const Takeover& takeover, const std::string& host) {
  std::set<std::string> secrets;
  for (std::size_t at = 0; at < takeover.databases.size(); ++at) {
    const TakeoverDatabases& each = takeover.databases[at];
    const bool is_mariadb = each.kind == TakeoverServer::Mariadb;
    const bool needs_login = each.has_login || !each.address.empty();
    const std::string secret = is_mariadb ? "db-login" : "pg-login";
    if (needs_login && secrets.insert(secret).second) {
      text.blank();
      text.describe(
          is_mariadb ? "To be made by you, readable by root alone: an option file with `[client]`, "
                       "`user = …` and `password = …`."
                     : "To be made by you, readable by root alone: a password file of libpq, "
                       "`host:port:database:user:password`.");
      text.open("secret " + secret);
      text.line(is_mariadb ? "file /etc/backstay/mariadb.cnf" : "file /etc/backstay/pgpass");
      text.close();
    }
    text.blank();
    text.open((is_mariadb ? "mariadb " : "postgresql ") + server_name(takeover, at));
    text.line("on " + host);
    if (each.address.empty()) {
      const char* usual = is_mariadb ? "/run/mysqld/mysqld.sock" : "/run/postgresql";
      text.line("socket " + path_literal(each.socket.empty() ? usual : each.socket));
    } else {
      text.line("address " + string_literal(each.address));
      text.line(fmt::format("port {}", each.port != 0 ? each.port : is_mariadb ? 3306 : 5432));
    }
    if (needs_login) {
      text.line("login " + secret);
    }
    text.close();
  }
}

void write_database_services(PolicyText& text, const Takeover& takeover, const std::string& host) {
  for (std::size_t at = 0; at < takeover.databases.size(); ++at) {
    const TakeoverDatabases& each = takeover.databases[at];
    text.blank();
    text.open("service " + server_name(takeover, at) + "-databases");
    text.line("on " + host);
    std::vector<std::string> names;
    std::transform(each.names.begin(), each.names.end(), std::back_inserter(names), string_literal);
    text.line("database " + (each.all ? "all" : joined(names)) + " on " +
              server_name(takeover, at));
    text.close();
  }
}

// Beside the old backups: on the same file system, and never in them.
std::string target_directory(const Takeover& takeover) {
  const std::string& old = takeover.directory;
  const std::string beside = old.size() < 2 ? "/var/backups" : old.substr(0, old.rfind('/'));
  return beside + "/backstay";
}

// What a path above them must leave out: the new store, our own state, what the kernel makes.
std::vector<std::pair<std::string, std::string>> own_excepts(
    const Takeover& takeover, const std::vector<std::string>& paths) {
  std::vector<std::pair<std::string, std::string>> places = {
      {target_directory(takeover), "the store itself"},
      {"/var/lib/backstay", "Backstay's own state"}};
  for (const char* place : {"/dev", "/proc", "/run", "/sys", "/tmp"}) {
    places.emplace_back(place, "made anew at every boot");
  }
  std::erase_if(places, [&](const auto& place) {
    return std::none_of(paths.begin(), paths.end(), [&](const std::string& path) {
      return path != place.first && lies_in(place.first, path);
    });
  });
  return places;
}

void write_files(PolicyText& text, const Takeover& takeover, const std::string& host) {
  std::vector<std::string> paths = outermost(takeover.paths);
  std::erase_if(paths, [&](const std::string& path) {  // taken by its online backup
    const auto& files = takeover.sqlite_files;
    return std::any_of(files.begin(), files.end(),
                       [&](const std::string& file) { return lies_in(path, file); });
  });
  if (paths.empty() && takeover.sqlite_files.empty()) {
    return;
  }
  text.blank();
  text.open("service files");
  text.line("on " + host);
  std::set<std::string> taken;
  for (const std::string& path : paths) {
    text.line("path " + path_literal(path) + " as " + component_name(path, taken) +
              " may-change may-vanish");
  }
  const auto own = own_excepts(takeover, paths);
  auto excepts = useful_excepts(takeover, paths);
  std::erase_if(excepts, [&](const auto& each) {
    const auto holds = [&](const std::string& place) { return lies_in(each.first, place); };
    return std::any_of(own.begin(), own.end(),
                       [&](const auto& mine) { return holds(mine.first); }) ||
           std::any_of(takeover.sqlite_files.begin(), takeover.sqlite_files.end(), holds);
  });
  excepts.insert(excepts.end(), own.begin(), own.end());
  for (const std::string& file : outermost(takeover.sqlite_files)) {
    text.line("sqlite " + path_literal(file) + " as " + component_name(file, taken));
    if (std::any_of(paths.begin(), paths.end(),
                    [&](const std::string& path) { return lies_in(file, path); })) {
      for (const char* suffix : {"", "-journal", "-shm", "-wal"}) {
        text.line("except " + path_literal(file + suffix) +
                  " because \"taken by its online backup\"");
      }
    }
  }
  for (const auto& [pattern, reason] : excepts) {
    text.line("except " +
              (pattern.find_first_of("*?") == std::string::npos ? path_literal(pattern) : pattern) +
              " because " + string_literal(reason));
  }
  text.close();
}

void write_target(PolicyText& text, const Takeover& takeover, const std::string& host) {
  text.blank();
  text.describe(
      "A new store beside the old backups, which stay where they are until you remove them.");
  text.open("target local");
  text.line("directory " + path_literal(target_directory(takeover)) + " on " + host);
  text.line("media disk");
  text.close();
  if (takeover.remotes.empty()) {
    return;
  }
  text.blank();
  text.comment(
      "The copy elsewhere. docs/targets.md says how the far side is set up, so that this host "
      "cannot delete there; then take the marks away, here and at `copy to`.");
  for (std::size_t at = 0; at < takeover.remotes.size(); ++at) {
    const std::string name = at == 0 ? "offsite" : fmt::format("offsite-{}", at + 1);
    text.disabled("target " + name + " {");
    text.disabled("    rsync " + string_literal(takeover.remotes[at]));
    text.disabled("    deletable-by admin");
    text.disabled("}");
  }
}

void write_keep(PolicyText& text, const Takeover& takeover) {
  text.blank();
  if (takeover.keep.empty()) {
    text.comment("The source said nothing of how many are kept; these are usual numbers.");
  }
  text.open("retention as-before");
  for (const auto& [word, count] : takeover.keep) {
    text.line(fmt::format("{} {}", word, count));
  }
  if (takeover.keep.empty()) {
    text.lines({"daily 7", "weekly 4", "monthly 6"});
  }
  text.line("at-least 3");
  text.close();
}

}  // namespace

void take_database(Takeover& takeover,
                   TakeoverDatabases& into,
                   std::size_t line,
                   const std::string& name) {
  static const std::set<std::string> own = {"information_schema", "mysql", "performance_schema",
                                            "sys"};
  if (lang::find_secret_in_text(name)) {
    takeover.note(line, NoteKind::Secret,
                  "a password stands where a database is named; not copied");
  } else if (into.kind == TakeoverServer::Mariadb && own.contains(name)) {
    takeover.note(
        line, NoteKind::NotTaken,
        "the server's own schema: its accounts and grants are kept as statements instead");
  } else if (std::find(into.names.begin(), into.names.end(), name) == into.names.end()) {
    into.names.push_back(name);
  }
}

std::string_view note_word(NoteKind kind) {
  switch (kind) {
    case NoteKind::Unsafe:
      return "unsafe";
    case NoteKind::NotTaken:
      return "not taken";
    case NoteKind::NotUnderstood:
      return "not understood";
    case NoteKind::Secret:
      return "secret";
    case NoteKind::Taken:
      return "taken";
  }
  return "";
}

std::string takeover_policy(const Takeover& takeover, const std::string& host_name) {
  const std::string host = declaration_name(host_name);
  PolicyText text;
  text.lines({"language 1", "policy " + host});
  text.blank();
  text.comment(
      fmt::format("Taken over from {} by `backstay import`. Read every line: it is yours from "
                  "now on.",
                  takeover.source));
  text.comment("");
  write_notes(text, takeover);
  text.blank();
  text.line("zone UTC");
  text.blank();
  text.line("host " + host);
  write_servers(text, takeover, host);
  write_database_services(text, takeover, host);
  write_files(text, takeover, host);
  write_target(text, takeover, host);
  text.blank();
  text.comment(takeover.schedule.empty()
                   ? "When the old one ran is not in it but in cron or a timer: put that here."
                   : "As in the crontab, which goes by the zone of its machine: set `zone` to it.");
  text.open("schedule nightly");
  text.lines({takeover.schedule.empty() ? "every day at 02:30" : takeover.schedule, "window 2h"});
  text.close();
  write_keep(text, takeover);
  if (takeover.healthcheck) {
    text.blank();
    text.describe(
        "To be made by you: a file with the URL that the source calls; whoever has it can "
        "say that all is well.");
    text.open("secret healthcheck-url");
    text.line("file /etc/backstay/healthcheck.url");
    text.close();
    text.blank();
    text.open("notify watch");
    text.line("healthcheck healthcheck-url");
    text.close();
  }
  text.blank();
  text.open("backup " + host);
  text.lines({"cover all services", "run nightly", "to local keep as-before"});
  if (!takeover.remotes.empty()) {
    text.disabled("copy to offsite keep as-before");
  }
  if (takeover.healthcheck) {
    text.line("notify watch");
  }
  text.close();
  return formatted_policy(text.text());
}

}  // namespace backstay::compiler
