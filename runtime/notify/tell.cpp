#include "runtime/notify/tell.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "runtime/system/environment.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostPending = 20;

std::string directory_of(const World& world) {
  return world.directories.state + "/notices";
}

/// Where the last outcome of one backup, copy or drill on one host is noted. Names hold no `/` and
/// no
/// `@`.
std::string last_path(const World& world, const RunEnd& end) {
  const std::string& place = end.target.empty() ? end.copy : end.target;
  return fmt::format("{}/{}@{}@{}@{}{}.json", directory_of(world), end.policy, end.what,
                     end.drill.empty() ? end.backup : end.drill, end.host,
                     place.empty() ? "" : "@" + place);
}

/// Whether the last end was a failure. A note that cannot be read counts as none.
bool failed_before(World& world, const RunEnd& end) {
  const auto text = read_file(world.files, last_path(world, end));
  const Json note = text ? Json::parse(*text, nullptr, false) : Json();
  return note.is_object() && note.value("outcome", "") == "failure";
}

Result<void> note(World& world, const Notice& notice) {
  BACKSTAY_TRY(make_directories(world.files, directory_of(world), 0700));
  const Json document = {{"schema_version", 1},
                         {"outcome", notice.outcome},
                         {"run", notice.end.run_id},
                         {"at", notice.end.finished}};
  return replace_file(world.files, last_path(world, notice.end), document.dump() + "\n", 0600);
}

// --- what could not be delivered
// -------------------------------------------------------------------

std::string pending_directory(const World& world, const std::string& policy) {
  return directory_of(world) + "/pending/" + policy;
}

Json to_document(const Notice& notice, const std::string& notify, const std::string& way) {
  const RunEnd& end = notice.end;
  return {{"schema_version", 1},
          {"notify", notify},
          {"way", way},
          {"outcome", notice.outcome},
          {"what", end.what},
          {"policy", end.policy},
          {"backup", end.backup},
          {"drill", end.drill},
          {"copy", end.copy},
          {"target", end.target},
          {"guarded", end.guarded},
          {"host", end.host},
          {"run", end.run_id},
          {"status", end.status},
          {"started", end.started},
          {"finished", end.finished},
          {"snapshot", end.snapshot},
          {"failure", end.failure ? static_cast<int>(*end.failure) : -1}};
}

Notice from_document(const Json& document) {
  Notice notice{.end = {.what = document.value("what", ""), .policy = document.value("policy", "")},
                .outcome = document.value("outcome", "")};
  RunEnd& end = notice.end;
  end.backup = document.value("backup", "");
  end.drill = document.value("drill", "");
  end.copy = document.value("copy", "");
  end.target = document.value("target", "");
  end.guarded = document.value("guarded", false);
  end.host = document.value("host", "");
  end.run_id = document.value("run", "");
  end.status = document.value("status", "");
  end.started = document.value("started", "");
  end.finished = document.value("finished", "");
  end.snapshot = document.value("snapshot", "");
  const int failure = document.value("failure", -1);
  if (failure >= 0 && failure <= static_cast<int>(ErrorKind::Timeout)) {
    end.failure = static_cast<ErrorKind>(failure);
  }
  return notice;
}

/// Sends what earlier ends left, oldest first, each once; stops at the first that fails again,
/// since the next would too. Returns whether there is a line to be said.
void send_pending(World& world, const plan::Plan& plan, std::vector<std::string>& lines) {
  const std::string directory = pending_directory(world, plan.policy);
  const auto names = world.files.list(directory);
  if (!names) {
    return;
  }
  for (const std::string& name : *names) {
    const std::string path = directory + "/" + name;
    const auto text = read_file(world.files, path);
    const Json document = text ? Json::parse(*text, nullptr, false) : Json();
    const auto known = [&](const plan::Notify& notify) {
      return document.is_object() && notify.name == document.value("notify", "");
    };
    const auto notify = std::find_if(plan.notifies.begin(), plan.notifies.end(), known);
    if (notify != plan.notifies.end()) {
      const std::string way = document.value("way", "");
      const auto ways = ways_for(*notify, document.value("outcome", ""));
      if (std::find(ways.begin(), ways.end(), way) != ways.end()) {
        const auto sent = send(world, plan, *notify, way, from_document(document), {.tries = 1});
        if (!sent) {
          lines.push_back(
              fmt::format("an earlier notice is still not delivered by {} of notify {}: {}", way,
                          notify->name, to_string(sent.error())));
          return;
        }
      }
    }
    (void)world.files.unlink(path);  // of a declaration that is gone, or sent
  }
}

void keep_pending(World& world,
                  const Notice& notice,
                  const std::string& notify,
                  const std::string& way,
                  std::vector<std::string>& lines) {
  const std::string directory = pending_directory(world, notice.end.policy);
  const auto kept = [&]() -> Result<void> {
    BACKSTAY_TRY(make_directories(world.files, directory, 0700));
    BACKSTAY_ASSIGN(const auto names, world.files.list(directory));
    if (names.size() >= kMostPending) {
      BACKSTAY_TRY(world.files.unlink(directory + "/" + names.front()));
    }
    return write_new_file(
        world.files,
        fmt::format("{}/{}-{}.json", directory, to_compact_utc(world.clock.now()), random_hex8()),
        to_document(notice, notify, way).dump() + "\n", 0600);
  }();
  if (!kept) {
    lines.push_back("the notice is not kept for the next time: " + to_string(kept.error()));
  }
}

}  // namespace

std::vector<std::string> tell_end(World& world,
                                  const plan::Plan& plan,
                                  const std::string& notify_name,
                                  RunEnd end,
                                  const Patience& patience) {
  std::vector<std::string> lines;
  const auto notify =
      std::find_if(plan.notifies.begin(), plan.notifies.end(),
                   [&](const plan::Notify& one) { return one.name == notify_name; });
  if (notify == plan.notifies.end()) {
    return lines;
  }
  // What goes behind each run is no news as long as it goes.
  if (!end.target.empty() && !end.failure && !failed_before(world, end))
    return lines;
  if (end.finished.empty()) {
    end.finished = to_rfc3339(world.clock.now());
  }
  const std::string outcome = end.failure                 ? "failure"
                              : failed_before(world, end) ? "recovery"
                                                          : "success";
  const Notice notice{std::move(end), outcome};
  send_pending(world, plan, lines);
  for (const std::string& way : ways_for(*notify, outcome)) {
    const auto sent = send(world, plan, *notify, way, notice, patience);
    if (!sent) {
      lines.push_back(fmt::format("nobody is told by {} of notify {}: {}", way, notify->name,
                                  to_string(sent.error())));
      keep_pending(world, notice, notify->name, way, lines);
    }
  }
  if (const auto noted = note(world, notice); !noted) {
    lines.push_back("what was told is not noted: " + to_string(noted.error()));
  }
  return lines;
}

}  // namespace backstay::runtime
