#include "runtime/restore/place_files.hpp"

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/restore/beneath.hpp"
#include "runtime/restore/leftovers.hpp"
#include "runtime/restore/live_tree.hpp"
#include "runtime/restore/place_tree.hpp"
#include "runtime/restore/restore_selection.hpp"
#include "runtime/restore/tree_difference.hpp"
#include "runtime/restore/tree_writer.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

// A new tree in the making beside its place. The members go in the reverse of their order: the
// writer's threads before the directory that they write to.
struct Extraction {
  Extraction(TreePlace to,
             Descriptor opened,
             WorkDirectory directory,
             const TreeSource& source,
             RestoreNotes& notes,
             bool directory_first)
      : place(std::move(to)),
        inside(std::move(opened)),
        work(std::move(directory)),
        writer(source, work.descriptor(), notes),
        of_directory(directory_first) {}

  TreePlace place;
  Descriptor inside;  // the top itself, where it is a mount
  WorkDirectory work;
  TreeWriter writer;
  bool of_directory;

  // The directory that `work` is in.
  [[nodiscard]] int base() const { return inside.open() ? inside.get() : place.parent.get(); }
};

// The last change of a path that was not taken back; null: none.
const RecordedChange* last_change(const ChangeLog& changes, const std::string& path) {
  const RecordedChange* last = nullptr;
  for (const RecordedChange& each : changes.changes()) {
    const auto* created = std::get_if<PathCreated>(&each.change);
    const auto* exchanged = std::get_if<PathExchanged>(&each.change);
    const auto* merged = std::get_if<TreeMerged>(&each.change);
    const bool same = (created != nullptr && created->path == path) ||
                      (exchanged != nullptr && exchanged->path == path) ||
                      (merged != nullptr && merged->path == path);
    if (same && each.state != ChangeState::TakenBack)
      last = &each;
  }
  return last;
}

// What a change puts in its place; of one that puts nothing whole there, what nothing is.
FileIdentity fresh_of(const Change& change) {
  if (const auto* created = std::get_if<PathCreated>(&change))
    return created->fresh;
  const auto* exchanged = std::get_if<PathExchanged>(&change);
  return exchanged != nullptr ? exchanged->fresh : FileIdentity{.inode = ~std::uint64_t{0}};
}

class Placement {
 public:
  Placement(const PlaceTools& tools, const PlaceRequest& request, PlaceOutcome& outcome)
      : tools_(tools),
        request_(request),
        outcome_(outcome),
        selector_(request.files.except, request.files.keep) {}

  Result<void> run() {
    auto placed = place_all();
    outcome_.notes = notes_.take();
    return placed;
  }

 private:
  Result<void> place_all() {
    for (const std::string& top : tops_of(request_))
      BACKSTAY_TRY(place_top(top, true));
    return {};
  }

  // wanted  false for a mount inside another top: the snapshot need not hold anything of it
  Result<void> place_top(const std::string& top, bool wanted) {
    const std::string path = destination_of(request_, top);
    BACKSTAY_ASSIGN(const bool whole, whole_before(top, path));
    if (whole)
      return {};
    BACKSTAY_ASSIGN(const LiveTree live, look(path));
    const std::set<std::string> mounts(live.mounts.begin(), live.mounts.end());
    std::optional<Extraction> extraction;  // begun with the first entry
    RestoreSelection selection;
    const PlannedVisitor write = [&](PlannedEntry&& planned) -> Result<void> {
      if (!extraction)
        BACKSTAY_TRY(begin(path, selection.ancestors, planned, extraction));
      return extraction->writer.add(std::move(planned));
    };
    BACKSTAY_TRY(select_entries(tools_.snapshot, request_.files.component, top, selector_, mounts,
                                selection, write));
    if (!extraction)
      return nothing_selected(selection, top, wanted);
    BACKSTAY_TRY(extraction->writer.finish());
    BACKSTAY_FAILPOINT("restore.extracted");
    BACKSTAY_TRY(put_in_place(*extraction, live));
    outcome_.entries += selection.entries;
    extraction.reset();
    for (const std::string& mount : live.mounts)
      BACKSTAY_TRY(place_top(mount, false));
    return {};
  }

