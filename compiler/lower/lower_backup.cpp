// One backup → the graph that makes a snapshot and the graph that restores it, its exact reverse.
#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include "compiler/lower/lower_parts.hpp"
#include "lang/base/overloaded.hpp"
#include "lang/base/result.hpp"

namespace backstay::compiler {
namespace {

/// Everything of one host: the range of its data steps and the ids of the steps around them.
struct HostPart {
  std::string host;
  std::size_t begin = 0;
  std::size_t end = 0;
};

std::vector<HostPart> parts_of(const Policy& policy, const std::vector<DataStep>& data) {
  std::vector<HostPart> parts;
  for (std::size_t index = 0; index < data.size(); ++index) {
    if (index == 0 || data[index].host != data[index - 1].host) {
      parts.push_back({policy.hosts[data[index].host].name, index, index});
    }
    parts.back().end = index + 1;
  }
  return parts;
}

plan::CheckSources check_sources(const std::vector<DataStep>& data,
                                 const HostPart& part,
                                 const std::string& target) {
  plan::CheckSources check{
      .paths = {}, .optional_paths = {}, .servers = {}, .sqlite = {}, .target = target};
  for (std::size_t index = part.begin; index < part.end; ++index) {
    std::visit(
        Overloaded{[&](const plan::DumpMariadb& step) { check.servers.push_back(step.server); },
                   [&](const plan::CopySqlite& step) { check.sqlite.push_back(step.path); },
                   [&](const plan::ArchiveFiles& step) {
                     (step.optional ? check.optional_paths : check.paths).push_back(step.path);
                   },
                   [](const auto&) {}},
        data[index].action);
  }
  for (auto* list : {&check.paths, &check.optional_paths, &check.servers, &check.sqlite}) {
    std::sort(list->begin(), list->end());
  }
  return check;
}

plan::Action restore_of(const plan::Action& capture) {
  return std::visit(
      Overloaded{[](const plan::DumpMariadb& step) -> plan::Action {
                   return plan::RestoreMariadb{.server = step.server,
                                               .databases = step.databases,
                                               .all_component = step.all_component,
                                               .accounts_component = step.accounts_component};
                 },
                 [](const plan::CopySqlite& step) -> plan::Action {
                   return plan::RestoreSqlite{.component = step.component, .path = step.path};
                 },
                 [](const plan::ArchiveFiles& step) -> plan::Action {
                   return plan::RestoreFiles{.component = step.component,
                                             .path = step.path,
                                             .except = step.except,
                                             .keep = step.keep,
                                             .optional = step.optional};
                 },
                 [](const auto&) -> plan::Action {
                   BACKSTAY_CHECK(false, "only data steps are restored");
                   return {};
                 }},
      capture);
}

// `archive.nova.etc@ctl01` → `files.nova.etc@ctl01`, `dump.db@ctl01` → `database.db@ctl01`
std::string restore_id(const std::string& id) {
  const std::size_t dot = id.find('.');
  const std::string verb = id.substr(0, dot);
  return (verb == "archive" ? "files" : verb == "dump" ? "database" : verb) + id.substr(dot);
}

class Graphs {
 public:
  Graphs(const Policy& policy, const CaptureOrder& order, const Backup& backup)
      : data_(data_steps(policy, order, backup)),
        parts_(parts_of(policy, data_)),
        target_(name_of(policy.targets, backup.target)),
        from_(fmt::format("backup {}", backup.name)),
        timeout_(value_of(backup.deadline)) {}

  [[nodiscard]] std::vector<std::string> hosts() const {
    std::vector<std::string> names;
    for (const HostPart& part : parts_) {
      names.push_back(part.host);
    }
    return names;
  }

  [[nodiscard]] std::vector<plan::Step> backup() const {
    std::vector<plan::Step> steps;
    for (const HostPart& part : parts_) {
      const std::string check = "check@" + part.host;
      steps.push_back(step(check, part, {}, check_sources(data_, part, target_)));
      std::vector<std::string> captured;
      for (std::size_t index = part.begin; index < part.end; ++index) {
        steps.push_back(data_step(index, part));
        captured.push_back(steps.back().id);
      }
      // Why `always`: what is complete is committed as `partial` when a part failed (store.md, 3).
      steps.push_back(step("commit@" + part.host, part, captured, plan::CommitSnapshot{target_}));
      steps.back().always = true;
      steps.push_back(step("verify@" + part.host, part, {"commit@" + part.host},
                           plan::VerifySnapshot{.target = target_, .level = 1}));
    }
    return steps;
  }

  [[nodiscard]] std::vector<plan::Step> restore() const {
    std::vector<plan::Step> steps;
    for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) {
      append_restore(*part, steps);
    }
    return steps;
  }

 private:
  [[nodiscard]] plan::Step step(std::string id,
                                const HostPart& part,
                                std::vector<std::string> after,
                                plan::Action action) const {
    std::sort(after.begin(), after.end());
    return {.id = std::move(id),
            .host = part.host,
            .after = std::move(after),
            .from = from_,
            .always = false,
            .required = true,
            .timeout = {},
            .action = std::move(action)};
  }

  [[nodiscard]] plan::Step data_step(std::size_t index, const HostPart& part) const {
    const DataStep& data = data_[index];
    std::vector<std::string> after = {"check@" + part.host};
    for (const std::size_t earlier : data.after) {
      after.push_back(data_[earlier].id);
    }
    plan::Step made = step(data.id, part, std::move(after), data.action);
    made.from = data.from;
    made.timeout = timeout_;
    return made;
  }

  // Every edge of the capture turned round.
  void append_restore(const HostPart& part, std::vector<plan::Step>& steps) const {
    const std::string check = "check-snapshot@" + part.host;
    steps.push_back(step(check, part, {}, plan::CheckSnapshot{target_}));
    std::vector<std::vector<std::string>> after(part.end - part.begin, {check});
    for (std::size_t index = part.begin; index < part.end; ++index) {
      for (const std::size_t earlier : data_[index].after) {
        after[earlier - part.begin].push_back(restore_id(data_[index].id));
      }
    }
    std::vector<std::string> restored;
    for (std::size_t index = part.end; index-- > part.begin;) {
      plan::Step made = step(restore_id(data_[index].id), part,
                             std::move(after[index - part.begin]), restore_of(data_[index].action));
      made.from = data_[index].from;
      restored.push_back(made.id);
      steps.push_back(std::move(made));
    }
    steps.push_back(step("finish@" + part.host, part, std::move(restored), plan::FinishRestore{}));
  }

  std::vector<DataStep> data_;
  std::vector<HostPart> parts_;
  std::string target_;
  std::string from_;
  Duration timeout_;
};

}  // namespace

plan::Backup lower_backup(const Policy& policy, const CaptureOrder& order, const Backup& backup) {
  const Graphs graphs(policy, order, backup);
  plan::Backup lowered{.name = backup.name,
                       .schedule = name_of(policy.schedules, backup.schedule),
                       .target = name_of(policy.targets, backup.target),
                       .retention = name_of(policy.retentions, backup.retention),
                       .services = {},
                       .hosts = graphs.hosts(),
                       .backup = graphs.backup(),
                       .restore = graphs.restore()};
  for (const Reference& service : backup.services) {
    lowered.services.push_back(policy.services[service.value].name);
  }
  return lowered;
}

}  // namespace backstay::compiler
