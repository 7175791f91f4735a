#include "runtime/steps/support.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "compiler/plan/action_facts.hpp"
#include "lang/base/overloaded.hpp"
#include "runtime/seal/plan_seals.hpp"
#include "runtime/target/open_target.hpp"

namespace backstay::runtime {
namespace {

using S = Support;

// Every kind has its line here: a new one does not compile without.
constexpr auto kTable = Overloaded{
    [](const plan::CheckSources&) { return S::Done; },
    [](const plan::RunCommand&) { return S::Done; },
    [](const plan::StopUnits&) { return S::Done; },
    [](const plan::StartUnits&) { return S::Done; },
    [](const plan::DumpMariadb&) { return S::Done; },
    [](const plan::DumpMariadbPhysical&) { return S::Done; },
    [](const plan::DumpPostgresql&) { return S::Done; },
    [](const plan::CopySqlite&) { return S::Done; },
    [](const plan::CaptureOutput&) { return S::Done; },
    [](const plan::ArchiveFiles&) { return S::Done; },
    [](const plan::CommitSnapshot&) { return S::Done; },
    [](const plan::VerifySnapshot&) { return S::Done; },
    [](const plan::CopySnapshot&) { return S::Done; },
    [](const plan::MirrorTree&) { return S::Done; },
    [](const plan::ReplicateFiles&) { return S::Done; },
    [](const plan::PruneTarget&) { return S::Left; },
    [](const plan::CheckSnapshot&) { return S::Done; },
    [](const plan::KeepCurrent&) { return S::Done; },
    [](const plan::RestoreFiles&) { return S::Done; },
    [](const plan::RestoreSqlite&) { return S::Done; },
    [](const plan::RestoreMariadb&) { return S::Done; },
    [](const plan::RestoreMariadbPhysical&) { return S::Done; },
    [](const plan::RestorePostgresql&) { return S::Done; },
    [](const plan::FeedCommand&) { return S::Done; },
    [](const plan::CheckService&) { return S::Done; },
    [](const plan::FinishRestore&) { return S::Done; },
    [](const plan::PrepareSandbox&) { return S::Done; },
    [](const plan::ExpectRows&) { return S::Done; },
    [](const plan::ExpectFile&) { return S::Done; },
    [](const plan::ExpectRun&) { return S::Done; },
    [](const plan::FinishDrill&) { return S::Done; },
};

// A copy goes to whatever has a driver, and is read from there. A backup itself is committed into a
// directory.
bool is_reached(const plan::Step& step, const plan::Target& target) {
  if (std::holds_alternative<plan::CheckSnapshot>(step.action))
    return has_driver(target.kind) && target.kind != "directory";
  if (std::holds_alternative<plan::MirrorTree>(step.action))
    return target.kind == "rsync";
  const auto* copy = std::get_if<plan::CopySnapshot>(&step.action);
  if (copy != nullptr && copy->source == target.name && !step.source_host.empty())
    return target.kind == "rsync";  // which lies on the step's own host
  return copy != nullptr && copy->target == target.name && has_driver(target.kind);
}

// A mirror lies in the clear, and is made with an account that has a shell.
std::string mirror_refusal(const plan::Plan& plan, const plan::MirrorTree& mirror) {
  const plan::Target* target = plan.target(mirror.target);
  if (target == nullptr)
    return {};
  if (!target->seal.empty())
    return fmt::format("target {} is sealed, and mirrors are not", target->name);
  if (target->kind == "rsync" && !target->deletable_by.empty())
    return fmt::format(
        "target {} is deletable by {}, and a mirror needs an account that may delete", target->name,
        target->deletable_by);
  return {};
}

// A target that only a later version writes to or reads from.
std::string target_refusal(const plan::Plan& plan,
                           const std::string& name,
                           const plan::Step& step) {
  const plan::Target* target = plan.target(name);
  if (target == nullptr || is_reached(step, *target)) {
    return {};
  }
  if (target->kind != "directory") {
    return fmt::format("target {} is of kind {}", name, target->kind);
  }
  if (!target->host.empty() && target->host != step.host) {
    return fmt::format("target {} lies on another host, {}", name, target->host);
  }
  return {};
}

void add_notes(const plan::Plan& plan,
               const std::string& verb,
               const std::vector<plan::Step>& steps,
               std::vector<std::string>& notes) {
  std::map<std::string, std::size_t> reasons;
  for (const plan::Step& step : steps) {
    if (const std::string reason = refusal_of(plan, step); !reason.empty()) {
      ++reasons[reason];
    }
  }
  if (reasons.empty()) {
    return;
  }
  std::vector<std::string> texts;
  for (const auto& [reason, count] : reasons) {
    texts.push_back(count == 1 ? reason : fmt::format("{} ({} steps)", reason, count));
  }
  notes.push_back(fmt::format("this version does not {} yet: {}", verb, fmt::join(texts, "; ")));
}

// A drill speaks to scratch servers, and needs nobody's login.
plan::Plan drill_view(plan::Plan plan) {
  for (plan::Server& server : plan.servers) {
    server.login.clear();
  }
  return plan;
}

}  // namespace

Support support_of(const plan::Action& action) {
  return std::visit(kTable, action);
}

std::string refusal_of(const plan::Plan& plan, const plan::Step& step) {
  if (support_of(step.action) == Support::Refused) {
    return std::string(plan::kind_of(step.action));
  }
  if (support_of(step.action) == Support::Left) {
    return {};
  }
  for (const std::string& target : plan::targets_of(step.action)) {
    if (std::string why = target_refusal(plan, target, step); !why.empty()) {
      return why;
    }
  }
  if (const auto* mirror = std::get_if<plan::MirrorTree>(&step.action)) {
    return mirror_refusal(plan, *mirror);
  }
  if (const auto* copy = std::get_if<plan::CopySnapshot>(&step.action)) {
    return copy_refusal(plan, *copy);
  }
  return {};
}

std::optional<Error> find_unsupported(const plan::Plan& plan,
                                      const std::vector<plan::Step>& steps) {
  constexpr std::size_t kShown = 8;
  std::vector<std::string> lines;
  std::size_t count = 0;
  for (const plan::Step& step : steps) {
    const std::string why = refusal_of(plan, step);
    if (!why.empty() && ++count <= kShown) {
      lines.push_back(fmt::format("`{}` ({}; asked for by {})", step.id, why, step.from));
    }
  }
  if (count == 0) {
    return std::nullopt;
  }
  if (count > kShown) {
    lines.push_back(fmt::format("{} more", count - kShown));
  }
  return Error{.kind = ErrorKind::ToolMissing,
               .message = fmt::format("this version cannot carry out {} of the plan: {}",
                                      count == 1 ? "a step" : fmt::format("{} steps", count),
                                      fmt::join(lines, ", ")),
               .hint =
                   "nothing was changed; take these facts out of the policy until a version "
                   "that carries them out is installed"};
}

std::vector<std::string> waits_elsewhere(const std::vector<plan::Step>& graph,
                                         const std::vector<plan::Step>& steps) {
  std::unordered_set<std::string_view> holding;
  for (const plan::Step& step : graph) {
    if (std::holds_alternative<plan::StopUnits>(step.action) ||
        std::holds_alternative<plan::RunCommand>(step.action)) {
      holding.insert(step.id);
    }
  }
  for (const plan::Step& step : steps) {
    holding.erase(step.id);
  }
  std::vector<std::string> waits;
  for (const plan::Step& step : steps) {
    for (const std::string& id : step.after) {
      if (holding.contains(id)) {
        waits.push_back(fmt::format("`{}` waits for `{}`", step.id, id));
      }
    }
  }
  return waits;
}

std::optional<Error> find_split_hold(const std::vector<plan::Step>& graph,
                                     const std::vector<plan::Step>& steps) {
  const auto waits = waits_elsewhere(graph, steps);
  if (waits.empty()) {
    return std::nullopt;
  }
  return Error{
      .kind = ErrorKind::ToolMissing,
      .message = fmt::format(
          "one host alone cannot do its part, since services on others must be held still for "
          "it: {}{}",
          waits.front(), waits.size() == 1 ? "" : fmt::format(" and {} more", waits.size() - 1)),
      .hint = "nothing was changed; run it on all hosts: backstay run PLAN --engine ansible"};
}

std::vector<std::string> support_notes(const plan::Plan& plan) {
  std::vector<std::string> notes;
  for (const plan::Backup& backup : plan.backups) {
    add_notes(plan, fmt::format("run backup {}", backup.name), backup.backup, notes);
    add_notes(plan, fmt::format("restore backup {}", backup.name), backup.restore, notes);
    for (const plan::Copy& copy : backup.copies)
      add_notes(plan, fmt::format("copy backup {} to {}", backup.name, copy.target), copy.steps,
                notes);
    if (std::any_of(backup.backup.begin(), backup.backup.end(), [](const plan::Step& step) {
          return std::holds_alternative<plan::PruneTarget>(step.action);
        })) {
      notes.push_back(fmt::format(
          "a run by hand deletes nothing: points of backup {} go behind scheduled runs, and by "
          "`backstay prune`",
          backup.name));
    }
  }
  for (const plan::Drill& drill : plan.drills) {
    add_notes(drill_view(plan), fmt::format("run drill {}", drill.name), drill.steps, notes);
  }
  return notes;
}

}  // namespace backstay::runtime
