#include "runtime/steps/other_machine.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

#include "runtime/store/another_machine.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/target/scratch_directory.hpp"

namespace backstay::runtime {
namespace {

// How many of the own points back something is of late.
constexpr std::size_t kLately = 3;

// When it began, of `SEQ-UTC-POLICY-HOST-RANDOM`; empty for what is no id of this writer.
std::string stamp_of(const std::string& id, const std::string& writer) {
  const std::size_t first = id.find('-');
  const std::size_t second = first == std::string::npos ? first : id.find('-', first + 1);
  const bool ours = second != std::string::npos && layout::is_plain_name(id) &&
                    layout::sequence_of(id) && id.compare(second, writer.size(), writer) == 0;
  return ours ? id.substr(first + 1, second - first - 1) : std::string();
}

std::string writer_of(const StepContext& context) {
  return "-" + context.plan.policy + "-" + context.step.host + "-";
}

void add_names(Filesystem& files, const std::string& directory, std::set<std::string>& names) {
  if (const auto found = files.list(directory))
    names.insert(found->begin(), found->end());
}

// What this machine made itself, pruned points too: their records stay. Not what lies in further
// directories: another machine may mount them, too.
std::set<std::string> known_here(const Store& source, const StepContext& context) {
  std::set<std::string> known;
  add_names(context.world.files, layout::snapshots(source.path), known);
  add_names(context.world.files, layout::records(source.path), known);
  return known;
}

// The oldest stamp of the `most` newest points of a writer; empty: nothing was made here yet.
std::string oldest_stamp(const std::set<std::string>& known,
                         const std::string& writer,
                         std::size_t most) {
  std::set<std::string, std::greater<>> stamps;
  for (const std::string& id : known) {
    if (std::string stamp = stamp_of(id, writer); !stamp.empty())
      stamps.insert(std::move(stamp));
  }
  if (stamps.empty())
    return {};
  return *std::next(stamps.begin(), static_cast<std::ptrdiff_t>(std::min(most, stamps.size()) - 1));
}

// Those among `there` that a writer of our name made since then, and that nobody here knows.
std::vector<std::string> unknown_since(const std::string& since,
                                       const std::set<std::string>& known,
                                       const std::vector<std::string>& there,
                                       const std::string& writer) {
  std::vector<std::string> unknown;
  for (const std::string& id : there) {
    if (!since.empty() && !known.contains(id) && stamp_of(id, writer) >= since)
      unknown.push_back(id);
  }
  return unknown;
}

bool is_of_this_backup(Filesystem& files, const std::string& path, const StepContext& context) {
  const auto text = read_file(files, path);
  const auto manifest = text ? parse_manifest(*text, path) : Result<Manifest>(text.error());
  return manifest && manifest->policy == context.plan.policy &&
         manifest->host == context.step.host && manifest->backup == context.backup.name;
}

// Those of them that are of this very backup and host: names alone may be of two.
Result<std::vector<std::string>> of_this_backup(TargetDriver& driver,
                                                const std::vector<std::string>& ids,
                                                StepContext& context) {
  World& world = context.world;
  BACKSTAY_ASSIGN(const auto scratch,
                  ScratchDirectory::make(world.files, world.directories.state + "/uploads"));
  BACKSTAY_TRY(driver.manifests(ids, scratch.path(), context.stop));
  std::vector<std::string> found;
  for (const std::string& id : ids) {
    const std::string path = scratch.path() + "/" + id + "/" + std::string(layout::kManifest);
    if (is_of_this_backup(world.files, path, context))
      found.push_back(id);
  }
  return found;
}

}  // namespace

void warn_of_another_machine(TargetDriver& driver,
                             const Store& source,
                             const std::vector<std::string>& there,
                             StepContext& context) {
  const std::string writer = writer_of(context);
  const std::set<std::string> known = known_here(source, context);
  const std::vector<std::string> strange =
      unknown_since(oldest_stamp(known, writer, kLately), known, there, writer);
  if (strange.empty())
    return;
  const auto found = of_this_backup(driver, strange, context);
  if (!found) {
    context.events.warning(
        context.step.id,
        fmt::format("{} of the copies at {} bear the name of this host and were not made here, "
                    "lately {}; whose they are cannot be read: {}",
                    strange.size(), driver.describe(), strange.back(), found.error().message));
    return;
  }
  if (found->empty())
    return;
  context.events.warning(
      context.step.id,
      fmt::format("{} of the copies at {} bear the name of this host and were not made here, "
                  "lately {}: another machine is called {} too (a clone?), or this store was set "
                  "back. Their points lie there as one history with ours; give each machine a "
                  "host of its own in the policy",
                  found->size(), driver.describe(), found->back(), context.step.host));
}

void warn_of_another_machine(const Store& target,
                             const Store& source,
                             const std::vector<std::string>& there,
                             StepContext& context) {
  const PolicyHost owner{context.plan.policy, context.step.host};
  const Directories& directories = context.world.directories;
  Filesystem& files = context.world.files;
  const std::string writer = writer_of(context);
  const std::set<std::string> known = known_here(source, context);
  const auto noted = read_points_of_another_machine(files, directories, target.uuid, owner);
  std::vector<std::string> strange =
      unknown_since(oldest_stamp(known, writer, known.size()), known, there, writer);
  std::erase_if(strange, [&](const std::string& id) {
    return (noted && noted->contains(id)) ||
           !is_of_this_backup(
               files, layout::snapshot(target.path, id) + "/" + std::string(layout::kManifest),
               context);
  });
  if (strange.empty())
    return;
  std::sort(strange.begin(), strange.end());
  const auto kept = note_points_of_another_machine(files, directories, target, owner, strange);
  context.events.warning(context.step.id,
                         points_of_another_machine_text(directories, target, owner, strange) +
                             (kept ? "" : " (not noted: " + to_string(kept.error()) + ")"));
}

}  // namespace backstay::runtime
