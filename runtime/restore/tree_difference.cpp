#include "runtime/restore/tree_difference.hpp"

#include <array>
#include <cerrno>
#include <functional>
#include <optional>
#include <unordered_set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lang/base/sha256.hpp"
#include "runtime/archive/owners.hpp"
#include "runtime/restore/beneath.hpp"
#include "runtime/restore/leftovers.hpp"
#include "runtime/restore/restore_selection.hpp"

namespace backstay::runtime {
namespace {

mode_t type_of(EntryType type) {
  switch (type) {
    case EntryType::File:
    case EntryType::HardLink:
      return S_IFREG;
    case EntryType::Directory:
      return S_IFDIR;
    case EntryType::Symlink:
      return S_IFLNK;
    case EntryType::Fifo:
      return S_IFIFO;
    case EntryType::CharacterDevice:
      return S_IFCHR;
    case EntryType::BlockDevice:
      return S_IFBLK;
  }
  return S_IFREG;
}

/// Nothing where it cannot be read.
std::optional<Digest> hash_of(int directory, const std::string& name) {
  const Descriptor file(
      openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file.open())
    return std::nullopt;
  Sha256 hash;
  std::vector<std::byte> buffer(std::size_t{1} << 18U);
  while (true) {
    const ssize_t size = read(file.get(), buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0)
      return std::nullopt;
    if (size == 0)
      return hash.finish();
    hash.update(std::span(buffer).first(static_cast<std::size_t>(size)));
  }
}

std::string link_text(int directory, const std::string& name) {
  std::array<char, 4096> text{};
  const ssize_t size = readlinkat(directory, name.c_str(), text.data(), text.size());
  return size < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(size));
}

enum class Verdict : std::uint8_t { Same, Metadata, Changed, Unknown };

class Comparison {
 public:
  Comparison(Descriptor parent, std::string name, std::string place, CompareBy by)
      : parent_(std::move(parent)),
        name_(std::move(name)),
        place_(std::move(place)),
        by_(by),
        directories_(parent_.get()) {}

  TreeDifference difference;

  void visit(const PlannedEntry& planned) {
    const std::string relative = planned.place.substr(std::string_view(kNewTree).size());
    seen_.insert(std::hash<std::string>{}(relative));
    const auto [above, name] = split_path(name_ + relative);
    const auto directory = parent_.open() ? directories_.open(above) : Result<int>(-1);
    const auto live = directory && *directory >= 0
                          ? status_beneath(*directory, name)
                          : Result<std::optional<struct stat>>(std::nullopt);
    if (!live || !*live)
      return add(difference.fresh, difference.fresh_bytes, planned.entry.size, "new", relative);
    switch (compare(planned.entry, *directory, name, **live)) {
      case Verdict::Same:
        ++difference.same;
        return;
      case Verdict::Metadata:
        ++difference.metadata;
        return;
      case Verdict::Changed:
        return add(difference.changed, difference.changed_bytes, planned.entry.size, "changed",
                   relative);
      case Verdict::Unknown:
        ++difference.unknown;
        return;
    }
  }

  Result<void> count_removed(const Selector& selector) {
    if (!parent_.open())
      return {};
    BACKSTAY_ASSIGN(const auto status, status_beneath(parent_.get(), name_));
    if (!status || !S_ISDIR(status->st_mode))
      return {};
    BACKSTAY_ASSIGN(Descriptor top, open_beneath(parent_.get(), name_));
    return removed_in(SourceDirectory{std::move(top), {}}, "", selector, selector.at(place_));
  }

 private:
  void add(std::uint64_t& count,
           std::uint64_t& bytes,
           std::uint64_t size,
           const char* what,
           const std::string& relative) {
    constexpr std::size_t kExamples = 12;
    ++count;
    bytes += size;
    if (difference.examples.size() < kExamples)
      difference.examples.push_back(std::string(what) + ": `" + place_ + relative + "`");
  }

