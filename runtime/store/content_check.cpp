#include "runtime/store/content_check.hpp"

#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "runtime/archive/list_reader.hpp"
#include "runtime/archive/list_writer.hpp"
#include "runtime/archive/pack_reader.hpp"
#include "runtime/archive/part_file.hpp"
#include "runtime/archive/pax.hpp"
#include "runtime/archive/segment_reader.hpp"
#include "runtime/store/parallel.hpp"

namespace backstay::runtime {

namespace {

// What the list says that must be there.
struct Expected {
  std::map<std::string, ArchiveFingerprint> archives;  // by name
  std::map<std::string, StreamExpectation> streams;    // by name of the `.parts` file
  std::uint64_t entries = 0;
  std::uint64_t files = 0;
};

Result<Expected> read_expected(Filesystem& files, const std::string& directory) {
  Expected expected;
  std::string header;
  const Digest nothing = sha256(std::string_view());
  BACKSTAY_TRY(read_list(files, directory, [&](Entry&& entry) -> Result<void> {
    const bool packed = !entry.part.empty() && !entry.large;
    header.clear();
    append_tar_header(header, entry, packed ? entry.size : 0);
    const std::string archive = packed ? entry.part : entry.large ? kLargeArchive : kMetaArchive;
    expected.archives[archive].add(std::as_bytes(std::span(header)),
                                   packed ? entry.sha256 : nothing);
    if (entry.large)
      expected.streams[entry.part] = {entry.size, entry.sha256};
    ++expected.entries;
    expected.files += entry.type == EntryType::File ? 1 : 0;
    return {};
  }));
  return expected;
}

Result<void> check_archive(Filesystem& files,
                           const std::string& directory,
                           const std::string& name,
                           ArchiveFingerprint& fingerprint) {
  BACKSTAY_ASSIGN(auto file, files.open_read(directory + "/" + name));
  PackReader reader(FrameReader(std::move(file), name), name);
  BACKSTAY_ASSIGN(const ArchiveDigest digest, digest_archive(reader));
  if (digest.fingerprint == fingerprint.finish())
    return {};
  return Error{.kind = ErrorKind::Verification,
               .message = "the files in `" + name + "` are not those of the file list"};
}

Result<void> check_stream(Filesystem& files,
                          const std::string& directory,
                          const std::string& name,
                          const StreamExpectation& expected) {
  BACKSTAY_ASSIGN(auto segments, read_parts(files, directory + "/" + name));
  SegmentReader reader(files, directory, std::move(segments), expected, name);
  std::vector<std::byte> buffer(std::size_t{1} << 20U);
  while (true) {
    BACKSTAY_ASSIGN(const std::size_t count, reader.read(buffer));
    if (count == 0)
      return {};
  }
}

// Segments and packs that nothing refers to do not belong here.
void find_strays(const std::vector<std::string>& names,
                 const Expected& expected,
                 std::vector<std::string>& problems) {
  for (const std::string& name : names) {
    const bool archive = name.ends_with(".tar.zst");
    if (archive && !expected.archives.contains(name)) {
      problems.push_back("nothing in the file list refers to `" + name + "`");
    }
    if (name.ends_with(kPartsSuffix) && !expected.streams.contains(name)) {
      problems.push_back("nothing refers to `" + name + "`");
    }
  }
}

}  // namespace

Result<ContentReport> ContentCheck::run() const {
  ContentReport report;
  auto read = read_expected(files, directory);
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
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  find_strays(names, expected, report.problems);

  std::vector<std::function<Result<void>()>> checks;
  for (auto& [name, fingerprint] : expected.archives) {
    checks.emplace_back([&, archive = name, print = &fingerprint] {
      return check_archive(files, directory, archive, *print);
    });
  }
  for (const auto& [name, stream] : expected.streams) {
    checks.emplace_back([&, parts = name, wanted = stream] {
      return check_stream(files, directory, parts, wanted);
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