  // Whether an earlier try has brought this top: by its record, and by the hash of every file.
  Result<bool> whole_before(const std::string& top, const std::string& path) {
    if (!request_.again || tools_.changes == nullptr)
      return false;
    const auto [parent, name] = parent_and_name(path);
    const auto directory = open_place(parent);
    const RecordedChange* earlier = last_change(*tools_.changes, path);
    if (!directory || earlier == nullptr)
      return false;
    const std::size_t number = earlier->number;
    const bool made = earlier->state == ChangeState::Made;
    BACKSTAY_ASSIGN(const FileIdentity now, identity_of(directory->get(), name));
    if (!made && now != fresh_of(earlier->change))
      return false;
    BACKSTAY_TRY(
        clean(directory->get(), parent));  // it may have died before the old tree was aside
    BACKSTAY_ASSIGN(const TreeDifference difference,
                    compare_tree(tools_.snapshot, request_.files.component, top, path, selector_,
                                 CompareBy::Hash, tools_.stop));
    if (!difference.none())
      return false;
    notes_.add("`" + path + "` was whole already, by its hashes: it is left as it is");
    if (!made)
      BACKSTAY_TRY(tools_.changes->made(number));
    return true;
  }

  // Makes the working directory of a top, where its place may be written to.
  Result<void> begin(const std::string& path,
                     const std::vector<Entry>& ancestors,
                     const PlannedEntry& first,
                     std::optional<Extraction>& extraction) {
    BACKSTAY_ASSIGN(TreePlace place, open(path, ancestors));
    if (place.status && !(request_.in_place && request_.to_directory.empty())) {
      return Error{
          .kind = ErrorKind::Refused,
          .message = "`" + path + "` exists",
          .hint = "restore with --in-place (what is there is kept aside), or beside it with --to"};
    }
    Descriptor inside;
    if (place.mount) {
      BACKSTAY_ASSIGN(inside, open_beneath(place.parent.get(), place.name));
    }
    const int base = inside.open() ? inside.get() : place.parent.get();
    BACKSTAY_TRY(clean(base, place.mount ? place.path : place.parent_path));
    BACKSTAY_ASSIGN(WorkDirectory work, WorkDirectory::make(base, request_.run_id, label()));
    const TreeSource source{tools_.files,
                            tools_.snapshot.component_directory(request_.files.component),
                            tools_.stop, tools_.progress, request_.privileged};
    extraction.emplace(std::move(place), std::move(inside), std::move(work), source, notes_,
                       first.entry.type == EntryType::Directory);
    return {};
  }

  Result<void> nothing_selected(const RestoreSelection& selection,
                                const std::string& top,
                                bool wanted) {
    if (!wanted)
      return {};
    if (selection.component_empty) {
      notes_.add("`" + top + "` did not exist when the snapshot was made: nothing to restore");
      return {};
    }
    return Error{
        .kind = ErrorKind::NotFound,
        .message = "snapshot `" + tools_.snapshot.id() + "` holds nothing at `" + top + "`",
        .hint = "`backstay ls` shows what it holds"};
  }

  Result<LiveTree> look(const std::string& path) {
    const auto [parent, name] = parent_and_name(path);
    const auto directory = open_place(parent);
    if (!directory)
      return LiveTree{};
    return look_at_live_tree(directory->get(), name, path, selector_);
  }

  static std::pair<std::string, std::string> parent_and_name(const std::string& path) {
    auto [parent, name] = split_path(path);
    return {parent.empty() ? "/" : parent, name.empty() ? "." : name};
  }

  Result<TreePlace> open(const std::string& path, const std::vector<Entry>& ancestors) {
    TreePlace place;
    place.path = path;
    std::tie(place.parent_path, place.name) = parent_and_name(path);
    BACKSTAY_TRY(make_parents(place.parent_path, ancestors));
    BACKSTAY_ASSIGN(place.parent, open_parent(place.parent_path));
    BACKSTAY_ASSIGN(place.status, status_beneath(place.parent.get(), place.name));
    if (place.directory()) {
      BACKSTAY_ASSIGN(const Descriptor top, open_beneath(place.parent.get(), place.name));
      place.mount = place.name == "." || mount_of(top.get()) != mount_of(place.parent.get());
    }
    return place;
  }

