// The order of capture and restore against a naive oracle that knows only the words of the language
// reference: dependents first, then by name; databases and SQLite files before paths.
#include <set>

#include <fmt/format.h>
#include <rapidcheck.h>

#include "compiler/plan/action_facts.hpp"
#include "tests/unit/compiler/compile_fixture.hpp"

namespace backstay::compiler::testing {
namespace {

/// A service of a random policy; what it needs has a smaller number, so there is no cycle.
struct RandomService {
  std::string name;
  std::set<std::size_t> needs;
  bool has_path = false;
  bool has_sqlite = false;
  bool has_database = false;
  bool has_units = false;
  bool is_stopped = false;  ///< while it is captured
};

using RandomServices = std::vector<RandomService>;

RandomServices random_services() {
  RandomServices services;
  const auto count = *rc::gen::inRange<std::size_t>(1, 7);
  for (std::size_t index = 0; index < count; ++index) {
    RandomService service;
    // The letter is random, so that the order of names is not that of numbers.
    service.name = fmt::format("{}{}", *rc::gen::elementOf(std::string("abcdef")), index);
    for (std::size_t other = 0; other < index; ++other) {
      if (*rc::gen::inRange(0, 3) == 0) {
        service.needs.insert(other);
      }
    }
    service.has_path = *rc::gen::inRange(0, 3) != 0;
    service.has_sqlite = *rc::gen::arbitrary<bool>();
    service.has_database = *rc::gen::arbitrary<bool>();
    service.has_units = *rc::gen::arbitrary<bool>();
    service.is_stopped = service.has_units && *rc::gen::arbitrary<bool>();
    services.push_back(std::move(service));
  }
  services.front().has_path = true;  // a backup of nothing has no order
  return services;
}

std::string text_of(const RandomServices& services) {
  std::string text;
  for (const RandomService& service : services) {
    text += fmt::format("service {} {{\n    on one\n", service.name);
    text += service.has_path ? fmt::format("    path /srv/{} as tree\n", service.name) : "";
    text += service.has_sqlite ? fmt::format("    sqlite /var/{}.db as file\n", service.name) : "";
    text += service.has_database ? fmt::format("    database {} on db\n", service.name) : "";
    text += service.has_units ? fmt::format("    units {}\n", service.name) : "";
    text += service.is_stopped ? "    quiesce stop\n" : "";
    std::vector<std::string> needs;
    for (const std::size_t needed : service.needs) {
      needs.push_back(services[needed].name);
    }
    text += needs.empty() ? "" : fmt::format("    needs {}\n", fmt::join(needs, ", "));
    text += "}\n";
  }
  return text;
}

/// Does `one` need `other`, itself or through others?
bool needs(const RandomServices& services, std::size_t one, std::size_t other) {
  for (const std::size_t needed : services[one].needs) {
    if (needed == other || needs(services, needed, other)) {
      return true;
    }
  }
  return false;
}

/// Numbers in capture order: again and again the least name that nothing left needs.
std::vector<std::size_t> naive_order(const RandomServices& services) {
  std::vector<std::size_t> order;
  std::set<std::size_t> left;
  for (std::size_t index = 0; index < services.size(); ++index) {
    left.insert(index);
  }
  while (!left.empty()) {
    std::optional<std::size_t> next;
    for (const std::size_t candidate : left) {
      bool free = true;
      for (const std::size_t other : left) {
        free = free && !services[other].needs.contains(candidate);
      }
      if (free && (!next || services[candidate].name < services[*next].name)) {
        next = candidate;
      }
    }
    order.push_back(*next);
    left.erase(*next);
  }
  return order;
}

std::vector<std::string> naive_ids(const RandomServices& services) {
  std::vector<std::string> ids;
  bool dumped = false;
  for (const std::size_t index : naive_order(services)) {
    const RandomService& service = services[index];
    if (service.has_database && !dumped) {
      ids.emplace_back("dump.db@one");
      dumped = true;
    }
    if (service.has_sqlite) {
      ids.push_back(fmt::format("sqlite.{}.file@one", service.name));
    }
  }
  for (const std::size_t index : naive_order(services)) {
    if (services[index].has_path) {
      ids.push_back(fmt::format("archive.{}.tree@one", services[index].name));
    }
  }
  return ids;
}

/// Ids of the data steps.
std::vector<std::string> data_ids(const std::vector<plan::Step>& steps) {
  std::vector<std::string> ids;
  for (const plan::Step& step : steps) {
    if (!plan::components_of(step.action).empty()) {
      ids.push_back(step.id);
    }
  }
  return ids;
}

/// Must `later` wait for `earlier`, over any number of steps?
bool waits(const std::vector<plan::Step>& steps,
           const std::string& later,
           const std::string& earlier) {
  for (const plan::Step& step : steps) {
    if (step.id != later) {
      continue;
    }
    for (const std::string& before : step.after) {
      if (before == earlier || waits(steps, before, earlier)) {
        return true;
      }
    }
  }
  return false;
}

std::string component_of(const std::string& id) {
  return id.substr(id.find('.') + 1);
}

}  // namespace

TEST_CASE("capture follows the naive order and restore is its exact reverse") {
  REQUIRE(rc::check([] {
    const RandomServices services = random_services();
    const Compilation compilation = compile_text(with_backup(text_of(services)));
    RC_ASSERT(compilation.plan.has_value());
    const plan::Backup& backup = compilation.plan->backups.front();
    std::vector<std::string> captured = data_ids(backup.backup);
    RC_ASSERT(captured == naive_ids(services));
    std::vector<std::string> restored = data_ids(backup.restore);
    std::reverse(restored.begin(), restored.end());
    RC_ASSERT(restored.size() == captured.size());
    for (std::size_t index = 0; index < captured.size(); ++index) {
      RC_ASSERT(component_of(captured[index]) == component_of(restored[index]));
    }
  }));
}

TEST_CASE("a path waits for another one iff the other one's service needs its own") {
  REQUIRE(rc::check([] {
    const RandomServices services = random_services();
    const Compilation compilation = compile_text(with_backup(text_of(services)));
    RC_ASSERT(compilation.plan.has_value());
    const plan::Backup& backup = compilation.plan->backups.front();
    for (std::size_t one = 0; one < services.size(); ++one) {
      for (std::size_t other = 0; other < services.size(); ++other) {
        if (one == other || !services[one].has_path || !services[other].has_path) {
          continue;
        }
        const std::string of_one = services[one].name + ".tree@one";
        const std::string of_other = services[other].name + ".tree@one";
        const bool expected = needs(services, other, one);
        RC_ASSERT(waits(backup.backup, "archive." + of_one, "archive." + of_other) == expected);
        RC_ASSERT(waits(backup.restore, "files." + of_other, "files." + of_one) == expected);
      }
    }
  }));
}

TEST_CASE("every path waits for every database, and every database is restored after every path") {
  REQUIRE(rc::check([] {
    const RandomServices services = random_services();
    const Compilation compilation = compile_text(with_backup(text_of(services)));
    RC_ASSERT(compilation.plan.has_value());
    const plan::Backup& backup = compilation.plan->backups.front();
    for (const RandomService& service : services) {
      for (const RandomService& other : services) {
        if (service.has_path && other.has_sqlite) {
          const std::string path = service.name + ".tree@one";
          const std::string file = "sqlite." + other.name + ".file@one";
          RC_ASSERT(waits(backup.backup, "archive." + path, file));
          RC_ASSERT(waits(backup.restore, file, "files." + path));
        }
      }
      if (service.has_path && services.front().has_database) {
        RC_ASSERT(waits(backup.backup, "archive." + service.name + ".tree@one", "dump.db@one"));
      }
    }
  }));
}

TEST_CASE(
    "a stopped service is captured between its stop and its start, dependents stopped first") {
  REQUIRE(rc::check([] {
    const RandomServices services = random_services();
    const Compilation compilation = compile_text(with_backup(text_of(services)));
    RC_ASSERT(compilation.plan.has_value());
    const auto& steps = compilation.plan->backups.front().backup;
    for (std::size_t one = 0; one < services.size(); ++one) {
      if (!services[one].is_stopped) {
        continue;
      }
      const std::string name = services[one].name + "@one";
      if (services[one].has_path) {
        const std::string archive = "archive." + services[one].name + ".tree@one";
        RC_ASSERT(waits(steps, archive, "stop." + name));
        RC_ASSERT(waits(steps, "start." + name, archive));
      }
      if (services[one].has_database) {
        RC_ASSERT(waits(steps, "dump.db@one", "stop." + name));
        RC_ASSERT(waits(steps, "start." + name, "dump.db@one"));
      }
      RC_ASSERT(waits(steps, "commit@one", "start." + name));
      for (std::size_t other = 0; other < services.size(); ++other) {
        if (services[other].is_stopped && needs(services, one, other)) {
          const std::string needed = services[other].name + "@one";
          RC_ASSERT(waits(steps, "stop." + needed, "stop." + name));
          RC_ASSERT(waits(steps, "start." + name, "start." + needed));
        }
      }
    }
  }));
}

TEST_CASE("a restore stops dependents first and starts them last, with all data in between") {
  REQUIRE(rc::check([] {
    const RandomServices services = random_services();
    const Compilation compilation = compile_text(with_backup(text_of(services)));
    RC_ASSERT(compilation.plan.has_value());
    const auto& steps = compilation.plan->backups.front().restore;
    for (std::size_t one = 0; one < services.size(); ++one) {
      const std::string name = services[one].name + "@one";
      if (services[one].has_path && services[one].has_units) {
        const std::string files = "files." + services[one].name + ".tree@one";
        RC_ASSERT(waits(steps, files, "stop." + name));
        RC_ASSERT(waits(steps, "start." + name, files));
      }
      for (std::size_t other = 0; other < services.size(); ++other) {
        if (!needs(services, one, other) || !services[one].has_units) {
          continue;
        }
        const std::string needed = services[other].name;
        if (services[other].has_units) {
          RC_ASSERT(waits(steps, "stop." + needed + "@one", "stop." + name));
          RC_ASSERT(waits(steps, "start." + name, "start." + needed + "@one"));
        }
        if (services[other].has_path) {
          RC_ASSERT(waits(steps, "start." + name, "files." + needed + ".tree@one"));
        }
      }
    }
  }));
}

}  // namespace backstay::compiler::testing
