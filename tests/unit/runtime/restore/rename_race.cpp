#include "tests/unit/runtime/restore/rename_race.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/restore/file_writer.hpp"

namespace backstay::runtime::testing {

namespace fs = std::filesystem;

namespace {

// Files that are there before they are counted and removed, so that directories stay small.
constexpr std::size_t kBatch = 1000;

struct Arena {
  explicit Arena(const std::string& base) : root(base + "/root"), outside(base + "/outside") {
    fs::remove_all(base);
    fs::create_directories(root + "/d/sub");
    fs::create_directories(outside + "/sub");
    fs::create_symlink("../outside", root + "/link");
  }

  std::string root;
  std::string outside;

  // Counts and removes what was written, after the swapping.
  void count(RaceOutcome& outcome) const {
    const bool swapped = fs::is_symlink(root + "/d");
    const fs::path inside = root + (swapped ? "/link/sub" : "/d/sub");
    for (const auto& [directory, counter] :
         {std::pair(inside, &outcome.inside),
          std::pair(fs::path(outside) / "sub", &outcome.outside)}) {
      for (const auto& file : fs::directory_iterator(directory)) {
        ++*counter;
        fs::remove(file.path());
      }
    }
  }
};

}  // namespace

Swapper::Swapper(const std::string& one, const std::string& other) : process_(fork()) {
  if (process_ != 0)
    return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (true)
    (void)renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE);
}

Swapper::~Swapper() {
  kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
}

RaceOutcome race_our_writer(const std::string& base, std::size_t tries) {
  RaceOutcome outcome;
  RestoreNotes notes;
  const Arena arena(base);
  PlannedEntry planned;
  planned.entry.path = "file";
  planned.entry.mode = 0644;
  planned.entry.size = 7;
  planned.entry.sha256 = sha256(std::string_view("content"));
  const Descriptor root(open(arena.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  for (std::size_t done = 0; done < tries; done += kBatch) {
    {
      const Swapper swapper(arena.root + "/d", arena.root + "/link");
      for (std::size_t i = 0; i < std::min(kBatch, tries - done); ++i) {
        planned.place = "d/sub/f" + std::to_string(i);
        FileWriter writer(root.get(), notes);
        const auto written =
            writer.write(planned, std::as_bytes(std::span(std::string_view("content"))));
        outcome.refused += written ? 0 : 1;
      }
    }
    arena.count(outcome);
  }
  return outcome;
}

RaceOutcome race_libarchive(const std::string& base, std::size_t files) {
  RaceOutcome outcome;
  const Arena arena(base);
  {
    const Swapper swapper(arena.root + "/d", arena.root + "/link");
    archive* writer = archive_write_disk_new();
    archive_write_disk_set_options(writer, ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                                               ARCHIVE_EXTRACT_SECURE_NODOTDOT);
    for (std::size_t i = 0; i < files; ++i) {
      archive_entry* entry = archive_entry_new();
      archive_entry_set_pathname(entry, (arena.root + "/d/sub/f" + std::to_string(i)).c_str());
      archive_entry_set_filetype(entry, AE_IFREG);
      archive_entry_set_perm(entry, 0644);
      archive_entry_set_size(entry, 7);
      if (archive_write_header(writer, entry) == ARCHIVE_OK) {
        (void)archive_write_data(writer, "content", 7);
      } else {
        ++outcome.refused;
      }
      (void)archive_write_finish_entry(writer);
      archive_entry_free(entry);
    }
    archive_write_free(writer);
  }
  arena.count(outcome);
  return outcome;
}

}  // namespace backstay::runtime::testing
