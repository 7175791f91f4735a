#include "runtime/restore/undo_restore.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "compiler/plan/plan_yaml.hpp"
#include "runtime/restore/beneath.hpp"
#include "runtime/restore/keep_current.hpp"
#include "runtime/restore/kept_snapshot.hpp"
#include "runtime/restore/leftovers.hpp"
#include "runtime/restore/place_files.hpp"
#include "runtime/restore/restore_session.hpp"
#include "runtime/restore/undo_change.hpp"
#include "runtime/restore/undo_data_files.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

/// One undo or commit at work.
class Undoing {
 public:
  Undoing(World& world,
          RestoreRecord& record,
          const plan::Plan& plan,
          UndoReport& report,
          Events& events,
          const std::stop_token& stop)
      : world_(world),
        record_(record),
        plan_(plan),
        report_(report),
        events_(events),
        stop_(stop),
        tools_{world,
               plan,
               record,
               stop,
               [this](const std::string& note) { report_.notes.push_back(note); },
               &events} {}

  Result<void> undo(const std::set<std::string>& without) {
    BACKSTAY_TRY(record_.note(RestoreEvent::Undoing));
    BACKSTAY_TRY(record_.set_incomplete(true));
    BACKSTAY_TRY(guard_units(world_, record_, record_.content().guarded, stop_));
    BACKSTAY_TRY(stop_units());
    ServersOfDataFiles servers(world_, plan_, record_.content(), stop_);
    BACKSTAY_TRY(servers.stop());
    BACKSTAY_TRY(keep_later_writes(without));
    const std::vector<RecordedChange> changes = record_.changes();
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      if (change->state != ChangeState::TakenBack)
        BACKSTAY_TRY(undo_one(*change));
    }
    clean_work();
    servers.start([this](const std::string& note) { report_.notes.push_back(note); });
    restart_servers(changes);
    if (!report_.left.empty())
      return still_left("undo");
    put_back_at_boot();
    BACKSTAY_TRY(release_units(world_, record_, stop_));
    start_units();
    return record_.note(RestoreEvent::Undone);
  }

  Result<void> commit() {
    BACKSTAY_TRY(record_.note(RestoreEvent::Committing));
    for (const RecordedChange& change : record_.content().changes) {
      if (stop_.stop_requested())
        return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
      if (change.state == ChangeState::TakenBack)
        continue;
      auto committed = commit_change(change, tools_);
      if (!committed) {
        report_.left.push_back(to_string(committed.error()));
      } else if (const std::string what = set_aside_by(change.change); !what.empty()) {
        report_.done.push_back(what);
      }
    }
    if (!report_.left.empty())
      return still_left("commit");
    BACKSTAY_TRY(release_units(world_, record_, stop_));
    BACKSTAY_FAILPOINT("commit.end");
    return record_.note(RestoreEvent::Committed);
  }

 private:
  Error still_left(std::string_view what) {
    return {
        .kind = ErrorKind::Partial,
        .message = fmt::format("not all of restore {} could be {}: {}", record_.content().header.id,
                               what == "undo" ? "undone" : "committed", report_.left.front()),
        .hint = fmt::format("put that right, then `backstay restore --{} {}` again", what,
                            record_.content().header.id)};
  }

  Result<void> undo_one(const RecordedChange& change) {
    if (stop_.stop_requested())
      return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
    BACKSTAY_FAILPOINT("undo.change");
    auto undone = undo_change(change, tools_);
    if (!undone) {
      report_.left.push_back(to_string(undone.error()));
      return {};
    }
    report_.done.push_back(describe_undo(change.change));
    return record_.taken_back(change.number);
  }

  // Units have run since: what they wrote becomes a snapshot before it is discarded, once.
  Result<void> keep_later_writes(const std::set<std::string>& without) {
    const RecordContent& content = record_.content();
    if (!loses_later_writes(content) || !content.kept_before_undo.empty())
      return {};
    BACKSTAY_ASSIGN(const KeptCurrent kept,
                    keep_before_undo(world_, record_, plan_, without, events_, stop_));
    if (kept.snapshot != kNothingKept) {
      report_.notes.push_back("what was there until now is kept as snapshot " + kept.snapshot);
    }
    return record_.note(RestoreEvent::Undoing, kept.snapshot);
  }

  [[nodiscard]] bool with_units() const {
    return systemd_runs(world_.files) && !record_.content().header.approved.empty();
  }

  Result<void> stop_units() {
    if (!with_units())
      return {};
    ServiceManager manager(world_.commands, stop_);
    std::vector<std::string> units = record_.content().held;
    for (const std::string& unit : record_.content().guarded) {
      if (std::find(units.begin(), units.end(), unit) == units.end())
        units.push_back(unit);
    }
    for (const std::string& unit : units) {
      BACKSTAY_ASSIGN(const bool active, manager.is_active(unit));
      if (active)
        BACKSTAY_TRY(manager.stop(unit));
    }
    BACKSTAY_FAILPOINT("undo.units-stopped");
    return {};
  }

  // What a try that died was still writing lies beside its place, and is no change.
  void clean_work() {
    const RestoreHeader& header = record_.content().header;
    const plan::Backup* backup = plan_.backup(header.backup);
    for (const plan::Step& step : backup == nullptr ? std::vector<plan::Step>() : backup->restore) {
      if (step.host != header.host)
        continue;
      if (const auto* files = std::get_if<plan::RestoreFiles>(&step.action)) {
        if (header.components.contains(files->component))
          clean_beside({.files = *files,
                        .paths = header.paths,
                        .to_directory = {},
                        .in_place = true,
                        .run_id = header.id});
      } else if (const auto* sqlite = std::get_if<plan::RestoreSqlite>(&step.action)) {
        const std::string fresh = sqlite->path + ".backstay-new-" + header.id;
        if (header.components.contains(sqlite->component) && exists(world_.files, fresh))
          note_failure(world_.files.unlink(fresh));
      }
    }
  }

  void clean_beside(const PlaceRequest& request) {
    for (const std::string& top : tops_of(request)) {
      // Beside the top; in it, where it is a mount.
      for (const std::string& path :
           {top.substr(0, std::max<std::size_t>(top.rfind('/'), 1)), top}) {
        const auto directory = open_place(path);
        if (!directory)
          continue;
        if (auto cleaned = clean_leftovers(directory->get(), path); !cleaned)
          report_.notes.push_back(to_string(cleaned.error()));
      }
    }
  }

  void note_failure(const Result<void>& done) {
    if (!done)
      report_.notes.push_back(to_string(done.error()));
  }

  // A server whose configuration was put back takes it up again.
  void restart_servers(const std::vector<RecordedChange>& changes) {
    const plan::Backup* backup = plan_.backup(record_.content().header.backup);
    if (backup == nullptr || !with_units())
      return;
    std::set<std::string> steps;
    for (const plan::Step& step : backup->restore) {
      const auto* files = std::get_if<plan::RestoreFiles>(&step.action);
      const bool put_back =
          files != nullptr && std::any_of(changes.begin(), changes.end(), [&](const auto& change) {
            return component_of(change.change) == files->component &&
                   change.state != ChangeState::TakenBack;
          });
      if (put_back)
        steps.insert(step.id);
    }
    ServiceManager manager(world_.commands, stop_);
    for (const plan::Step& step : backup->restore) {
      const auto* starts = std::get_if<plan::StartUnits>(&step.action);
      if (starts == nullptr || !starts->restart ||
          !record_.content().header.approved.contains(step.id) ||
          std::none_of(step.after.begin(), step.after.end(),
                       [&](const std::string& id) { return steps.contains(id); }))
        continue;
      for (const std::string& unit : starts->units) {
        if (auto restarted = manager.restart(unit); !restarted)
          report_.notes.push_back(to_string(restarted.error()));
      }
    }
  }

  // Enabled, disabled and masked as before the restore. What cannot be set is told: the data are
  // back.
  void put_back_at_boot() {
    if (!with_units())
      return;
    ServiceManager manager(world_.commands, stop_);
    const std::vector<std::string>& was = record_.content().was;
    for (auto line = was.rbegin(); line != was.rend(); ++line) {
      const auto space = line->find(' ');
      if (space == std::string::npos)
        continue;
      const auto now = manager.state(line->substr(space + 1));
      const auto changed =
          now ? manager.set_file_state(*now, line->substr(0, space)) : Result<bool>(now.error());
      if (!changed)
        report_.notes.push_back(to_string(changed.error()));
    }
  }

  // What ran before the restore runs again. A unit that does not start is told, and started by
  // whoever mends it: the data are back.
  void start_units() {
    if (!with_units())
      return;
    ServiceManager manager(world_.commands, stop_);
    const std::vector<std::string>& held = record_.content().held;
    for (auto unit = held.rbegin(); unit != held.rend(); ++unit) {
      if (auto started = manager.start(*unit); !started)
        report_.notes.push_back(to_string(started.error()));
    }
  }

  World& world_;
  RestoreRecord& record_;
  const plan::Plan& plan_;
  UndoReport& report_;
  Events& events_;
  std::stop_token stop_;
  UndoTools tools_;
};

