#include "runtime/drill/sandbox.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/drill/leftover_processes.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kMarker = ".backstay-drill";
constexpr std::array<std::string_view, 3> kParts = {"files", "servers", "state"};
/// Servers enter it as accounts of their own; what is in it they cannot list.
constexpr std::uint32_t kMode = 0711;

std::string notes_of(const World& world) {
  return world.directories.state + "/drills";
}

std::string marker_of(const std::string& directory) {
  return directory + "/" + std::string(kMarker);
}

/// What a drill noted of its sandbox before it made anything.
struct Note {
  std::string run;
  std::string directory;
  bool made = false;
  bool kept = false;
};

std::string to_text(const Note& note) {
  const Json json = {{"schema_version", 1},
                     {"run", note.run},
                     {"directory", note.directory},
                     {"made", note.made},
                     {"kept", note.kept}};
  return json.dump() + "\n";
}

std::optional<Note> read_note(Filesystem& files, const std::string& path) {
  const auto text = read_file(files, path);
  const Json json = text ? Json::parse(*text, nullptr, false) : Json();
  if (!json.is_object())
    return std::nullopt;
  return Note{.run = json.value("run", ""),
              .directory = json.value("directory", ""),
              .made = json.value("made", false),
              .kept = json.value("kept", false)};
}

std::string identity(const FileStatus& status) {
  return fmt::format("directory {}:{}\n", status.device, status.inode);
}

/// The flock of a file or directory, exclusive, at once or not at all.
Result<Lock> lock_path(const std::string& path, const std::string& otherwise) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor < 0)
    return errno_error(errno, "cannot open `" + path + "`");
  Lock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    return lock;
  return Error{.kind = ErrorKind::Busy, .message = otherwise};
}

/// Claims and removals of one machine do not meet: both are short.
Result<Lock> lock_notes(World& world) {
  const std::string directory = notes_of(world);
  BACKSTAY_TRY(make_directories(world.files, directory, 0700));
  constexpr int kTries = 100;
  for (int round = 0;; ++round) {
    auto lock = lock_path(directory, "another drill begins or ends");
    if (lock || lock.error().kind != ErrorKind::Busy || round == kTries)
      return lock;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

Result<Lock> lock_marker(const std::string& path) {
  return lock_path(path, "a drill that goes on uses `" + path + "`");
}

Error not_empty(const std::string& directory, const std::string& name) {
  return {.kind = ErrorKind::Refused,
          .message = fmt::format("the sandbox `{}` is not empty: it holds `{}`", directory, name),
          .hint =
              "name a directory that is empty or not there; what a drill left goes with "
              "`backstay drill --cleanup`"};
}

/// An empty directory of ours (or root's) that nobody else may write to.
Result<void> check_directory(Filesystem& files, const std::string& directory) {
  struct stat found {};

  if (::lstat(directory.c_str(), &found) != 0)
    return errno_error(errno, "cannot look at `" + directory + "`");
  if (!S_ISDIR(found.st_mode)) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "the sandbox `" + directory + "` is not a directory"};
  }
  if ((found.st_uid != 0 && found.st_uid != ::geteuid()) || (found.st_mode & 0022U) != 0) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "others may write to the sandbox `" + directory + "`",
                 .hint = "name a directory of your own, or one that is not there"};
  }
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  return names.empty() ? Result<void>() : not_empty(directory, names.front());
}

/// Removes what a drill made in `directory`, and nothing if there is anything else.
Result<void> empty_directory(Filesystem& files, const std::string& directory) {
  BACKSTAY_ASSIGN(const auto names, files.list(directory));
  for (const std::string& name : names) {
    if (name != kMarker && std::find(kParts.begin(), kParts.end(), name) == kParts.end())
      return not_empty(directory, name);
  }
  end_leftover_processes(directory);
  for (const std::string& name : names) {
    if (name == kMarker)
      continue;
    const std::string path = directory + "/" + name;
    auto removed = remove_tree(files, path);
    // A process that was just ended may have made one more file.
    for (int round = 0; !removed && round < 20; ++round) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      end_leftover_processes(directory);
      removed = exists(files, path) ? remove_tree(files, path) : Result<void>();
    }
    BACKSTAY_TRY(std::move(removed));
  }
  BACKSTAY_FAILPOINT("drill.sandbox-emptied");
  return {};
}

Result<void> remove_marked(Filesystem& files, const std::string& directory, bool made) {
  BACKSTAY_TRY(empty_directory(files, directory));
  if (exists(files, marker_of(directory)))
    BACKSTAY_TRY(files.unlink(marker_of(directory)));
  return made ? files.remove_directory(directory) : Result<void>();
}

