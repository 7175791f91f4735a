#include "runtime/store/content_check.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "lang/base/sha256_batch.hpp"
#include "runtime/archive/list_reader.hpp"
#include "runtime/archive/list_writer.hpp"
#include "runtime/archive/live_names.hpp"
#include "runtime/archive/pack_reader.hpp"
#include "runtime/archive/part_file.hpp"
#include "runtime/archive/pax.hpp"
#include "runtime/archive/segment_reader.hpp"
#include "runtime/store/parallel.hpp"

namespace backstay::runtime {

namespace {

// A member of an archive: its header and the SHA-256 of its content, in sixteen bytes that nobody
// can find others for.
using MemberPrint = KeyedDigest;

MemberPrint print_of(std::span<const std::byte> header, const Digest& content) {
  thread_local KeyedHash hash(process_hash_key());
  hash.update(header);
  hash.update(std::as_bytes(std::span(content)));
  return hash.finish();
}

// The members of an archive that the list names, in its order.
struct ExpectedArchive {
  std::vector<MemberPrint> members;
  std::string
      names;  // each ended by a NUL; only where an earlier version listed those that are live
};

// What the list says that must be there.
struct Expected {
  std::map<std::string, ExpectedArchive> archives;   // by name
  std::map<std::string, StreamExpectation> streams;  // by name of the `.parts` file
  std::uint64_t entries = 0;
  std::uint64_t files = 0;

  // What follows in the list.
  void append(Expected&& next) {
    for (auto& [name, archive] : next.archives) {
      ExpectedArchive& mine = archives[name];
      mine.members.insert(mine.members.end(), archive.members.begin(), archive.members.end());
      mine.names += archive.names;
    }
    streams.merge(next.streams);
    entries += next.entries;
    files += next.files;
  }
};

// Of one stretch of the list.
Result<Expected> read_expected(Filesystem& files,
                               const std::string& directory,
                               const ListStretch& stretch,
                               const std::set<std::string>& present) {
  Expected expected;
  std::string header;
  const Digest nothing = sha256(std::string_view());
  BACKSTAY_TRY(read_stretch(files, directory, stretch, [&](Entry&& entry) -> Result<void> {
    const bool packed = !entry.part.empty() && !entry.large;
    header.clear();
    append_tar_header(header, entry, packed ? entry.size : 0);
    const std::string name = packed ? entry.part : entry.large ? kLargeArchive : kMetaArchive;
    ExpectedArchive& archive = expected.archives[name];
    archive.members.push_back(
        print_of(std::as_bytes(std::span(header)), packed ? entry.sha256 : nothing));
    if (present.contains(live_names_of(name)))
      archive.names.append(entry.path).push_back('\0');
    if (entry.large)
      expected.streams[entry.part] = {entry.size, entry.sha256};
    ++expected.entries;
    expected.files += entry.type == EntryType::File ? 1 : 0;
    return {};
  }));
  return expected;
}

// Of all of it. Stretches are read side by side: for small files that is half of a verification.
Result<Expected> read_expected(Filesystem& files,
                               const std::string& directory,
                               const std::set<std::string>& present,
                               const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const auto stretches, list_stretches(files, directory));
  std::vector<Expected> read(stretches.size());
  BACKSTAY_TRY(for_each_parallel(
      stretches.size(),
      [&](std::size_t i) -> Result<void> {
        BACKSTAY_ASSIGN(read[i], read_expected(files, directory, stretches[i], present));
        return {};
      },
      stop));
  Expected expected;
  for (Expected& part : read)
    expected.append(std::move(part));
  return expected;
}

Result<Digest> digest_of_names(Filesystem& files,
                               const std::string& directory,
                               const std::string& name) {
  BACKSTAY_ASSIGN(auto file, files.open_read(directory + "/" + name));
  FrameReader frames(std::move(file), name);
  Sha256 hash;
  while (true) {
    BACKSTAY_ASSIGN(const auto text, frames.next());
    if (frames.at_end())
      return hash.finish();
    hash.update(text);
  }
}

// The names beside a pack are what a restore by hand goes by.
Result<void> check_names(Filesystem& files,
                         const std::string& directory,
                         const std::string& name,
                         const std::string& wanted) {
  BACKSTAY_ASSIGN(const Digest found, digest_of_names(files, directory, name));
  if (found == sha256(wanted))
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = "the names in `" + name + "` are not those of the file list"};
}

