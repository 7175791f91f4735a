#include "cli/render/open_restores.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/session.hpp"
#include "cli/snapshot_source.hpp"
#include "lang/base/units.hpp"
#include "runtime/restore/undo_change.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::cli {
namespace {

using runtime::RecordContent;
using runtime::RestoreState;

std::string what_it_is(const RecordContent& restore) {
  const runtime::RestoreHeader& header = restore.header;
  return fmt::format("{} of snapshot {}{}, begun {}", header.id, header.snapshot,
                     header.scope.empty() ? "" : " (" + header.scope + ")",
                     local_time(header.started));
}

bool has_databases_aside(const RecordContent& restore) {
  return std::any_of(restore.changes.begin(), restore.changes.end(), [](const auto& each) {
    return each.state != runtime::ChangeState::TakenBack &&
           (std::holds_alternative<runtime::MariadbExchanged>(each.change) ||
            std::holds_alternative<runtime::PostgresqlExchanged>(each.change));
  });
}

std::string text_of(const RecordContent& restore) {
  const std::string& id = restore.header.id;
  switch (restore.state) {
    case RestoreState::Incomplete:
      return fmt::format(
          "RESTORE INCOMPLETE  {}\n  its units do not start, and backups of policy {} do not run\n"
          "  go on:     repeat it\n  take back: backstay restore --undo {}\n",
          printable(what_it_is(restore)), restore.header.policy, id);
    case RestoreState::Undoing:
      return fmt::format("RESTORE HALF UNDONE  {}\n  go on:     backstay restore --undo {}\n",
                         printable(what_it_is(restore)), id);
    case RestoreState::Committing:
      return fmt::format("restore half committed  {}\n  go on:     backstay restore --commit {}\n",
                         printable(what_it_is(restore)), id);
    case RestoreState::Finished:
      return fmt::format(
          "restore neither committed nor undone  {}\n  set aside: {}{}\n"
          "  put back:  backstay restore --undo {}\n  remove:    backstay restore --commit {}\n",
          printable(what_it_is(restore)), to_human(ByteSize{runtime::bytes_aside(restore)}),
          has_databases_aside(restore) ? " of files, and databases" : "", id, id);
    case RestoreState::Undone:
    case RestoreState::Committed:
      return {};
  }
  return {};
}

}  // namespace

bool is_incomplete(const RecordContent& restore) {
  return restore.state == RestoreState::Incomplete || restore.state == RestoreState::Undoing;
}

std::vector<RecordContent> open_restores(const std::string& state_directory,
                                         const std::vector<std::string>& policies) {
  runtime::RealFilesystem files;
  auto all = runtime::read_restores(files, state_directory);
  std::erase_if(all, [&](const RecordContent& each) {
    const bool meant = policies.empty() || std::find(policies.begin(), policies.end(),
                                                     each.header.policy) != policies.end();
    return !each.open() || !meant;
  });
  std::stable_partition(all.begin(), all.end(), is_incomplete);
  return all;
}

std::string open_restores_text(const std::vector<RecordContent>& restores) {
  std::string text;
  for (const RecordContent& each : restores)
    text += text_of(each);
  return text.empty() ? text : text + "\n";
}

std::string open_restores_json(const std::vector<RecordContent>& restores) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const RecordContent& each : restores) {
    list.push_back({{"restore", each.header.id},
                    {"policy", each.header.policy},
                    {"host", each.header.host},
                    {"snapshot", each.header.snapshot},
                    {"scope", each.header.scope},
                    {"started", each.header.started},
                    {"state", runtime::to_string(each.state)},
                    {"kept_current", each.kept_current},
                    {"bytes_aside", runtime::bytes_aside(each)},
                    {"databases_aside", has_databases_aside(each)}});
  }
  return list.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace backstay::cli