Error refused(const RecordContent& content, const std::string& what, const std::string& hint) {
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("restore {} {}", content.header.id, what),
          .hint = hint};
}

/// A later restore that is not undone stands on what this one left: it goes back first.
Result<void> check_order(World& world, const RecordContent& content) {
  for (const RecordContent& each : read_restores(world.files, world.directories.state)) {
    const bool later = each.header.sequence > content.header.sequence;
    if (!later || each.state == RestoreState::Undone || !each.changed() ||
        each.header.host != content.header.host || each.header.policy != content.header.policy)
      continue;
    return refused(
        content, fmt::format("was followed by restore {}, which is not undone", each.header.id),
        each.open()
            ? fmt::format("undo that one first: `backstay restore --undo {}`", each.header.id)
            : "that one was committed; restore another snapshot instead");
  }
  return {};
}

Result<void> check_undo(const RecordContent& content, const UndoRequest& request) {
  if (content.state == RestoreState::Committed || content.state == RestoreState::Committing) {
    return refused(content, "was committed: what it replaced is gone",
                   content.kept_current.empty() || content.kept_current == "nothing"
                       ? "restore another snapshot"
                       : "snapshot " + content.kept_current +
                             " holds what was there before; restore from it with --snapshot");
  }
  if (loses_later_writes(content) && !request.discard_later &&
      content.state != RestoreState::Undoing) {
    return refused(content,
                   "was followed by a start of units: undoing it discards what they wrote since",
                   "add --discard-later to do so; what is there now is kept as a snapshot first");
  }
  return {};
}