  // Links are followed above the component's path only, where they are the machine's layout.
  Result<Descriptor> open_parent(const std::string& parent_path) {
    const std::string component = destination_of(request_, request_.files.path);
    if (!is_at_or_below(parent_path, component) || component == "/")
      return open_place(parent_path);
    const auto [base, name] = parent_and_name(component);
    BACKSTAY_ASSIGN(const Descriptor above, open_place(base));
    return open_beneath(above.get(), name + parent_path.substr(component.size()));
  }

  // What is missing above a top; directories of the component get their own owner and mode.
  Result<void> make_parents(const std::string& parent_path, const std::vector<Entry>& ancestors) {
    if (open_place(parent_path))
      return {};
    const auto [above, name] = parent_and_name(parent_path);
    BACKSTAY_TRY(make_parents(above, ancestors));
    BACKSTAY_ASSIGN(const Descriptor directory, open_place(above));
    if (mkdirat(directory.get(), name.c_str(), 0755) != 0 && errno != EEXIST) {
      return errno_error(errno, "cannot make `" + parent_path + "`");
    }
    BACKSTAY_ASSIGN(const Descriptor made, open_beneath(directory.get(), name));
    (void)fchmod(made.get(), 0755);
    const auto known = std::ranges::find_if(ancestors, [&](const Entry& entry) {
      return destination_of(request_, "/" + entry.path) == parent_path;
    });
    if (known == ancestors.end())
      return {};
    return MetadataWriter(notes_).apply(made.get(), *known);
  }

  Result<void> put_in_place(Extraction& made, const LiveTree& live) {
    const Placing placing{request_, selector_, tools_.changes, tools_.approve, notes_, outcome_};
    return place_tree(placing, made.place, live,
                      {.work = made.work,
                       .base = made.base(),
                       .of_directory = made.of_directory,
                       .directories = made.writer.directories()});
  }

  Result<void> clean(int directory, const std::string& path) {
    BACKSTAY_ASSIGN(const auto aside, clean_leftovers(directory, path));
    for (const std::string& old : aside) {
      outcome_.kept.push_back(old);
      notes_.add("`" + old + "` was left by a restore that died: it is what lived there before");
    }
    return {};
  }

  // Several tops of one component may lie in one directory.
  std::string label() {
    return request_.files.component.substr(0, 100) + "-" + std::to_string(next_label_++);
  }

  const PlaceTools& tools_;
  const PlaceRequest& request_;
  PlaceOutcome& outcome_;
  Selector selector_;
  RestoreNotes notes_;
  int next_label_ = 0;
};

}  // namespace

std::vector<std::string> tops_of(const PlaceRequest& request) {
  const std::string& path = request.files.path;
  if (request.paths.empty())
    return {path};
  std::vector<std::string> tops;
  for (const std::string& wanted : request.paths) {
    if (is_at_or_below(path, wanted))
      return {path};
    if (is_at_or_below(wanted, path))
      tops.push_back(wanted);
  }
  std::ranges::sort(tops);
  std::vector<std::string> outermost;
  for (const std::string& top : tops) {
    const bool inside = std::ranges::any_of(
        outermost, [&](const std::string& outer) { return is_at_or_below(top, outer); });
    if (!inside)
      outermost.push_back(top);
  }
  return outermost;
}

std::string destination_of(const PlaceRequest& request, const std::string& top) {
  if (request.to_directory.empty())
    return top;
  std::string base = request.to_directory;
  while (base.size() > 1 && base.back() == '/')
    base.pop_back();
  if (top == "/")
    return base;
  return (base == "/" ? "" : base) + top;
}

Result<void> place_files(const PlaceTools& tools,
                         const PlaceRequest& request,
                         PlaceOutcome& outcome) {
  return Placement(tools, request, outcome).run();
}

}  // namespace backstay::runtime
