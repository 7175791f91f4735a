#include "tests/unit/runtime/restore/hostile_trial.hpp"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

#include <archive.h>
#include <archive_entry.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "runtime/restore/place_files.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/store_list.hpp"

namespace backstay::runtime::testing {

namespace fs = std::filesystem;

namespace {

constexpr uid_t kUser = 65534;

// Runs it in a process of its own, as somebody. What it returned; how the process died, if it did.
std::string in_a_process(Who who, const std::function<std::string()>& act) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0)
    return "no pipe";
  const pid_t child = fork();
  if (child == 0) {
    bool ready = true;
    if (who == Who::User) {
      ready = setgroups(0, nullptr) == 0 && setresgid(kUser, kUser, kUser) == 0 &&
              setresuid(kUser, kUser, kUser) == 0;
    }
    const std::string text = ready ? act() : "cannot become another user";
    (void)!write(ends[1], text.data(), text.size());
    _exit(0);
  }
  close(ends[1]);
  std::string text;
  std::array<char, 4096> buffer{};
  while (true) {
    const ssize_t count = read(ends[0], buffer.data(), buffer.size());
    if (count <= 0)
      break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : "the process died";
}

std::string restore(const Store& store,
                    const std::string& id,
                    const std::string& top,
                    bool in_place) {
  RealFilesystem files;
  const auto snapshot = open_snapshot(files, store, id);
  if (!snapshot)
    return to_string(snapshot.error());
  const PlaceRequest request{.files = {kForgedComponent, top, {}, {}, false},
                             .paths = {},
                             .to_directory = {},
                             .in_place = in_place,
                             .run_id = "20260202T000000Z-" + random_hex8()};
  PlaceOutcome outcome;
  const auto placed = place_files({files, **snapshot, {}, {}}, request, outcome);
  return placed ? std::string() : to_string(placed.error());
}

// What gives privileges to whoever comes by.
void find_gifts(const std::string& path, std::string& gifts) {
  struct stat status {};

  if (lstat(path.c_str(), &status) != 0)
    return;
  if (S_ISREG(status.st_mode) && (status.st_mode & 06000U) != 0)
    gifts += "set-id: " + path + "\n";
  if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode))
    gifts += "device: " + path + "\n";
  for (const char* name : {"security.capability", "trusted.overlay.redirect"}) {
    if (lgetxattr(path.c_str(), name, nullptr, 0) >= 0)
      gifts += std::string(name) + ": " + path + "\n";
  }
  if (!S_ISDIR(status.st_mode))
    return;
  std::error_code error;
  for (const auto& child : fs::directory_iterator(path, error))
    find_gifts(child.path().string(), gifts);
}

std::string extract(const std::string& archive_bytes, const std::string& into, int flags) {
  if (chdir(into.c_str()) != 0)
    return "cannot go there";
  archive* reader = archive_read_new();
  archive_read_support_format_tar(reader);
  archive_read_open_memory(reader, archive_bytes.data(), archive_bytes.size());
  archive* writer = archive_write_disk_new();
  archive_write_disk_set_options(writer, flags);
  archive_entry* entry = nullptr;
  std::string error;
  while (archive_read_next_header(reader, &entry) >= ARCHIVE_WARN) {
    if (archive_read_extract2(reader, entry, writer) < ARCHIVE_WARN)
      error = archive_error_string(writer) != nullptr ? archive_error_string(writer) : "failed";
  }
  archive_write_free(writer);
  archive_read_free(reader);
  return error;
}

}  // namespace

HostileTrial::HostileTrial() {
  chmod(directory_.path().c_str(), 0755);
  RealFilesystem files;
  const auto made =
      init_store(files, {directory_ / "config", directory_ / "state", directory_ / "locks"},
                 directory_ / "store", "local");
  if (!made)
    std::abort();
  store_ = *made;
  for (const char* path : {"store", "store/snapshots"})
    chmod((directory_ / path).c_str(), 0755);
}

void HostileTrial::prepare(Who who, bool populated) {
  fs::remove_all(work_);
  fs::create_directories(outside_ + "/below");
  std::ofstream(outside_ + "/victim") << "untouched";
  if (populated) {
    fs::create_directories(top_ + "/d");
    std::ofstream(top_ + "/a-good-file") << "lived here";
    std::ofstream(top_ + "/d/x") << "and here";
    fs::create_symlink("../outside", top_ + "/l");
  }
  if (who == Who::User) {
    (void)!lchown(work_.c_str(), kUser, kUser);
    for (const auto& each : fs::recursive_directory_iterator(work_))
      (void)!lchown(each.path().c_str(), kUser, kUser);
  }
  before_ = describe_tree(outside_);
  live_before_ = populated ? describe_tree(top_) : TreeDescription();
}

Aftermath HostileTrial::look(const std::string& error, bool populated) {
  Aftermath after;
  after.error = error;
  after.outside = difference(before_, describe_tree(outside_));
  for (const auto& each : fs::directory_iterator(work_)) {
    const std::string name = each.path().filename().string();
    if (name != "outside")
      find_gifts(each.path().string(), after.gifts);
    const bool known = name == "outside" || (name == "live" && (populated || error.empty()));
    if (!error.empty() && !known)
      after.remains += "left: " + name + "\n";
  }
  if (!error.empty() && populated)
    after.remains += difference(live_before_, describe_tree(top_));
  return after;
}

Aftermath HostileTrial::attack(const Forgery& forgery,
                               TarDialect dialect,
                               Who who,
                               bool populated) {
  prepare(who, populated);
  const std::string id = forge_snapshot(store_, forgery, dialect);
  const std::string error = in_a_process(who, [&] { return restore(store_, id, top_, populated); });
  const Aftermath after = look(error, populated);
  fs::remove_all(layout::snapshot(store_.path, id));
  return after;
}

Aftermath HostileTrial::extract_with_libarchive(const Forgery& forgery,
                                                TarDialect dialect,
                                                int flags) {
  prepare(Who::Root, false);
  fs::create_directories(top_);
  // Its archives are made to be extracted at `/`; here that is the working directory's tree.
  Forgery moved = forgery;
  for (ForgedMember& member : moved.members) {
    for (std::string* path : {&member.entry.path, &member.entry.link}) {
      if (path->starts_with(top_.substr(1)))
        path->erase(0, top_.size());
      if (path->empty() && path == &member.entry.path)
        *path = ".";
    }
  }
  const std::string archive = whole_archive(moved, dialect);
  const std::string error = in_a_process(Who::Root, [&] { return extract(archive, top_, flags); });
  return look(error, true);
}

}  // namespace backstay::runtime::testing
