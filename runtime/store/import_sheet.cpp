#include "runtime/store/import_sheet.hpp"

#include <map>

namespace backstay::runtime {
namespace {

/// The dumps of one server, as words for sh.
struct ServerDumps {
  std::vector<std::string> rows = {};
  std::vector<std::string> code = {};
  std::vector<std::string> accounts = {};
};

/// `nova, nova_api on control`, as the steps that dump describe what they did. No server has a name
/// with a space.
std::string server_of(const std::string& source) {
  const std::size_t at = source.rfind(" on ");
  return at == std::string::npos ? std::string() : source.substr(at + 4);
}

std::map<std::string, ServerDumps> dumps_of(const std::vector<SheetComponent>& components) {
  std::map<std::string, ServerDumps> servers;
  for (const SheetComponent& component : components) {
    const ManifestComponent& manifest = *component.manifest;
    if (manifest.kind != "mariadb-database" && manifest.kind != "mariadb-accounts")
      continue;
    ServerDumps& server = servers[server_of(component.source)];
    for (const ManifestStream& stream : manifest.streams) {
      std::vector<std::string>& kind = manifest.kind == "mariadb-accounts" ? server.accounts
                                       : stream.name.starts_with("code.")  ? server.code
                                                                           : server.rows;
      kind.push_back("\"$sql\"/" + manifest.name + "." + stream.name);
    }
  }
  // Data files bring their accounts with them.
  std::erase_if(servers, [](const auto& server) { return server.second.rows.empty(); });
  return servers;
}

std::string variable_of(const std::string& server) {
  std::string name = "MARIADB_" + server;
  for (char& letter : name) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9');
    letter = plain ? letter : '_';
  }
  return name;
}

constexpr std::string_view kFunctions = R"(
sql=$ROOT/backstay-streams

each() {  # each FLAG FILE...: imports all; whether all went well
    force=$1 all=0
    shift
    for file do $mariadb --binary-mode --comments $force < "$file" || all=1; done
    return $all
}

settle() {  # settle FILE...: until all is there; each round makes what needs only what is there
    : > "$sql/errors.before"
    until each --force "$@" 2> "$sql/errors" && ! grep -q '^ERROR' "$sql/errors"; do
        ! cmp -s "$sql/errors" "$sql/errors.before" || { cat "$sql/errors" >&2; exit 1; }
        mv "$sql/errors" "$sql/errors.before"
    done
    rm -f "$sql/errors" "$sql/errors.before"
}
)";

std::string step(const std::string& what,
                 const std::string& how,
                 const std::vector<std::string>& files) {
  if (files.empty())
    return {};
  std::string text = "    # " + what + "\n    " + how;
  for (const std::string& file : files)
    text += " \\\n        " + file;
  return text + "\n";
}

}  // namespace

std::string import_commands(const std::vector<SheetComponent>& components) {
  const auto servers = dumps_of(components);
  std::string text = servers.empty() ? std::string() : std::string(kFunctions);
  for (const auto& [server, dumps] : servers) {
    const std::string variable = variable_of(server);
    text += "\n# The databases of MariaDB server " + server +
            ", imported by its root:\n# then: " + variable +
            "=\"mariadb --socket=/run/mysqld/mysqld.sock\", before the same command, " +
            "imports the databases of " + server + "\n";
    text += "mariadb=${" + variable + ":-}\nif [ -n \"$mariadb\" ]; then\n";
    text += step("the rows of all databases, first of all", "each ''", dumps.rows);
    if (!dumps.accounts.empty()) {
      text += step("accounts; what they may do with views and routines is not known yet",
                   "each --force", dumps.accounts);
      text.insert(text.size() - 1, " 2> /dev/null || :");
    }
    text += step("views, routines, triggers, events: they may need those of other databases",
                 "settle", dumps.code);
    text += step("accounts again, now with all grants", "each ''", dumps.accounts);
    text += "fi\n";
  }
  return text;
}

std::string physical_commands(const std::string& place) {
  return "# then, in an empty directory: mbstream -x < " + place +
         "\n# then, in that directory: mariadb-backup --prepare --target-dir=.  "
         "(and give it to mysql: chown -R mysql: .)\n"
         "# then, with the server stopped: let that directory take the place of its data "
         "directory\n";
}

}  // namespace backstay::runtime
