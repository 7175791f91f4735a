#include "runtime/restore/scope.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "lang/base/suggest.hpp"
#include "runtime/executor/schedule.hpp"
#include "runtime/restore/restore.hpp"

namespace backstay::runtime {
namespace {

/// A component as the restore graph knows it.
struct Known {
  std::string component;
  std::string path;      ///< of files and SQLite
  std::string database;  ///< of databases
  bool optional = false;

  /// `nova` of `nova.etc`: names of services hold no full stop.
  [[nodiscard]] std::string service() const { return component.substr(0, component.find('.')); }
};

/// `database all` gives components that only the snapshot knows: `ALL.NAME`.
void add_all_databases(const std::string& all,
                       const std::vector<ComponentInfo>& in_snapshot,
                       std::vector<Known>& known) {
  for (const auto& info : in_snapshot) {
    if (!all.empty() && info.name.starts_with(all + ".")) {
      known.push_back({.component = info.name,
                       .path = {},
                       .database = info.source.substr(0, info.source.find(" on ")),
                       .optional = true});
    }
  }
}

/// The databases and accounts of a server's step, whatever its kind.
template <typename RestoreServer>
void add_server(const RestoreServer& server,
                const std::vector<ComponentInfo>& in_snapshot,
                std::vector<Known>& known) {
  for (const plan::DatabaseComponent& database : server.databases) {
    known.push_back({database.component, {}, database.database, false});
  }
  if (!server.accounts_component.empty()) {
    known.push_back({server.accounts_component, {}, {}, true});
  }
  add_all_databases(server.all_component, in_snapshot, known);
}

std::vector<Known> known_components(const std::vector<plan::Step>& steps,
                                    const std::vector<ComponentInfo>& in_snapshot) {
  std::vector<Known> known;
  for (const auto& step : steps) {
    if (const auto* files = std::get_if<plan::RestoreFiles>(&step.action)) {
      known.push_back({files->component, files->path, {}, files->optional});
    } else if (const auto* sqlite = std::get_if<plan::RestoreSqlite>(&step.action)) {
      known.push_back({sqlite->component, sqlite->path, {}, false});
    } else if (const auto* mariadb = std::get_if<plan::RestoreMariadb>(&step.action)) {
      add_server(*mariadb, in_snapshot, known);
    } else if (const auto* physical = std::get_if<plan::RestoreMariadbPhysical>(&step.action)) {
      known.push_back({physical->component, {}, {}, false});
      known.push_back({physical->accounts_component, {}, {}, true});
    } else if (const auto* postgresql = std::get_if<plan::RestorePostgresql>(&step.action)) {
      add_server(*postgresql, in_snapshot, known);
    } else if (const auto* exported = std::get_if<plan::FeedCommand>(&step.action)) {
      known.push_back({exported->component, {}, {}, false});
    }
  }
  return known;
}

std::vector<std::string> sorted_unique(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  names.erase(std::remove(names.begin(), names.end(), std::string()), names.end());
  return names;
}

/// Adds to `chosen` all known components whose `name_of` is one of `wanted`.
template <typename NameOf>
Result<void> add_named(std::string_view what,
                       const std::vector<std::string>& wanted,
                       const std::vector<Known>& known,
                       NameOf name_of,
                       std::set<std::string>& chosen) {
  for (const auto& name : wanted) {
    std::vector<std::string> names;
    bool found = false;
    for (const auto& item : known) {
      names.push_back(name_of(item));
      if (names.back() == name) {
        chosen.insert(item.component);
        found = true;
      }
    }
    if (!found) {
      names = sorted_unique(std::move(names));
      const auto guess = did_you_mean(name, names);
      return Error{.kind = ErrorKind::Usage,
                   .message = fmt::format("the plan restores no {} `{}`", what, name),
                   .hint = names.empty()   ? fmt::format("it restores no {} at all", what)
                           : guess.empty() ? fmt::format("it restores: {}", fmt::join(names, ", "))
                                           : guess};
    }
  }
  return {};
}

Result<std::set<std::string>> at_paths(const std::vector<std::string>& paths,
                                       const std::vector<Known>& known) {
  std::set<std::string> chosen;
  for (const auto& path : paths) {
    bool found = false;
    std::vector<std::string> all;
    for (const auto& item : known) {
      all.push_back(item.path);
      if (!item.path.empty() && paths_touch(item.path, path)) {
        chosen.insert(item.component);
        found = true;
      }
    }
    if (!found) {
      all = sorted_unique(std::move(all));
      const auto guess = did_you_mean(path, all);
      return Error{
          .kind = ErrorKind::Usage,
          .message = fmt::format("no component of the plan holds `{}`", path),
          .hint = guess.empty() ? fmt::format("it restores: {}", fmt::join(all, ", ")) : guess};
    }
  }
  return chosen;
}

bool names_something(const RestoreRequest& request) {
  return !request.services.empty() || !request.components.empty() || !request.databases.empty();
}

/// What was asked for, whether it is in the snapshot or not.
Result<std::set<std::string>> asked_for(const std::vector<Known>& known,
                                        const RestoreRequest& request) {
  std::set<std::string> chosen;
  const auto service = [](const Known& item) { return item.service(); };
  const auto component = [](const Known& item) { return item.component; };
  const auto database = [](const Known& item) { return item.database; };
  BACKSTAY_TRY(add_named("service", request.services, known, service, chosen));
  BACKSTAY_TRY(add_named("component", request.components, known, component, chosen));
  std::set<std::string> databases;
  BACKSTAY_TRY(add_named("database", request.databases, known, database, databases));
  if (!request.paths.empty()) {
    BACKSTAY_ASSIGN(auto narrowed, at_paths(request.paths, known));
    if (!request.services.empty() || !request.components.empty()) {
      std::erase_if(narrowed, [&](const std::string& name) { return !chosen.contains(name); });
    }
    chosen = std::move(narrowed);
  } else if (!names_something(request)) {
    for (const auto& item : known) {
      chosen.insert(item.component);
    }
  }
  chosen.merge(databases);
  return chosen;
}

}  // namespace

bool paths_touch(const std::string& left, const std::string& right) {
  const auto& shorter = left.size() <= right.size() ? left : right;
  const auto& longer = left.size() <= right.size() ? right : left;
  return longer.starts_with(shorter) &&
         (longer.size() == shorter.size() || shorter == "/" || longer[shorter.size()] == '/');
}

Result<Scope> choose_scope(const std::vector<plan::Step>& steps,
                           const std::vector<ComponentInfo>& in_snapshot,
                           const RestoreRequest& request) {
  const auto known = known_components(steps, in_snapshot);
  BACKSTAY_ASSIGN(const auto chosen, asked_for(known, request));
  Scope scope;
  for (const auto& item : known) {
    if (!chosen.contains(item.component)) {
      continue;
    }
    const bool there = std::any_of(in_snapshot.begin(), in_snapshot.end(),
                                   [&](const auto& info) { return info.name == item.component; });
    const bool named = std::find(request.components.begin(), request.components.end(),
                                 item.component) != request.components.end();
    if (there) {
      scope.components.insert(item.component);
    } else if (named) {
      return Error{.kind = ErrorKind::NotFound,
                   .message = fmt::format("component `{}` is not in the snapshot", item.component),
                   .hint = "`backstay ls` shows what is in it; an older one may hold it"};
    } else if (!item.optional) {
      scope.absent.push_back(item.component);
    }
  }
  if (scope.components.empty()) {
    return Error{.kind = ErrorKind::Usage,
                 .message = "nothing of what was asked for is in the snapshot",
                 .hint = "`backstay ls` shows what is in it"};
  }
  return scope;
}

}  // namespace backstay::runtime
