#include "compiler/plan/plan_text_steps.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/host_groups.hpp"
#include "lang/base/overloaded.hpp"

namespace backstay::plan {
namespace {

using Rows = std::vector<std::vector<std::string>>;

// Numbers instead of ids in `needs`, as `1-3, 5`: a reader follows the left column with a finger.
std::vector<std::string> numbers(std::vector<std::size_t> all) {
  std::sort(all.begin(), all.end());
  std::vector<std::string> parts;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    while (end + 1 < all.size() && all[end + 1] == all[end] + 1) {
      ++end;
    }
    parts.push_back(end > begin + 1 ? fmt::format("{}-{}", all[begin], all[end])
                                    : fmt::format("{}", all[begin]));
    begin = end > begin + 1 ? end + 1 : begin + 1;
  }
  return parts;
}

// Steps of other hosts, by name and in how many places: `dump.db@ctl01`, `start.nova on 3 hosts`.
std::vector<std::string> elsewhere(const std::vector<std::string>& ids) {
  std::map<std::string_view, std::vector<std::string>> by_stem;
  for (const std::string& id : ids) {
    by_stem[stem(id)].push_back(id);
  }
  std::vector<std::string> parts;
  for (const auto& [name, all] : by_stem) {
    parts.push_back(all.size() == 1 ? all.front()
                                    : fmt::format("{} on {} hosts", name, all.size()));
  }
  return parts;
}

// `archive.nova.etc@compute[001-250]`; a list that is not short stands in the heading alone.
std::string id_on(const Step& step, const HostGroup& group) {
  constexpr std::size_t kLongest = 40;
  const std::string hosts = host_list(group.hosts);
  return hosts.size() > kLongest ? std::string(stem(step.id))
                                 : fmt::format("{}@{}", stem(step.id), hosts);
}

using RowNumbers = std::map<std::string_view, std::size_t>;

// Whether two steps wait for the same rows: of several hosts, each for what was done of its own.
bool waits_alike(const Step& one, const Step& other, const RowNumbers& number) {
  const auto rows = [&](const Step& step) {
    std::set<std::size_t> all;
    for (const std::string& id : step.after) {
      const auto found = number.find(id);
      all.insert(found == number.end() ? 0 : found->second);
    }
    return all;
  };
  return one.after == other.after || (!rows(one).contains(0) && rows(one) == rows(other));
}

// The hosts whose snapshots the step at a place is about, and the steps behind it that do the same.
std::vector<std::string> sources_from(const HostGroup& group,
                                      std::size_t at,
                                      const RowNumbers& number) {
  const Step& first = *group.steps[at];
  std::vector<std::string> sources = {first.source_host};
  const bool copies = std::holds_alternative<CopySnapshot>(first.action) ||
                      std::holds_alternative<PruneTarget>(first.action);
  while (copies && !first.source_host.empty() && at + sources.size() < group.steps.size()) {
    const Step& next = *group.steps[at + sources.size()];
    if (next.source_host.empty() || next.action != first.action ||
        !waits_alike(next, first, number)) {
      break;
    }
    sources.push_back(next.source_host);
  }
  return sources;
}

// `copy.offsite.app[01-02]@vault01`
std::string id_of(const Step& step,
                  const HostGroup& group,
                  const std::vector<std::string>& sources) {
  if (sources.size() == 1) {
    return id_on(step, group);
  }
  const std::string_view own = stem(step.id);
  return fmt::format("{}{}@{}", own.substr(0, own.size() - step.source_host.size()),
                     host_list(sources), step.host);
}

Rows step_rows(const TextPage& page, const HostGroup& group) {
  RowNumbers number;
  Rows rows = {{" #", "step", "does", "needs"}};
  std::size_t row = 0;
  for (std::size_t at = 0; at < group.steps.size();) {
    const Step* step = group.steps[at];
    const std::vector<std::string> sources = sources_from(group, at, number);
    ++row;
    for (const std::size_t end = at + sources.size(); at < end; ++at) {
      number.emplace(group.steps[at]->id, row);
    }
    std::vector<std::size_t> here;
    std::vector<std::string> foreign;
    for (const std::string& id : step->after) {
      if (const auto found = number.find(id); found != number.end()) {
        here.push_back(found->second);
      } else {
        foreign.push_back(id);
      }
    }
    std::vector<std::string> parts = numbers(std::move(here));
    const auto others = elsewhere(foreign);
    parts.insert(parts.end(), others.begin(), others.end());
    std::string needs =
        parts.empty() ? std::string(page.none()) : fmt::format("{}", fmt::join(parts, ", "));
    needs += step->always ? " (always)" : "";
    const std::string source = step->source_host.empty() ? "" : " of " + host_list(sources);
    rows.push_back({fmt::format("{:>2}", row), id_of(*step, group, sources),
                    describe(step->action) + source, std::move(needs)});
  }
  return rows;
}

template <typename Dump>
void add_databases(Rows& rows,
                   const Dump& dump,
                   const NamedDatabases& named,
                   const std::string& how) {
  for (const DatabaseComponent& one : dump.databases) {
    rows.push_back({one.component, fmt::format("{} on {}", one.database, dump.server), how});
  }
  if (!dump.all_component.empty()) {
    const auto without = named.left_out(dump.server, dump.all_except);
    rows.push_back({dump.all_component,
                    fmt::format("every other database on {}{}{}", dump.server,
                                without.empty() ? "" : " but ", fmt::join(without, ", ")),
                    how});
  }
  rows.push_back({dump.accounts_component, fmt::format("accounts on {}", dump.server), "DDL"});
}

void add_sources(Rows& rows, const Step& step, const NamedDatabases& named) {
  std::visit(
      Overloaded{
          [&](const DumpMariadb& dump) { add_databases(rows, dump, named, "dump, one instant"); },
          [&](const DumpPostgresql& dump) {
            add_databases(rows, dump, named, "dump, an instant each");
          },
          [&](const DumpMariadbPhysical& dump) {
            rows.push_back({dump.component, fmt::format("data files of {}", dump.server),
                            "physical, one instant"});
            rows.push_back(
                {dump.accounts_component, fmt::format("accounts on {}", dump.server), "DDL"});
          },
          [&](const CopySqlite& copy) {
            rows.push_back({copy.component, copy.path, "SQLite online backup"});
          },
          [&](const CaptureOutput& capture) {
            rows.push_back({capture.component, command_text(capture.command), "what it prints"});
          },
          [&](const ArchiveFiles& files) {
            std::string how = "files";
            how += files.optional ? ", optional" : "";
            how += files.may_change ? ", may change" : "";
            how += files.may_vanish ? ", may vanish" : "";
            rows.push_back({files.component, files.path, how});
          },
          [&](const MirrorTree& mirror) {
            rows.push_back(
                {mirror.service, mirror.path, "mirror in " + mirror.target + ", without history"});
          },
          [](const auto&) {},
      },
      step.action);
}

std::string title_of(std::string_view title, const HostGroup& group, std::size_t groups) {
  return groups == 1 && group.hosts.size() == 1 ? std::string(title)
                                                : fmt::format("{} on {}", title, to_text(group));
}

}  // namespace

void steps_text(TextPage& page,
                std::string_view title,
                const std::vector<Step>& graph,
                const PlanTextOptions& options) {
  const auto groups = group_hosts(graph, options.host);
  for (const HostGroup& group : groups) {
    page.heading(title_of(title, group, groups.size()));
    page.table(step_rows(page, group));
  }
}

std::size_t sources_text(TextPage& page,
                         const Backup& backup,
                         const NamedDatabases& named,
                         const PlanTextOptions& options) {
  const auto groups = group_hosts(backup.backup, options.host);
  std::size_t count = 0;
  for (const HostGroup& group : groups) {
    Rows rows;
    for (const Step* step : group.steps) {
      add_sources(rows, *step, named);
    }
    count += rows.size() * group.hosts.size();
    page.heading(title_of("Sources of backup " + backup.name, group, groups.size()));
    page.table(rows);
  }
  return count;
}

}  // namespace backstay::plan