Result<void> check_commit(const RecordContent& content) {
  const std::string& id = content.header.id;
  if (content.state == RestoreState::Undone || content.state == RestoreState::Undoing)
    return refused(content, "was undone: there is nothing to commit", {});
  const bool halves =
      std::any_of(content.changes.begin(), content.changes.end(),
                  [](const RecordedChange& each) { return each.state == ChangeState::Noted; });
  if (content.state == RestoreState::Incomplete && halves) {
    return refused(content, "is not complete: it cannot be committed",
                   fmt::format("repeat it, or take it back: `backstay restore --undo {}`", id));
  }
  return {};
}

}  // namespace

bool loses_later_writes(const RecordContent& content) {
  return content.starting && content.changed();
}

Result<void> undo_restore(World& world,
                          const UndoRequest& request,
                          UndoReport& report,
                          Events& events,
                          std::stop_token stop) {
  BACKSTAY_ASSIGN(const RecordContent found,
                  find_restore(world.files, world.directories.state, request.restore));
  report.restore = found.header.id;
  if (found.state == RestoreState::Undone) {
    report.nothing = true;
    return {};
  }
  BACKSTAY_TRY(check_undo(found, request));
  BACKSTAY_TRY(check_order(world, found));
  BACKSTAY_ASSIGN(const auto record, RestoreRecord::open(world.files, world.clock,
                                                         world.directories.state, found.header.id));
  BACKSTAY_ASSIGN(const std::string yaml, record->plan_yaml());
  BACKSTAY_ASSIGN(const plan::Plan plan, plan::from_yaml(yaml, "plan.yaml of " + found.header.id));
  BACKSTAY_TRY(ServersOfDataFiles(world, plan, found, stop).check(request.discard_later));
  BACKSTAY_TRY(prove_what_was_dropped(world, found, stop));
  return Undoing(world, *record, plan, report, events, stop).undo(request.without_keep_current);
}

Result<void> commit_restore(World& world,
                            const std::string& restore,
                            UndoReport& report,
                            Events& events,
                            std::stop_token stop) {
  BACKSTAY_ASSIGN(const RecordContent found,
                  find_restore(world.files, world.directories.state, restore));
  report.restore = found.header.id;
  if (found.state == RestoreState::Committed) {
    report.nothing = true;
    return {};
  }
  BACKSTAY_TRY(check_commit(found));
  BACKSTAY_ASSIGN(const auto record, RestoreRecord::open(world.files, world.clock,
                                                         world.directories.state, found.header.id));
  BACKSTAY_ASSIGN(const std::string yaml, record->plan_yaml());
  BACKSTAY_ASSIGN(const plan::Plan plan, plan::from_yaml(yaml, "plan.yaml of " + found.header.id));
  return Undoing(world, *record, plan, report, events, stop).commit();
}

}  // namespace backstay::runtime
