#include "runtime/store/another_machine.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"

namespace backstay::runtime {
namespace {

constexpr std::uint64_t kLargestList = 16ULL << 20U;

std::vector<std::string> ids_in(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin)
      lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// Made in this very store, and not copied into it.
bool is_made_here(Filesystem& files,
                  const Store& store,
                  const PolicyHost& owner,
                  const std::string& id) {
  const std::string path = layout::snapshot(store.path, id) + "/" + std::string(layout::kManifest);
  const auto text = read_file(files, path);
  const auto manifest = text ? parse_manifest(*text, path) : Result<Manifest>(text.error());
  return manifest && manifest->policy == owner.policy && manifest->host == owner.host &&
         manifest->store == store.uuid;
}

}  // namespace

Result<std::vector<std::string>> find_points_of_another_machine(Filesystem& files,
                                                                const Directories& directories,
                                                                const Store& store,
                                                                const PolicyHost& owner) {
  std::vector<std::string> found;
  BACKSTAY_ASSIGN(const std::uint64_t mark, high_water_mark(files, directories, store, owner));
  if (mark == 0)
    return found;
  BACKSTAY_ASSIGN(const auto names, files.list(layout::snapshots(store.path)));
  const std::string writer = "-" + owner.policy + "-" + owner.host + "-";
  for (const std::string& name : names) {
    const auto sequence = layout::sequence_of(name);
    if (sequence && *sequence > mark && layout::is_plain_name(name) &&
        name.find(writer) != std::string::npos && is_made_here(files, store, owner, name))
      found.push_back(name);
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::string points_of_another_machine_file(const Directories& directories,
                                           const std::string& store_uuid,
                                           const PolicyHost& owner) {
  return directories.state + "/sequences/" + store_uuid + "." +
         layout::policy_at_host(owner.policy, owner.host) + ".others";
}

Result<std::set<std::string>> read_points_of_another_machine(Filesystem& files,
                                                             const Directories& directories,
                                                             const std::string& store_uuid,
                                                             const PolicyHost& owner) {
  auto text = read_file(files, points_of_another_machine_file(directories, store_uuid, owner),
                        kLargestList);
  if (!text && text.error().kind == ErrorKind::NotFound)
    return std::set<std::string>();
  if (!text)
    return std::move(text).error();
  const auto lines = ids_in(*text);
  return std::set<std::string>(lines.begin(), lines.end());
}

Result<void> note_points_of_another_machine(Filesystem& files,
                                            const Directories& directories,
                                            const Store& store,
                                            const PolicyHost& owner,
                                            const std::vector<std::string>& ids) {
  BACKSTAY_ASSIGN(auto noted,
                  read_points_of_another_machine(files, directories, store.uuid, owner));
  std::erase_if(noted, [&](const std::string& id) {
    return !layout::is_plain_name(id) || !exists(files, layout::snapshot(store.path, id));
  });
  noted.insert(ids.begin(), ids.end());
  std::string text;
  for (const std::string& id : noted)
    text += id + "\n";
  BACKSTAY_TRY(make_directories(files, directories.state + "/sequences", 0700));
  return replace_file(files, points_of_another_machine_file(directories, store.uuid, owner), text,
                      0600);
}

std::string points_of_another_machine_text(const Directories& directories,
                                           const Store& store,
                                           const PolicyHost& owner,
                                           const std::vector<std::string>& ids) {
  return fmt::format(
      "{} point{} in `{}` bear{} the name of this host and {} not made here, lately {}: another "
      "machine is called {} too (a clone?), or the state of this one was set back. `prune` leaves "
      "them alone. Give each machine a host of its own in the policy; if they are of this one, "
      "remove `{}`",
      ids.size(), ids.size() == 1 ? "" : "s", store.path, ids.size() == 1 ? "s" : "",
      ids.size() == 1 ? "was" : "were", ids.back(), owner.host,
      points_of_another_machine_file(directories, store.uuid, owner));
}

}  // namespace backstay::runtime
