#include "runtime/restore/undo_data_files.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/database/physical_restore.hpp"
#include "runtime/steps/commands.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

Error still_runs(const plan::Server& server) {
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("server `{}` runs on {}: its files cannot be put back under it",
                                 server.name, server.datadir),
          .hint = server.units.empty()
                      ? "stop it, then undo again"
                      : "stop it, then undo again: systemctl stop " + shell_words(server.units)};
}

}  // namespace

ServersOfDataFiles::ServersOfDataFiles(World& world,
                                       const plan::Plan& plan,
                                       const RecordContent& content,
                                       std::stop_token stop)
    : world_(world),
      stop_(std::move(stop)),
      complete_(content.state != RestoreState::Incomplete &&
                content.state != RestoreState::Undoing) {
  const RestoreHeader& header = content.header;
  const plan::Backup* backup = plan.backup(header.backup);
  for (const plan::Step& step : backup == nullptr ? std::vector<plan::Step>() : backup->restore) {
    const auto* physical = std::get_if<plan::RestoreMariadbPhysical>(&step.action);
    if (physical == nullptr || step.host != header.host)
      continue;
    const plan::Server* server = plan.server(physical->server);
    if (server == nullptr)
      continue;
    // The directory where files were prepared is nothing that a server uses.
    const auto touches = [&](const RecordedChange& change) {
      const auto* created = std::get_if<PathCreated>(&change.change);
      return component_of(change.change) == physical->component &&
             change.state != ChangeState::TakenBack &&
             (created == nullptr || created->path == server->datadir);
    };
    if (std::none_of(content.changes.begin(), content.changes.end(), touches))
      continue;
    servers_.push_back({.server = server,
                        .may_stop = !server->units.empty() && systemd_runs(world.files) &&
                                    header.approved.contains(step.id)});
  }
}

Result<void> ServersOfDataFiles::check(bool discard_later) const {
  for (const Served& each : servers_) {
    if (!is_served(each.server->datadir))
      continue;
    if (!each.may_stop)
      return still_runs(*each.server);
    if (complete_ && !discard_later) {
      return Error{.kind = ErrorKind::Refused,
                   .message = fmt::format("server `{}` has run since the restore: undoing it "
                                          "discards what was written to it",
                                          each.server->name),
                   .hint = "add --discard-later to do so; dump first what is to be kept"};
    }
  }
  return {};
}

Result<void> ServersOfDataFiles::stop() {
  ServiceManager manager(world_.commands, stop_);
  for (const Served& each : servers_) {
    const auto& units = each.server->units;
    for (auto unit = units.rbegin(); each.may_stop && unit != units.rend(); ++unit) {
      BACKSTAY_ASSIGN(const bool active, manager.is_active(*unit));
      if (!active)
        continue;
      BACKSTAY_TRY(manager.stop(*unit));
      stopped_.push_back(*unit);
    }
    if (is_served(each.server->datadir))
      return still_runs(*each.server);
  }
  return {};
}

void ServersOfDataFiles::start(const std::function<void(const std::string&)>& note) {
  ServiceManager manager(world_.commands, stop_);
  for (auto unit = stopped_.rbegin(); unit != stopped_.rend(); ++unit) {
    if (auto started = manager.start(*unit); !started)
      note(to_string(started.error()));
  }
}

}  // namespace backstay::runtime