  Verdict compare(const Entry& entry,
                  int directory,
                  const std::string& name,
                  const struct stat& live) {
    if ((live.st_mode & S_IFMT) != type_of(entry.type))
      return Verdict::Changed;
    const bool times = live.st_mtim.tv_sec == entry.mtime &&
                       static_cast<std::uint32_t>(live.st_mtim.tv_nsec) == entry.mtime_ns;
    if (S_ISLNK(live.st_mode))
      return link_text(directory, name) == entry.link ? Verdict::Same : Verdict::Changed;
    if (entry.type == EntryType::File) {
      if (static_cast<std::uint64_t>(live.st_size) != entry.size)
        return Verdict::Changed;
      if (entry.size > 0 && (by_ == CompareBy::Hash || !times)) {
        const auto hash = hash_of(directory, name);
        if (!hash)
          return Verdict::Unknown;
        if (*hash != entry.sha256)
          return Verdict::Changed;
      }
    }
    if (entry.type == EntryType::HardLink)
      return Verdict::Same;  // its file is compared under its own name
    const bool owner =
        geteuid() != 0 || (live.st_uid == user_of(entry) && live.st_gid == group_of(entry));
    return owner && times && (live.st_mode & 07777U) == entry.mode ? Verdict::Same
                                                                   : Verdict::Metadata;
  }

  std::uint32_t user_of(const Entry& entry) {
    return owners_.user_number(entry.user).value_or(entry.uid);
  }

  std::uint32_t group_of(const Entry& entry) {
    return owners_.group_number(entry.group).value_or(entry.gid);
  }

  Result<void> removed_in(const SourceDirectory& directory,
                          const std::string& relative,
                          const Selector& selector,
                          const SelectorState& state) {
    BACKSTAY_ASSIGN(const auto names, read_names(directory));
    for (const NameInDirectory& child : names) {
      const std::string path = relative + "/" + child.name;
      const SelectorState inner = selector.enter(state, child.name);
      BACKSTAY_ASSIGN(const auto live, status_beneath(directory.descriptor.get(), child.name));
      if (!live || S_ISSOCK(live->st_mode))
        continue;
      if (inner.selected() && !seen_.contains(std::hash<std::string>{}(path))) {
        const bool file = S_ISREG(live->st_mode);
        add(difference.removed, difference.removed_bytes,
            file ? static_cast<std::uint64_t>(live->st_size) : 0, "set aside", path);
      }
      if (!S_ISDIR(live->st_mode) || (!inner.selected() && !selector.may_select_below(inner)))
        continue;
      BACKSTAY_ASSIGN(Descriptor opened, open_beneath(directory.descriptor.get(), child.name));
      if (mount_of(opened.get()) == mount_of(directory.descriptor.get()))
        BACKSTAY_TRY(removed_in(SourceDirectory{std::move(opened), {}}, path, selector, inner));
    }
    return {};
  }

  Descriptor parent_;
  std::string name_;
  std::string place_;
  CompareBy by_;
  DirectoryCache directories_;
  Owners owners_;
  std::unordered_set<std::size_t> seen_;  // hashes of paths: a million of them are some 40 MiB
};

}  // namespace

Result<TreeDifference> compare_tree(SnapshotReader& snapshot,
                                    const std::string& component,
                                    const std::string& top,
                                    const std::string& place,
                                    const Selector& selector,
                                    CompareBy by,
                                    const std::stop_token& stop) {
  auto [above, name] = split_path(place);
  auto parent = open_place(above.empty() ? "/" : above);
  Comparison comparison(parent ? std::move(*parent) : Descriptor(), name.empty() ? "." : name,
                        place, by);
  RestoreSelection selection;
  BACKSTAY_TRY(select_entries(snapshot, component, top, selector, {}, selection,
                              [&](PlannedEntry&& planned) -> Result<void> {
                                if (stop.stop_requested())
                                  return Error{.kind = ErrorKind::Interrupted,
                                               .message = "interrupted"};
                                comparison.visit(planned);
                                return {};
                              }));
  BACKSTAY_TRY(comparison.count_removed(selector));
  return std::move(comparison.difference);
}

}  // namespace backstay::runtime