// Every member that the list names is there, in its order, and nothing else but what is listed as
// dead (or, by earlier versions, not as live).
Result<void> check_archive(Filesystem& files,
                           const std::string& directory,
                           const std::string& name,
                           const ExpectedArchive& expected,
                           bool has_dead,
                           StoredHashes* hashes) {
  if (!expected.names.empty())
    BACKSTAY_TRY(check_names(files, directory, live_names_of(name), expected.names));
  const std::string path = directory + "/" + name;
  BACKSTAY_ASSIGN(auto stored, HashOnTheWay::begin(hashes, files, path));
  BACKSTAY_ASSIGN(auto file, files.open_read(path));
  PackReader reader(FrameReader(std::move(file), name, stored.observer()), name);
  std::size_t found = 0;
  bool strange = false;
  std::string dead;
  std::vector<ArchiveMember> members;
  std::vector<Digest> digests;
  thread_local Sha256Batch batch;
  while (true) {
    BACKSTAY_ASSIGN(const bool more, reader.next_frame(members));
    if (!more)
      break;
    digests.resize(members.size());
    for (std::size_t i = 0; i < members.size(); ++i)
      batch.add(members[i].content, digests[i]);
    batch.finish();
    for (std::size_t i = 0; i < members.size(); ++i) {
      const MemberPrint print = print_of(members[i].header, digests[i]);
      const bool wanted = found < expected.members.size() && print == expected.members[found];
      found += wanted ? 1 : 0;
      strange = strange || !wanted;
      if (!wanted && has_dead)
        append_dead_name(dead, tar_member_name(members[i].header));
    }
  }
  stored.finish();
  if (has_dead)
    BACKSTAY_TRY(check_names(files, directory, dead_names_of(name), dead));
  if (found == expected.members.size() && (has_dead || !expected.names.empty() || !strange))
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = "the files in `" + name + "` are not those of the file list"};
}

Result<void> check_stream(Filesystem& files,
                          const std::string& directory,
                          const std::string& name,
                          const StreamExpectation& expected,
                          StoredHashes* hashes) {
  BACKSTAY_ASSIGN(auto segments, read_parts(files, directory + "/" + name));
  SegmentReader reader(files, directory, std::move(segments), expected, name, hashes);
  while (true) {
    BACKSTAY_ASSIGN(const auto piece, reader.next());
    if (piece.empty())
      return {};
  }
}

// Packs and lists of segments that nothing refers to do not belong here.
void find_strays(const std::vector<std::string>& names,
                 const Expected& expected,
                 std::vector<std::string>& problems) {
  for (const std::string& name : names) {
    const bool archive = name.ends_with(".tar.zst");
    if (archive && !expected.archives.contains(name)) {
      problems.push_back("nothing in the file list refers to `" + name + "`");
    }
    const bool beside = name.ends_with(kDeadSuffix) || name.ends_with(kLiveSuffix);
    if (beside && !expected.archives.contains(name.substr(0, name.find('.')) + kPackSuffix))
      problems.push_back("nothing in the file list refers to `" + name + "`");
    if (name.ends_with(kPartsSuffix) && !expected.streams.contains(name)) {
      problems.push_back("nothing refers to `" + name + "`");
    }
  }
}

}  // namespace

Result<ContentReport> ContentCheck::run() const {
  ContentReport report;
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  const std::set<std::string> present(names.begin(), names.end());
  auto read = read_expected(files, directory, present, stop);
  if (!read) {
    report.problems.push_back(to_string(read.error()));
    return report;
  }
  Expected expected = std::move(*read);
  for (const ManifestStream& stream : component.streams) {
    expected.streams[stream.name + kPartsSuffix] = {stream.size, stream.sha256};
  }
  if (expected.entries != component.entries) {
    report.problems.push_back("the file list has " + std::to_string(expected.entries) +
                              " entries instead of " + std::to_string(component.entries));
  }
  find_strays(names, expected, report.problems);

  std::vector<std::function<Result<void>()>> checks;
  for (auto& [name, archive] : expected.archives) {
    checks.emplace_back([&, pack = name, wanted = &archive] {
      return check_archive(files, directory, pack, *wanted, present.contains(dead_names_of(pack)),
                           hashes);
    });
  }
  for (const auto& [name, stream] : expected.streams) {
    checks.emplace_back([&, parts = name, wanted = stream] {
      return check_stream(files, directory, parts, wanted, hashes);
    });
  }
  std::mutex mutex;
  BACKSTAY_TRY(for_each_parallel(
      checks.size(),
      [&](std::size_t i) -> Result<void> {
        auto checked = checks[i]();
        if (checked)
          return {};
        const std::lock_guard guard(mutex);
        report.problems.push_back(to_string(checked.error()));
        return {};
      },
      stop));
  report.files = expected.files;
  return report;
}

}  // namespace backstay::runtime
