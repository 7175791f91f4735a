#include "runtime/restore/restore_selection.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "runtime/restore/leftovers.hpp"

namespace backstay::runtime {

namespace {

std::string absolute(const Entry& entry) {
  return entry.path == "." ? "/" : "/" + entry.path;
}

class Selecting {
 public:
  Selecting(const std::string& top, const Selector& selector, const std::set<std::string>& excluded)
      : top_(top), selector_(selector), excluded_(excluded) {}

  RestoreSelection selection;
  // Files whose other names are wanted but which are not: by path, with the names.
  std::map<std::string, std::vector<Entry>> orphans;

  void visit(Entry&& entry) {
    selection.component_empty = false;
    const std::string path = absolute(entry);
    if (!is_at_or_below(path, top_)) {
      if (entry.type == EntryType::Directory && is_at_or_below(top_, path))
        selection.ancestors.push_back(std::move(entry));
      return;
    }
    const bool elsewhere = std::ranges::any_of(
        excluded_, [&](const std::string& mount) { return is_at_or_below(path, mount); });
    const SelectorState state = selector_.at(path);
    // A directory is also wanted for what the rules of today put back below it.
    const bool wanted = entry.bare || state.selected() ||
                        (entry.type == EntryType::Directory && selector_.may_select_below(state));
    if (elsewhere || !wanted)
      return;
    if (entry.type == EntryType::HardLink && !places_.contains(entry.link)) {
      orphans[entry.link].push_back(std::move(entry));
      return;
    }
    add(std::move(entry), path);
  }

  // The file of an orphaned name: it becomes that name, and the others links to it.
  void adopt(const Entry& file) {
    const auto names = orphans.find(file.path);
    if (names == orphans.end() || file.type != EntryType::File)
      return;
    const std::string first = place_of(absolute(names->second.front()));
    selection.entries.push_back({file, first, {}});
    for (std::size_t i = 1; i < names->second.size(); ++i) {
      const std::string path = absolute(names->second[i]);
      selection.entries.push_back({std::move(names->second[i]), place_of(path), first});
    }
    orphans.erase(names);
  }

 private:
  [[nodiscard]] std::string place_of(const std::string& path) const {
    const std::string below = top_ == "/" ? (path == "/" ? "" : path) : path.substr(top_.size());
    return kNewTree + below;
  }

  void add(Entry&& entry, const std::string& path) {
    const std::string place = place_of(path);
    std::string link;
    if (entry.type == EntryType::HardLink)
      link = places_[entry.link];
    if (entry.type == EntryType::File)
      places_.emplace(entry.path, place);
    if (entry.type == EntryType::Directory)
      selection.directories.insert(entry.path);
    selection.entries.push_back({std::move(entry), place, std::move(link)});
  }

  const std::string& top_;
  const Selector& selector_;
  const std::set<std::string>& excluded_;
  std::map<std::string, std::string> places_;
};

}  // namespace

bool is_at_or_below(const std::string& path, const std::string& top) {
  return top == "/" || path == top || (path.starts_with(top) && path[top.size()] == '/');
}

Result<RestoreSelection> select_entries(SnapshotReader& snapshot,
                                        const std::string& component,
                                        const std::string& top,
                                        const Selector& selector,
                                        const std::set<std::string>& excluded) {
  Selecting selecting(top, selector, excluded);
  BACKSTAY_TRY(snapshot.each_entry_near(component, top, [&](Entry&& entry) -> Result<void> {
    selecting.visit(std::move(entry));
    return {};
  }));
  if (!selecting.orphans.empty()) {
    BACKSTAY_TRY(snapshot.each_entry(component, [&](Entry&& entry) -> Result<void> {
      selecting.adopt(entry);
      return {};
    }));
  }
  if (selecting.orphans.empty())
    return std::move(selecting.selection);
  return Error{.kind = ErrorKind::BadInput,
               .message = "`/" + selecting.orphans.begin()->second.front().path +
                          "` is a link to `/" + selecting.orphans.begin()->first +
                          "`, which the snapshot does not hold"};
}

}  // namespace backstay::runtime
