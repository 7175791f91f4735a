#include "runtime/steps/other_machine.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include <fmt/format.h>

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

void add_names(Filesystem& files, const std::string& directory, std::set<std::string>& names) {
  if (const auto found = files.list(directory))
    names.insert(found->begin(), found->end());
}

// What this machine made itself, pruned points too: their records stay.
std::set<std::string> known_here(const Store& source, const StepContext& context) {
  std::set<std::string> known;
  std::vector<std::string> stores = {source.path};
  for (const plan::Target& target : context.plan.targets) {
    if (target.kind == "directory" && (target.host.empty() || target.host == context.step.host))
      stores.push_back(target.path);
  }
  for (const std::string& store : stores) {
    add_names(context.world.files, layout::snapshots(store), known);
    add_names(context.world.files, layout::records(store), known);
  }
  return known;
}

// No copy that is older than this is of late; empty: nothing was made here yet.
std::string oldest_of_late(const std::set<std::string>& known, const std::string& writer) {
  std::set<std::string, std::greater<>> stamps;
  for (const std::string& id : known) {
    if (std::string stamp = stamp_of(id, writer); !stamp.empty())
      stamps.insert(std::move(stamp));
  }
  if (stamps.empty())
    return {};
  return *std::next(stamps.begin(),
                    static_cast<std::ptrdiff_t>(std::min(kLately, stamps.size()) - 1));
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
    const auto text = read_file(world.files, path);
    const auto manifest = text ? parse_manifest(*text, path) : Result<Manifest>(text.error());
    if (manifest && manifest->policy == context.plan.policy &&
        manifest->host == context.step.host && manifest->backup == context.backup.name)
      found.push_back(id);
  }
  return found;
}

}  // namespace

void warn_of_another_machine(TargetDriver& driver,
                             const Store& source,
                             const std::vector<std::string>& there,
                             StepContext& context) {
  const std::string writer = "-" + context.plan.policy + "-" + context.step.host + "-";
  const std::set<std::string> known = known_here(source, context);
  const std::string since = oldest_of_late(known, writer);
  std::vector<std::string> strange;
  for (const std::string& id : there) {
    if (!since.empty() && !known.contains(id) && stamp_of(id, writer) >= since)
      strange.push_back(id);
  }
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

}  // namespace backstay::runtime
