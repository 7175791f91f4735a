#include "runtime/scheduling/installed_timer.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "runtime/scheduling/schedule_units.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kOurs = "# Written by `backstay schedule install`";

/// The line that says what a file is for, behind what begins it in each kind: of a service, a timer
/// and a file of cron.
constexpr std::array<std::string_view, 3> kBeginnings = {
    "Description=Backstay: ", "Description=When ", "# Written by `backstay schedule install`: "};

std::optional<TimerOwner> owner_in(std::string_view line) {
  const auto* begins = std::find_if(kBeginnings.begin(), kBeginnings.end(),
                                    [&](std::string_view one) { return line.starts_with(one); });
  if (begins == kBeginnings.end())
    return std::nullopt;
  line.remove_prefix(begins->size());
  if (line.ends_with(" runs"))
    line.remove_suffix(5);
  const std::string_view between = " of policy ";
  const std::size_t at = line.rfind(between);
  if (at == std::string_view::npos)
    return std::nullopt;
  return TimerOwner{.policy = std::string(line.substr(at + between.size())),
                    .runs = std::string(line.substr(0, at))};
}

/// The name without the suffix of a unit; empty: no file of ours has such a name.
std::string timer_name(const std::string& file) {
  if (!file.starts_with("backstay-"))
    return {};
  for (const std::string_view suffix : {".timer", ".service"}) {
    if (file.ends_with(suffix))
      return file.substr(0, file.size() - suffix.size());
  }
  return file.find('.') == std::string::npos ? file : std::string();
}

}  // namespace

std::optional<TimerOwner> timer_owner(std::string_view text) {
  if (!text.starts_with(kOurs))
    return std::nullopt;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (auto owner = owner_in(text.substr(0, end)))
      return owner;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return std::nullopt;
}

Result<std::vector<InstalledTimer>> installed_timers(World& world, const std::string& policy) {
  std::map<std::string, InstalledTimer> found;
  for (const std::string& directory : {unit_directory(), std::string(kCronDirectory)}) {
    if (!exists(world.files, directory))
      continue;
    BACKSTAY_ASSIGN(auto files, world.files.list(directory));
    // Backwards, so that a timer is stopped before its service goes.
    std::sort(files.rbegin(), files.rend());
    for (const std::string& file : files) {
      const std::string name = timer_name(file);
      const auto text = name.empty() ? Result<std::string>(std::string())
                                     : read_file(world.files, directory + "/" + file);
      const auto owner = text ? timer_owner(*text) : std::nullopt;
      if (!owner || owner->policy != policy)
        continue;
      InstalledTimer& timer = found[name];
      timer.name = name;
      timer.runs = owner->runs;
      timer.for_all_hosts |= text->find("--engine") != std::string::npos;
      timer.paths.push_back(directory + "/" + file);
    }
  }
  std::vector<InstalledTimer> timers;
  for (auto& [name, timer] : found)
    timers.push_back(std::move(timer));
  return timers;
}

}  // namespace backstay::runtime