/// The sandbox of a dead drill.
Result<void> remove_dead(Filesystem& files, const Note& note) {
  const auto status = files.status(note.directory);
  if (!status)
    return {};  // killed before it was made, or removed by hand
  const auto text = read_file(files, marker_of(note.directory));
  if (!text) {  // killed between the directory and its marker
    BACKSTAY_ASSIGN(const auto names, files.list(note.directory));
    return note.made && names.empty() ? files.remove_directory(note.directory) : Result<void>();
  }
  if (*text != identity(*status)) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "`" + note.directory + "` is not the sandbox that run " + note.run +
                            " made there; look at it"};
  }
  BACKSTAY_ASSIGN(const Lock lock, lock_marker(marker_of(note.directory)));
  return remove_marked(files, note.directory, note.made);
}

}  // namespace

std::string usual_sandbox(const std::string& run_id) {
  return "/var/tmp/backstay-drill-" + run_id;
}

Result<void> check_sandbox(Filesystem& files, const std::string& directory) {
  return exists(files, directory) ? check_directory(files, directory) : Result<void>();
}

Result<std::unique_ptr<Sandbox>> Sandbox::claim(World& world,
                                                const std::string& run_id,
                                                const std::string& directory) {
  Filesystem& files = world.files;
  BACKSTAY_ASSIGN(const Lock notes, lock_notes(world));
  BACKSTAY_TRY(check_sandbox(files, directory));
  const Note note{.run = run_id, .directory = directory, .made = !exists(files, directory)};
  const std::string path = notes_of(world) + "/" + run_id + ".json";
  BACKSTAY_TRY(write_new_file(files, path, to_text(note), 0600));
  std::unique_ptr<Sandbox> sandbox(new Sandbox(world, directory, path));
  const auto make = [&]() -> Result<void> {
    BACKSTAY_FAILPOINT("drill.sandbox-noted");
    if (note.made)
      BACKSTAY_TRY(files.make_directory(directory, kMode));
    BACKSTAY_FAILPOINT("drill.sandbox-made");
    BACKSTAY_ASSIGN(const FileStatus status, files.status(directory));
    BACKSTAY_TRY(write_new_file(files, marker_of(directory), identity(status), 0600));
    BACKSTAY_ASSIGN(sandbox->lock_, lock_marker(marker_of(directory)));
    BACKSTAY_TRY(files.change_mode(directory, kMode));
    for (const std::string_view part : kParts) {
      const bool entered = part == "servers";
      BACKSTAY_TRY(files.make_directory(directory + "/" + std::string(part), 0700));
      BACKSTAY_TRY(files.change_mode(directory + "/" + std::string(part), entered ? kMode : 0700));
    }
    return {};
  };
  if (auto done = make(); !done) {
    auto removed = remove_dead(files, note);
    if (removed)
      (void)files.unlink(path);
    return std::move(done).error().while_doing("making the sandbox");
  }
  return sandbox;
}

std::string Sandbox::root(const std::string& host) const {
  return directory_ + "/files/" + host;
}

std::string Sandbox::server(const std::string& name) const {
  return directory_ + "/servers/" + name;
}

Result<void> Sandbox::remove() {
  BACKSTAY_ASSIGN(const Lock notes, lock_notes(world_));
  const auto note = read_note(world_.files, note_);
  BACKSTAY_TRY(remove_marked(world_.files, directory_, note && note->made));
  lock_ = Lock();
  BACKSTAY_FAILPOINT("drill.sandbox-removed");
  return world_.files.unlink(note_);
}

Result<void> Sandbox::keep() {
  BACKSTAY_ASSIGN(const Lock notes, lock_notes(world_));
  auto note = read_note(world_.files, note_);
  if (!note)
    return Error{.kind = ErrorKind::Io, .message = "the note `" + note_ + "` is gone"};
  note->kept = true;
  return replace_file(world_.files, note_, to_text(*note), 0600);
}

std::vector<std::string> remove_sandboxes(World& world, bool kept) {
  std::vector<std::string> lines;
  if (!exists(world.files, notes_of(world)))
    return lines;
  const auto lock = lock_notes(world);
  const auto names = lock ? world.files.list(notes_of(world)) : lock.error();
  if (!names) {
    lines.push_back(to_string(names.error()));
    return lines;
  }
  for (const std::string& name : *names) {
    const std::string path = notes_of(world) + "/" + name;
    const auto note = read_note(world.files, path);
    if (!note || (note->kept && !kept))
      continue;
    auto removed = remove_dead(world.files, *note);
    if (!removed && removed.error().kind == ErrorKind::Busy)
      continue;
    if (removed)
      removed = world.files.unlink(path);
    lines.push_back(removed ? fmt::format("removed the sandbox `{}` of drill run {}",
                                          note->directory, note->run)
                            : to_string(removed.error()));
  }
  return lines;
}

}  // namespace backstay::runtime
