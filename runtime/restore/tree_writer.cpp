#include "runtime/restore/tree_writer.hpp"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/restore/beneath.hpp"
#include "runtime/restore/content_writer.hpp"
#include "runtime/restore/early_sync.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

Error contradiction(const PlannedEntry& planned) {
  return errno_error(errno, "cannot restore `/" + planned.entry.path + "`");
}

bool is_device(const Entry& entry) {
  return entry.type == EntryType::CharacterDevice || entry.type == EntryType::BlockDevice;
}

}  // namespace

class TreeWriter::Impl {
 public:
  Impl(const TreeSource& source, int root, RestoreNotes& notes)
      : source_(source),
        root_(root),
        notes_(notes),
        parents_(root),
        metadata_(notes),
        sync_(root),
        contents_(source_, root, sync_, notes) {}

  std::vector<PlannedEntry> directories;

  Result<void> add(PlannedEntry&& planned) {
    BACKSTAY_ASSIGN(const bool wanted, judge_privilege(planned));
    if (!wanted)
      return {};
    switch (planned.entry.type) {
      case EntryType::Directory:
        return make_directory(std::move(planned));
      case EntryType::File:
        return contents_.add(std::move(planned));
      case EntryType::HardLink:
        links_.push_back(std::move(planned));
        return {};
      case EntryType::Symlink:
      case EntryType::Fifo:
      case EntryType::CharacterDevice:
      case EntryType::BlockDevice:
        return make_other(planned);
    }
    return {};
  }

  Result<void> finish() {
    BACKSTAY_TRY(contents_.finish());
    for (const PlannedEntry& planned : links_)
      BACKSTAY_TRY(make_hard_link(planned));
    BACKSTAY_TRY(finish_directories());
    BACKSTAY_FAILPOINT("restore.sync");
    return sync_.finish();
  }

 private:
  // Whether the entry is restored at all; without leave it loses what would give privileges.
  Result<bool> judge_privilege(PlannedEntry& planned) {
    Entry& entry = planned.entry;
    if (source_.privileged == Privileged::Granted)
      return true;
    const std::string privilege = privilege_of(entry);
    if (privilege.empty())
      return true;
    if (source_.privileged == Privileged::Refused)
      return privilege_refused(entry);
    notes_.add("`/" + entry.path + "` was restored without what gives privileges: " + privilege);
    planned.unprivileged = entry.type == EntryType::File;
    if (!planned.unprivileged)
      drop_privilege(entry);
    return !is_device(entry);
  }

  Result<void> make_directory(PlannedEntry&& planned) {
    const auto [parent, name] = split_path(planned.place);
    BACKSTAY_ASSIGN(const int directory, parents_.open(parent));
    if (mkdirat(directory, name.c_str(), 0700) != 0)
      return contradiction(planned);
    directories.push_back(std::move(planned));
    return {};
  }

  Result<void> make_other(const PlannedEntry& planned) {
    const auto [parent, name] = split_path(planned.place);
    BACKSTAY_ASSIGN(const int directory, parents_.open(parent));
    BACKSTAY_ASSIGN(const bool made, make_node(directory, name, planned));
    return made ? metadata_.apply_at(directory, name, planned.entry) : Result<void>();
  }

  Result<bool> make_node(int directory, const std::string& name, const PlannedEntry& planned) {
    const Entry& entry = planned.entry;
    if (entry.type == EntryType::Symlink) {
      if (symlinkat(entry.link.c_str(), directory, name.c_str()) == 0)
        return true;
      return contradiction(planned);
    }
    mode_t type = S_IFIFO;
    if (entry.type == EntryType::CharacterDevice)
      type = S_IFCHR;
    if (entry.type == EntryType::BlockDevice)
      type = S_IFBLK;
    if (mknodat(directory, name.c_str(), type | 0600U,
                makedev(entry.device_major, entry.device_minor)) == 0) {
      return true;
    }
    if (errno != EPERM)
      return contradiction(planned);
    notes_.add("the device `/" + entry.path + "` could not be made: this needs root");
    return false;
  }

  Result<void> make_hard_link(const PlannedEntry& planned) {
    const auto [from_parent, from] = split_path(planned.link_place);
    const auto [to_parent, to] = split_path(planned.place);
    BACKSTAY_ASSIGN(const Descriptor from_directory, open_beneath(root_, from_parent));
    BACKSTAY_ASSIGN(const Descriptor to_directory, open_beneath(root_, to_parent));
    BACKSTAY_ASSIGN(const auto status, status_beneath(from_directory.get(), from));
    if (!status || !S_ISREG(status->st_mode)) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = "`/" + planned.entry.path + "` is a link to `/" + planned.entry.link +
                              "`, which is no file"};
    }
    if (linkat(from_directory.get(), from.c_str(), to_directory.get(), to.c_str(), 0) == 0)
      return {};
    return contradiction(planned);
  }

  // Deepest first: making what is in a directory changes its time.
  Result<void> finish_directories() {
    for (auto planned = directories.rbegin(); planned != directories.rend(); ++planned) {
      BACKSTAY_ASSIGN(const Descriptor directory, open_beneath(root_, planned->place));
      BACKSTAY_TRY(metadata_.apply(directory.get(), planned->entry));
    }
    return {};
  }

  TreeSource source_;
  int root_;
  RestoreNotes& notes_;
  DirectoryCache parents_;
  MetadataWriter metadata_;
  std::vector<PlannedEntry> links_;
  EarlySync sync_;
  ContentWriter contents_;
};

TreeWriter::TreeWriter(const TreeSource& source, int root, RestoreNotes& notes)
    : impl_(std::make_unique<Impl>(source, root, notes)) {}

TreeWriter::~TreeWriter() = default;

Result<void> TreeWriter::add(PlannedEntry&& planned) {
  return impl_->add(std::move(planned));
}

Result<void> TreeWriter::finish() {
  return impl_->finish();
}

const std::vector<PlannedEntry>& TreeWriter::directories() const {
  return impl_->directories;
}

}  // namespace backstay::runtime
