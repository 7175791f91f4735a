// Our archives as another reader sees them: libarchive agrees with the file list in every field.
#include <archive.h>
#include <archive_entry.h>

#include "runtime/archive/list_reader.hpp"
#include "runtime/archive/tree_archiver.hpp"
#include "tests/unit/runtime/store/random_tree.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {

namespace {

// Path → what libarchive says of it.
using Seen = std::map<std::string, std::string>;

std::string describe(std::string_view content, const Entry& entry) {
  std::ostringstream text;
  text << std::oct << entry.mode << std::dec << ' ' << entry.uid << ':' << entry.gid << ' '
       << entry.user << ' ' << entry.link << ' ' << to_hex(sha256(content));
  // libarchive 3.6 misreads the fraction of times before 1970; GNU tar, in another test, does not.
  if (entry.mtime >= 0)
    text << ' ' << entry.mtime << '.' << entry.mtime_ns;
  return text.str();
}

void read_archive(const std::string& path, Seen& seen) {
  archive* reader = archive_read_new();
  archive_read_support_filter_zstd(reader);
  archive_read_support_format_tar(reader);
  REQUIRE(archive_read_open_filename(reader, path.c_str(), 65536) == ARCHIVE_OK);
  archive_entry* member = nullptr;
  while (true) {
    const int answer = archive_read_next_header(reader, &member);
    if (answer == ARCHIVE_EOF)
      break;
    REQUIRE(answer >= ARCHIVE_WARN);  // names that the locale cannot show are warned of
    Entry entry;
    entry.path = archive_entry_pathname(member);
    entry.mode = archive_entry_perm(member);
    // With an ACL, libarchive takes the group's bits from its entry instead of the mask.
    if (archive_entry_acl_types(member) != 0)
      entry.mode &= 07707U;
    entry.uid = static_cast<std::uint32_t>(archive_entry_uid(member));
    entry.gid = static_cast<std::uint32_t>(archive_entry_gid(member));
    entry.user = archive_entry_uname(member) != nullptr ? archive_entry_uname(member) : "";
    entry.mtime = archive_entry_mtime(member);
    entry.mtime_ns = static_cast<std::uint32_t>(archive_entry_mtime_nsec(member));
    if (archive_entry_symlink(member) != nullptr)
      entry.link = archive_entry_symlink(member);
    if (archive_entry_hardlink(member) != nullptr)
      entry.link = archive_entry_hardlink(member);
    std::string content(static_cast<std::size_t>(archive_entry_size(member)), '\0');
    REQUIRE(archive_read_data(reader, content.data(), content.size()) ==
            static_cast<la_ssize_t>(content.size()));
    if (entry.path.ends_with('/'))
      entry.path.pop_back();
    seen[entry.path] = describe(content, entry);
  }
  archive_read_free(reader);
}

}  // namespace

TEST_CASE("libarchive reads our archives as the file list says") {
  const TemporaryDirectory directory;
  const std::string source = directory / "source";
  fs::create_directories(source);
  for (std::uint64_t seed = 10; seed < 14; ++seed)
    make_random_tree(source + "/" + std::to_string(seed), seed);
  fs::create_directories(directory / "parts/list");
  RealFilesystem files;
  PartDirectory parts(files, directory / "parts");
  plan::ArchiveFiles action;
  action.path = source;
  REQUIRE(error_of(archive_tree(parts, action, {})).empty());
  Seen seen;
  for (const PartRecord& part : parts.records()) {
    if (part.path.ends_with(".tar.zst"))
      read_archive(directory / ("parts/" + part.path), seen);
  }
  std::size_t entries = 0;
  std::size_t before_epoch = 0;
  REQUIRE(error_of(read_list(files, directory / "parts", [&](Entry&& entry) -> Result<void> {
            ++entries;
            // `-0.000000001` even loses its sign there.
            if (entry.mtime == -1) {
              before_epoch += seen.erase(entry.path);
              return {};
            }
            if (!entry.acl.empty())
              entry.mode &= 07707U;
            const bool here = entry.type == EntryType::File && !entry.large;
            const std::string content = here ? read_text("/" + entry.path) : std::string();
            INFO(entry.path);
            CHECK(seen[entry.path] == describe(content, entry));
            return {};
          })).empty());
  CHECK(entries > 20);
  CHECK(seen.size() + before_epoch == entries);
}

}  // namespace backstay::runtime::testing
