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
  Selecting(const std::string& top,
            const Selector& selector,
            const std::set<std::string>& excluded,
            RestoreSelection& selection,
            const PlannedVisitor& visitor)
      : top_(top),
        selector_(selector),
        excluded_(excluded),
        selection_(selection),
        visitor_(visitor) {}

  // Files whose other names are wanted but which are not: by path, with the names.
  std::map<std::string, std::vector<Entry>> orphans;

  Result<void> visit(Entry&& entry) {
    selection_.component_empty = false;
    const std::string path = absolute(entry);
    if (!is_at_or_below(path, top_)) {
      if (entry.type == EntryType::Directory && is_at_or_below(top_, path))
        selection_.ancestors.push_back(std::move(entry));
      return {};
    }
    if (!wanted(path, entry.type == EntryType::Directory, entry.bare))
      return {};
    if (entry.type != EntryType::HardLink)
      return give(std::move(entry), place_of(path), {});
    const std::string file = "/" + entry.link;
    if (!is_at_or_below(file, top_) || !wanted(file, false, false)) {
      orphans[entry.link].push_back(std::move(entry));
      return {};
    }
    return give(std::move(entry), place_of(path), place_of(file));
  }

  // The file of an orphaned name: it becomes that name, and the others links to it.
  Result<void> adopt(const Entry& file) {
    const auto names = orphans.find(file.path);
    if (names == orphans.end() || file.type != EntryType::File)
      return {};
    std::vector<Entry> taken = std::move(names->second);
    orphans.erase(names);
    const std::string first = place_of(absolute(taken.front()));
    BACKSTAY_TRY(give(Entry(file), first, {}));
    for (std::size_t i = 1; i < taken.size(); ++i) {
      const std::string place = place_of(absolute(taken[i]));
      BACKSTAY_TRY(give(std::move(taken[i]), place, first));
    }
    return {};
  }

 private:
  // A directory is also wanted for what the rules of today put back below it.
  [[nodiscard]] bool wanted(const std::string& path, bool directory, bool bare) const {
    const bool elsewhere = std::ranges::any_of(
        excluded_, [&](const std::string& mount) { return is_at_or_below(path, mount); });
    const SelectorState state = selector_.at(path);
    return !elsewhere &&
           (bare || state.selected() || (directory && selector_.may_select_below(state)));
  }

  [[nodiscard]] std::string place_of(const std::string& path) const {
    const std::string below = top_ == "/" ? (path == "/" ? "" : path) : path.substr(top_.size());
    return kNewTree + below;
  }

  Result<void> give(Entry&& entry, std::string place, std::string link) {
    ++selection_.entries;
    return visitor_({std::move(entry), std::move(place), std::move(link)});
  }

  const std::string& top_;
  const Selector& selector_;
  const std::set<std::string>& excluded_;
  RestoreSelection& selection_;
  const PlannedVisitor& visitor_;
};

}  // namespace

bool is_at_or_below(const std::string& path, const std::string& top) {
  return top == "/" || path == top || (path.starts_with(top) && path[top.size()] == '/');
}

Result<void> select_entries(SnapshotReader& snapshot,
                            const std::string& component,
                            const std::string& top,
                            const Selector& selector,
                            const std::set<std::string>& excluded,
                            RestoreSelection& selection,
                            const PlannedVisitor& visitor) {
  Selecting selecting(top, selector, excluded, selection, visitor);
  BACKSTAY_TRY(snapshot.each_entry_near(
      component, top, [&](Entry&& entry) { return selecting.visit(std::move(entry)); }));
  if (!selecting.orphans.empty()) {
    BACKSTAY_TRY(
        snapshot.each_entry(component, [&](Entry&& entry) { return selecting.adopt(entry); }));
  }
  if (selecting.orphans.empty())
    return {};
  return Error{.kind = ErrorKind::BadInput,
               .message = "`/" + selecting.orphans.begin()->second.front().path +
                          "` is a link to `/" + selecting.orphans.begin()->first +
                          "`, which the snapshot does not hold"};
}

}  // namespace backstay::runtime
