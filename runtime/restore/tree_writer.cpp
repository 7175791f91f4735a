#include "runtime/restore/tree_writer.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <map>
#include <optional>
#include <utility>

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "runtime/archive/pack_reader.hpp"
#include "runtime/archive/pax.hpp"
#include "runtime/archive/segment_reader.hpp"
#include "runtime/restore/beneath.hpp"
#include "runtime/restore/file_writer.hpp"
#include "runtime/store/parallel.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

using Group = std::vector<const PlannedEntry*>;

Error contradiction(const PlannedEntry& planned) {
  return errno_error(errno, "cannot restore `/" + planned.entry.path + "`");
}

class TreeWriter {
 public:
  TreeWriter(const TreeSource& source,
             const std::vector<PlannedEntry>& planned,
             int root,
             RestoreNotes& notes)
      : source_(source), planned_(planned), root_(root), notes_(notes) {}

  Result<void> run() {
    BACKSTAY_TRY(make_directories());
    BACKSTAY_TRY(write_contents());
    BACKSTAY_TRY(make_others());
    BACKSTAY_TRY(finish_directories());
    BACKSTAY_FAILPOINT("restore.sync");
    if (syncfs(root_) != 0)
      return errno_error(errno, "cannot make the restored files durable");
    return {};
  }

 private:
  Result<void> make_directories() {
    DirectoryCache cache(root_);
    for (const PlannedEntry& planned : planned_) {
      if (planned.entry.type != EntryType::Directory)
        continue;
      const auto [parent, name] = split_path(planned.place);
      BACKSTAY_ASSIGN(const int directory, cache.open(parent));
      if (mkdirat(directory, name.c_str(), 0700) != 0)
        return contradiction(planned);
    }
    return {};
  }

  Result<void> write_contents() {
    std::map<std::string, Group> packs;
    std::vector<std::pair<std::string, Group>> tasks;
    for (const PlannedEntry& planned : planned_) {
      if (planned.entry.type != EntryType::File || planned.entry.part.empty())
        continue;
      if (planned.entry.large) {
        tasks.push_back({planned.entry.part, {&planned}});
      } else {
        packs[planned.entry.part].push_back(&planned);
      }
    }
    tasks.insert(tasks.end(), packs.begin(), packs.end());
    return for_each_parallel(
        tasks.size(),
        [&](std::size_t i) {
          const auto& [part, group] = tasks[i];
          auto written =
              group.front()->entry.large ? write_large(*group.front()) : write_pack(part, group);
          return written ? written
                         : Result<void>(
                               std::move(written).error().while_doing("reading `" + part + "`"));
        },
        source_.stop);
  }

  Result<void> write_pack(const std::string& part, const Group& group) {
    BACKSTAY_ASSIGN(auto file, source_.files.open_read(source_.parts + "/" + part));
    PackReader reader(FrameReader(std::move(file), part), part);
    FileWriter writer(root_, notes_);
    std::optional<std::uint64_t> frame;
    std::string header;
    ArchiveMember member;
    for (const PlannedEntry* planned : group) {
      if (source_.stop.stop_requested())
        return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
      if (frame != planned->entry.frame)
        BACKSTAY_TRY(reader.seek_frame(planned->entry.frame));
      frame = planned->entry.frame;
      header.clear();
      append_tar_header(header, planned->entry, planned->entry.size);
      BACKSTAY_TRY(find_member(reader, header, *planned, member));
      BACKSTAY_TRY(writer.write(*planned, member.content));
      note_progress(planned->entry.size, planned->entry.path);
    }
    return {};
  }

  // A pack may hold more than what is wanted: what is not is passed over.
  static Result<void> find_member(PackReader& reader,
                                  const std::string& header,
                                  const PlannedEntry& planned,
                                  ArchiveMember& member) {
    while (true) {
      BACKSTAY_ASSIGN(const bool more, reader.next(member));
      if (!more) {
        return Error{.kind = ErrorKind::Verification,
                     .message = "`/" + planned.entry.path + "` is not where the file list says"};
      }
      if (std::ranges::equal(member.header, std::as_bytes(std::span(header))))
        return {};
    }
  }

  Result<void> write_large(const PlannedEntry& planned) {
    BACKSTAY_ASSIGN(auto segments,
                    read_parts(source_.files, source_.parts + "/" + planned.entry.part));
    SegmentReader reader(source_.files, source_.parts, std::move(segments),
                         {planned.entry.size, planned.entry.sha256}, "/" + planned.entry.path);
    FileWriter writer(root_, notes_);
    return writer.write_stream(planned, reader, [&](std::uint64_t bytes) -> Result<void> {
      note_progress(bytes, planned.entry.path);
      if (source_.stop.stop_requested())
        return Error{.kind = ErrorKind::Interrupted, .message = "interrupted"};
      return {};
    });
  }

  // Empty files, links and special files; names of one file last.
  Result<void> make_others() {
    FileWriter writer(root_, notes_);
    DirectoryCache cache(root_);
    MetadataWriter metadata(notes_);
    for (const PlannedEntry& planned : planned_) {
      const Entry& entry = planned.entry;
      if (entry.type == EntryType::File && entry.part.empty())
        BACKSTAY_TRY(writer.write(planned, {}));
      if (entry.type == EntryType::File || entry.type == EntryType::Directory ||
          entry.type == EntryType::HardLink)
        continue;
      const auto [parent, name] = split_path(planned.place);
      BACKSTAY_ASSIGN(const int directory, cache.open(parent));
      BACKSTAY_ASSIGN(const bool made, make_node(directory, name, planned));
      if (made)
        BACKSTAY_TRY(metadata.apply_at(directory, name, entry));
    }
    for (const PlannedEntry& planned : planned_) {
      if (planned.entry.type == EntryType::HardLink)
        BACKSTAY_TRY(make_hard_link(planned));
    }
    return {};
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
    MetadataWriter metadata(notes_);
    for (auto planned = planned_.rbegin(); planned != planned_.rend(); ++planned) {
      if (planned->entry.type != EntryType::Directory)
        continue;
      BACKSTAY_ASSIGN(const Descriptor directory, open_beneath(root_, planned->place));
      BACKSTAY_TRY(metadata.apply(directory.get(), planned->entry));
    }
    return {};
  }

  void note_progress(std::uint64_t bytes, const std::string& item) {
    constexpr std::uint64_t kEvery = std::uint64_t{1} << 20U;
    const std::uint64_t before = bytes_.fetch_add(bytes);
    if (source_.progress && before / kEvery != (before + bytes) / kEvery)
      source_.progress(before + bytes, "/" + item);
  }

  const TreeSource& source_;
  const std::vector<PlannedEntry>& planned_;
  int root_;
  RestoreNotes& notes_;
  std::atomic<std::uint64_t> bytes_ = 0;
};

}  // namespace

Result<void> write_tree(const TreeSource& source,
                        const std::vector<PlannedEntry>& planned,
                        int root,
                        RestoreNotes& notes) {
  return TreeWriter(source, planned, root, notes).run();
}

}  // namespace backstay::runtime
