// One data step for each kind of fact that keeps data.
#pragma once

#include <algorithm>
#include <vector>

#include "compiler/lower/data_steps.hpp"
#include "compiler/lower/path_rules.hpp"

namespace backstay::compiler {

/// Facts of a service in the order of their components' names.
template <typename Fact>
[[nodiscard]] std::vector<const Fact*> by_name(const std::vector<Fact>& facts) {
  std::vector<const Fact*> sorted;
  sorted.reserve(facts.size());
  for (const Fact& fact : facts) {
    sorted.push_back(&fact);
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const Fact* one, const Fact* other) { return one->name.value < other->name.value; });
  return sorted;
}

/// What captures the databases of `mine` on a server; `of_server` are those of all backups.
[[nodiscard]] DataStep server_step(const Policy& policy,
                                   Index server,
                                   Index host,
                                   const std::vector<OwnedDatabase>& mine,
                                   const std::vector<OwnedDatabase>& of_server);
[[nodiscard]] DataStep sqlite_step(const Policy& policy,
                                   Index service,
                                   const SqliteFact& fact,
                                   Index host);
[[nodiscard]] DataStep path_step(const Policy& policy,
                                 Index service,
                                 const PathFact& fact,
                                 const PathRules& excepts,
                                 const PathRules& keeps,
                                 Index host);
[[nodiscard]] DataStep export_step(const Policy& policy,
                                   Index service,
                                   const ExportFact& fact,
                                   Index host);

/// What brings back what `capture` takes.
[[nodiscard]] plan::Action restore_of(const plan::Action& capture);
/// `archive.nova.etc@ctl01` → `files.nova.etc@ctl01`, `dump.db@ctl01` → `database.db@ctl01`
[[nodiscard]] std::string restore_id(const std::string& id);

}  // namespace backstay::compiler
