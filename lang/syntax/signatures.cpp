// The vocabulary of the language, one row a fact, in the order of the reference.
//
// To add a fact: one row here, its meaning in the compiler, a sample under tests/golden. Help, the
// findings of match() and the tables of docs/language.md follow from the row.
#include "lang/syntax/signatures.hpp"

#include <algorithm>
#include <array>

namespace backstay::lang {
namespace {

using enum Arity;
using enum Support;

// clang-format off
constexpr std::array kDeclarations = {
    Signature{"file", "language", "COUNT", Once, Full, "the edition of the language; the first declaration of every file"},
    Signature{"file", "policy", "NAME", Once, Full, "makes the file the entry of a compilation and names the policy"},
    Signature{"file", "library", "QUALIFIED", Once, Full, "makes the file one that others import"},
    Signature{"file", "zone", "ZONE", Once, Full, "the time zone of all schedules"},
    Signature{"file", "inventory", "STRING", Once, Full, "where Ansible finds the hosts: a file beside the policy, or a whole path"},
    Signature{"file", "import", "LIBRARY [with GRANT,...]", Many, Full, "brings in a library of the standard library or a file beside"},
    Signature{"file", "param", "NAME TYPE [= ANY,...]", Many, Full, "a value that `--set` gives, with the one it has else"},
    Signature{"file", "site", "NAME", Many, Full, "a place that fails as one"},
    Signature{"file", "host", "NAME", Many, Full, "a machine"},
    Signature{"file", "hosts", "HOSTS", Many, Full, "many machines alike"},
    Signature{"file", "group", "NAME", Many, Full, "hosts under one name"},
    Signature{"file", "secret", "NAME", Many, Full, "where a secret is found; never its value"},
    Signature{"file", "key", "NAME", Many, Full, "to whom backups are sealed"},
    Signature{"file", "mariadb", "NAME", Many, Full, "a MariaDB server"},
    Signature{"file", "postgresql", "NAME", Many, Full, "a PostgreSQL server"},
    Signature{"file", "profile", "NAME [from PROFILE]", Many, Full, "facts that services start from"},
    Signature{"file", "service", "NAME [from PROFILE]", Many, Full, "something that must be recoverable"},
    Signature{"file", "target", "NAME", Many, Full, "a place that holds backups"},
    Signature{"file", "retention", "NAME", Many, Full, "which points are kept for how long"},
    Signature{"file", "schedule", "NAME", Many, Full, "when something runs"},
    Signature{"file", "backup", "NAME", Many, Full, "what is backed up when, to where"},
    Signature{"file", "drill", "NAME", Many, Full, "a restore that is practised"},
    Signature{"file", "require", "all services [except SERVICE,...]", Many, Full, "what is promised for all services"},
    Signature{"file", "require", "SERVICE,...", Many, Full, "what is promised for some services"},
    Signature{"file", "notify", "NAME", Many, Full, "who is told how a run ended"},
    Signature{"file", "moved", "KIND COMPONENT -> COMPONENT", Many, Full, "a rename that keeps history"},
    Signature{"file", "allow", "CODE on KIND COMPONENT because STRING until DATE", Many, Full, "silences one finding until a day"},
    Signature{"file", "test", "STRING", Many, Full, "what a policy is expected to do"},
};

constexpr std::array kPlaces = {
    Signature{"site", "part-of", "SITE", Once, Full, "the site that this one lies in"},

    Signature{"host", "at", "SITE", Once, Full, "the site where it stands"},
    Signature{"host", "address", "ADDRESS", Once, Full, "where it is reached"},
    Signature{"host", "user", "USER", Once, Full, "as whom it is reached"},
    Signature{"host", "port", "COUNT", Once, Full, "the port of its ssh"},

    Signature{"hosts", "at", "SITE", Once, Full, "the site where they stand"},
    Signature{"hosts", "address", "ADDRESS", Once, Full, "where they are reached"},
    Signature{"hosts", "user", "USER", Once, Full, "as whom they are reached"},
    Signature{"hosts", "port", "COUNT", Once, Full, "the port of their ssh"},

    Signature{"group", "members", "HOSTS,...", Once, Full, "its hosts"},

    Signature{"secret", "file", "PATH", Once, Full, "a file that holds it"},
    Signature{"secret", "credential", "STRING", Once, Full, "a credential that systemd hands over"},
    Signature{"secret", "command", "VECTOR", Once, Full, "a command that prints it"},
    Signature{"secret", "escrow", "STRING at SITE", Once, Full, "where a second copy lies"},

    Signature{"key", "recipient", "STRING [escrow STRING at SITE]", Many, Full, "an age recipient, and where its identity lies"},
    Signature{"key", "identity", "SECRET", Once, Full, "what opens the seal, for drills and restores"},
};

// Facts of a `mariadb` block; `postgresql` has the same but `galera`.
constexpr std::array kServers = {
    Signature{"mariadb", "on", "HOSTS,...", Once, Full, "the host that it runs on; of a cluster several, the preferred one first"},
    Signature{"mariadb", "socket", "PATH", Once, Full, "its Unix socket"},
    Signature{"mariadb", "address", "ADDRESS", Once, Full, "where it listens, in place of a socket"},
    Signature{"mariadb", "port", "COUNT", Once, Full, "the port that it listens on"},
    Signature{"mariadb", "login", "SECRET", Once, Full, "the account that dumps and restores"},
    Signature{"mariadb", "datadir", "PATH", Once, Full, "where its files live; no path may select them"},
    Signature{"mariadb", "units", "UNIT,...", Once, Full, "its systemd units"},
    Signature{"mariadb", "method", "dump", Once, Full, "logical dumps, one artefact a database"},
    Signature{"mariadb", "method", "physical", Once, Full, "a copy of the server's files"},
    Signature{"mariadb", "galera", "", Once, Full, "the server is a cluster"},
};

// Facts of a `service` block; a `profile` has the same, and `param`.
constexpr std::array kServices = {
    Signature{"service", "on", "HOSTS,...", Once, Full, "the hosts and groups that it lives on"},
    Signature{"service", "set", "NAME ANY,...", Many, Full, "a parameter of its profile"},
    Signature{"service", "needs", "SERVICE,...", Once, Full, "services that run before this one starts"},
    Signature{"service", "units", "UNIT,...", Once, Full, "systemd units, in starting order"},
    Signature{"service", "held", "UNIT,... [because STRING]", Once, Full, "units that are restored but left stopped"},
    Signature{"service", "path", "PATH [as NAME] [optional] [may-change] [may-vanish]", Many, Full, "a tree or file to keep"},
    Signature{"service", "except", "PATTERN [because STRING]", Many, Full, "taken out of what the paths select"},
    Signature{"service", "keep", "PATTERN [because STRING]", Many, Full, "put back into what the paths select"},
    Signature{"service", "database", "all [except DATABASE,...] on SERVER", Many, Full, "all databases that no other service names"},
    Signature{"service", "database", "DATABASE,... on SERVER", Many, Full, "databases to keep"},
    Signature{"service", "sqlite", "PATH [as NAME]", Many, Full, "a SQLite file, copied while it is in use"},
    Signature{"service", "export", "NAME run VECTOR [import VECTOR]", Many, Full, "what a command prints, and the command that reads it back"},
    Signature{"service", "sealed-by", "PATH", Many, Full, "a path without which its databases cannot be read"},
    Signature{"service", "instant-with", "SERVICE,...", Once, Full, "services captured at the same instant, where they exist"},
    Signature{"service", "unprotected", "PATH [because STRING]", Many, Full, "a path that is left out on purpose"},
    Signature{"service", "unprotected", "[because STRING]", Many, Full, "the whole service is left out on purpose"},
    Signature{"service", "external", "[because STRING]", Once, Full, "needed, but kept by somebody else"},
    Signature{"service", "replicate", "PATH to GROUP", Many, Full, "a copy on every host of a group"},
    Signature{"service", "mirror", "PATH to TARGET", Many, Full, "one current copy without history"},
    Signature{"service", "quiesce", "stop", Once, Full, "stops the units while its parts are captured"},
    Signature{"service", "before-backup", "VECTOR [accepts COUNT,...] [timeout DURATION]", Once, Full, "a command before its parts are captured"},
    Signature{"service", "after-backup", "VECTOR [accepts COUNT,...] [timeout DURATION]", Once, Full, "a command after its parts were captured"},
    Signature{"service", "before-restore", "VECTOR [accepts COUNT,...] [timeout DURATION]", Once, Full, "a command before it is restored"},
    Signature{"service", "after-restore", "VECTOR [accepts COUNT,...] [timeout DURATION]", Once, Full, "a command after it was restored"},
    Signature{"service", "check", "VECTOR [accepts COUNT,...] [within DURATION]", Many, Full, "a probe after a restore, repeated until it is accepted"},
    Signature{"service", "size", "SIZE [changes SIZE]", Once, Full, "how large it is, and how much changes in a day"},
    Signature{"service", "owner", "STRING", Once, Full, "the owner and group that its files must have"},
    Signature{"service", "without", "FACT", Many, Full, "takes all facts of a word away that the profile has"},
    Signature{"service", "without", "FACT ANY", Many, Full, "takes one fact away that the profile has"},
};

constexpr std::array kBackups = {
    Signature{"target", "directory", "PATH [on HOST]", Once, Full, "a directory on a host"},
    Signature{"target", "rsync", "STRING", Once, Full, "another machine, by rsync"},
    Signature{"target", "rclone", "STRING", Once, Full, "what rclone reaches"},
    Signature{"target", "restic", "STRING", Once, Full, "a restic repository"},
    Signature{"target", "login", "SECRET", Once, Full, "what opens the target"},
    Signature{"target", "at", "SITE", Once, Full, "the site where it stands"},
    Signature{"target", "media", "disk|object|tape", Once, Full, "what it is made of"},
    Signature{"target", "seal", "KEY", Once, Full, "the key that its backups are sealed with"},
    Signature{"target", "needs", "SERVICE,...", Once, Full, "services that must run to reach it"},
    Signature{"target", "locked", "DURATION", Once, Full, "how long nobody can delete from it"},
    Signature{"target", "deletable-by", "host|admin|nobody", Once, Full, "who can delete from it"},
    Signature{"target", "capacity", "SIZE", Once, Full, "how much it holds"},
    Signature{"target", "bandwidth", "RATE", Once, Full, "how fast it is read"},

    Signature{"retention", "last", "COUNT", Once, Full, "the newest points"},
    Signature{"retention", "hourly", "COUNT", Once, Full, "one point an hour"},
    Signature{"retention", "daily", "COUNT", Once, Full, "one point a day"},
    Signature{"retention", "weekly", "COUNT", Once, Full, "one point a week"},
    Signature{"retention", "monthly", "COUNT", Once, Full, "one point a month"},
    Signature{"retention", "quarterly", "COUNT", Once, Full, "one point a quarter"},
    Signature{"retention", "yearly", "COUNT", Once, Full, "one point a year"},
    Signature{"retention", "all-for", "DURATION", Once, Full, "every point that is younger"},
    Signature{"retention", "at-least", "COUNT", Once, Full, "never fewer points than these"},

    Signature{"schedule", "every", "day at TIME,...", Once, Full, "every day"},
    Signature{"schedule", "every", "month on COUNT,... at TIME", Once, Full, "on days of the month"},
    Signature{"schedule", "every", "DURATION", Once, Full, "at a steady pace that divides a day"},
    Signature{"schedule", "every", "ORDINAL DAY at TIME", Once, Full, "on one weekday of each month"},
    Signature{"schedule", "every", "DAY,... at TIME,...", Once, Full, "on days of the week"},
    Signature{"schedule", "calendar", "STRING", Once, Full, "times in systemd's syntax"},
    Signature{"schedule", "window", "DURATION", Once, Full, "the longest that a run takes"},
    Signature{"schedule", "jitter", "DURATION", Once, Full, "the most that a start is put off"},

    Signature{"backup", "cover", "all services [except SERVICE,...]", Once, Full, "covers every service but those"},
    Signature{"backup", "cover", "SERVICE,...", Once, Full, "covers these services"},
    Signature{"backup", "run", "SCHEDULE [on HOST]", Once, Full, "when it runs; with a host: one timer there runs it on all hosts, by Ansible"},
    Signature{"backup", "to", "TARGET keep RETENTION", Once, Full, "where it is stored and how long"},
    Signature{"backup", "copy", "to TARGET keep RETENTION [through HOST] [run SCHEDULE] [lag DURATION]", Many, Full, "a second copy elsewhere"},
    Signature{"backup", "deadline", "DURATION", Once, Full, "when a run that is not done is ended"},
    Signature{"backup", "compression", "standard|fast", Once, Full, "how hard its content is compressed"},
    Signature{"backup", "concurrency", "COUNT", Once, Full, "how many steps run at a time"},
    Signature{"backup", "notify", "NOTIFY", Once, Full, "who is told"},
};

constexpr std::array kPromises = {
    Signature{"drill", "run", "SCHEDULE", Once, Full, "when it runs"},
    Signature{"drill", "on", "HOST", Once, Full, "the host that it runs on"},
    Signature{"drill", "restore", "all services [except SERVICE,...] from TARGET into sandbox", Once, Full, "restores every service but those"},
    Signature{"drill", "restore", "SERVICE,... from TARGET into sandbox", Once, Full, "restores these services"},
    Signature{"drill", "expect", "rows TABLE at-least COUNT", Many, Full, "a table holds so many rows"},
    Signature{"drill", "expect", "file PATH [on HOST]", Many, Full, "a file is there"},
    Signature{"drill", "expect", "run VECTOR [accepts COUNT,...]", Many, Full, "a command is content"},
    Signature{"drill", "deadline", "DURATION", Once, Full, "when a drill that is not done is ended"},
    Signature{"drill", "notify", "NOTIFY", Once, Full, "who is told"},

    Signature{"require", "rpo", "DURATION [tolerates COUNT]", Once, Full, "the most that a loss may cost"},
    Signature{"require", "offsite-rpo", "DURATION", Once, Full, "the most that the loss of a site may cost"},
    Signature{"require", "rto", "DURATION", Once, Full, "how long a restore may take"},
    Signature{"require", "history", "DURATION", Once, Full, "how far back points reach"},
    Signature{"require", "copies", "COUNT", Once, Full, "how many copies there are, the live data included"},
    Signature{"require", "media", "COUNT", Once, Full, "on how many kinds of media they lie"},
    Signature{"require", "offsite", "COUNT", Once, Full, "how many of them lie at another site"},
    Signature{"require", "drill", "every DURATION", Once, Full, "how often a restore is practised"},
    Signature{"require", "encrypted", "", Once, Full, "every copy away from its host is sealed"},
    Signature{"require", "immutable", "DURATION", Once, Full, "a copy cannot be deleted for so long"},

    Signature{"notify", "webhook", "SECRET", Once, Full, "an address that is called"},
    Signature{"notify", "command", "VECTOR", Once, Full, "a command that is run"},
    Signature{"notify", "mail", "STRING", Once, Full, "an address that is written to"},
    Signature{"notify", "healthcheck", "SECRET", Once, Full, "a dead man's switch"},
    Signature{"notify", "on", "OUTCOME,...", Once, Full, "which outcomes are told"},

    Signature{"test", "selects", "PATH", Many, Full, "a path is backed up"},
    Signature{"test", "leaves-out", "PATH [because-of PATTERN]", Many, Full, "a path is not backed up"},
    Signature{"test", "captures", "COMPONENT before COMPONENT", Many, Full, "the order of two captures"},
    Signature{"test", "restores", "COMPONENT before COMPONENT", Many, Full, "the order of two restores"},
    Signature{"test", "fires", "SCHEDULE at INSTANT", Many, Full, "a schedule fires then"},
    Signature{"test", "keeps", "BACKUP at TARGET after DURATION exactly COUNT", Many, Full, "how many points are kept"},
    Signature{"test", "finds", "CODE", Many, Full, "the policy has this finding"},
};

// clang-format on

// `rows` again under another block.
void append_as(std::vector<Signature>& all,
               std::span<const Signature> rows,
               std::string_view block) {
  for (Signature row : rows) {
    row.block = block;
    all.push_back(row);
  }
}

std::vector<Signature> all_rows() {
  std::vector<Signature> all;
  const auto append = [&all](std::span<const Signature> rows) {
    all.insert(all.end(), rows.begin(), rows.end());
  };
  append(kDeclarations);
  append(kPlaces);
  append(kServers);
  append_as(all, std::span(kServers).first(kServers.size() - 1), "postgresql");  // no `galera`
  all.push_back({"profile", "param", "NAME TYPE [= ANY,...]", Many, Full,
                 "a value that `set` gives, with the one it has else"});
  append_as(all, kServices, "profile");
  append(kServices);
  append(kBackups);
  append(kPromises);
  return all;
}

}  // namespace

std::span<const Signature> signatures() {
  static const std::vector<Signature> rows = all_rows();
  return rows;
}

std::vector<std::string> words_of(std::string_view block) {
  std::vector<std::string> words;
  for (const Signature& row : signatures()) {
    const bool is_new = words.empty() || words.back() != row.word;
    if (row.block == block && is_new) {
      words.emplace_back(row.word);
    }
  }
  return words;
}

std::vector<std::string> blocks_of(std::string_view word) {
  std::vector<std::string> blocks;
  for (const Signature& row : signatures()) {
    const bool is_new = blocks.empty() || blocks.back() != row.block;
    if (row.word == word && is_new) {
      blocks.emplace_back(row.block);
    }
  }
  return blocks;
}

}  // namespace backstay::lang
