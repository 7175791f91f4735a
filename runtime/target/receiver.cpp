// INVARIANT: as in commit.cpp, a directory below snapshots/ is whole and durable from the moment it
// has its name.
#include "runtime/target/receiver.hpp"

#include <algorithm>
#include <cerrno>
#include <map>

#include <fmt/format.h>
#include <sys/stat.h>

#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/part_check.hpp"
#include "runtime/store/publish.hpp"
#include "runtime/store/store_list.hpp"
#include "runtime/store/sums.hpp"
#include "runtime/system/failpoint.hpp"
#include "runtime/system/path_text.hpp"

namespace backstay::runtime {
namespace {

constexpr std::string_view kProven = ".proven";  // beside the upload: what prove() saw
constexpr std::string_view kRotten = ".rotten";  // beside it: hashes that are not to be linked

std::string incoming(const Store& store) {
  return store.path + "/incoming";
}

// `data`, `data/nova.etc` of `data/nova.etc/list/000000.jsonl.zst` and so on.
void add_directories(const std::string& path, std::set<std::string>& directories) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    directories.insert(path.substr(0, slash));
}

// Complete copies only tell of themselves what their own SHA256SUMS says.
void add_held(Filesystem& files,
              const Store& store,
              const std::string& id,
              std::map<Digest, std::string>& held) {
  const std::string path = layout::snapshot(store.path, id);
  const auto text = read_file(files, path + "/" + std::string(layout::kSums));
  const auto sums = text ? parse_sums(*text) : Result<Sums>(text.error());
  if (!sums)
    return;
  for (const auto& [name, digest] : *sums) {
    if (is_copy_path(name))
      held.emplace(digest, path + "/" + name);
  }
}

constexpr std::string_view kHow = "hashed by the receiver";

Error interrupted() {
  return {.kind = ErrorKind::Interrupted, .message = "the proof was interrupted"};
}

std::string rotten_line(const Digest& digest) {
  return to_hex(digest) + "\n";
}

}  // namespace

bool is_copy_path(std::string_view path) {
  const bool below = path.starts_with("data/");
  std::size_t parts = 0;
  while (true) {
    const std::size_t slash = path.find('/');
    if (!layout::is_plain_name(path.substr(0, slash)))
      return false;
    ++parts;
    if (slash == std::string_view::npos)
      break;
    path.remove_prefix(slash + 1);
  }
  constexpr std::size_t kDeepest = 8;
  return below ? parts >= 3 && parts <= kDeepest : parts == 1;
}

Result<std::string> Receiver::directory(const IncomingCopy& copy) const {
  BACKSTAY_TRY(layout::check_plain_name(copy.snapshot, "snapshot"));
  BACKSTAY_TRY(layout::check_plain_name(copy.policy, "policy"));
  BACKSTAY_TRY(layout::check_plain_name(copy.host, "host"));
  const bool of_writer =
      copy.snapshot.find("-" + copy.policy + "-" + copy.host + "-") != std::string::npos;
  if (!layout::sequence_of(copy.snapshot) || !of_writer) {
    return Error{.kind = ErrorKind::Refused,
                 .message = fmt::format("`{}` is no snapshot of policy {} on {}", copy.snapshot,
                                        copy.policy, copy.host)};
  }
  return incoming(store_) + "/" + copy.writer() + "/" + copy.snapshot;
}

Result<std::vector<std::string>> Receiver::list() const {
  BACKSTAY_ASSIGN(const auto names, files_.list(layout::snapshots(store_.path)));
  std::vector<std::string> found;
  for (const std::string& name : names) {
    const bool plain = layout::is_plain_name(name) && layout::sequence_of(name);
    if (plain &&
        exists(files_, layout::snapshot(store_.path, name) + "/" + std::string(layout::kManifest)))
      found.push_back(name);
  }
  return found;
}

// By hash, what the newest complete copy of the writer holds, and what earlier uploads left whose
// name is their hash. What turned out to be rotten is not taken again.
Result<std::map<Digest, std::string>> Receiver::held(const IncomingCopy& copy) const {
  std::map<Digest, std::string> found;
  BACKSTAY_ASSIGN(
      const auto there,
      list_snapshots(files_, store_, {.policy = copy.policy, .backup = {}, .host = copy.host}));
  constexpr std::size_t kNewest = 2;
  std::size_t taken = 0;
  for (const SnapshotSummary& summary : there) {
    if (!summary.problem.empty() || summary.partial || taken == kNewest)
      continue;
    ++taken;
    add_held(files_, store_, summary.id, found);
  }
  BACKSTAY_ASSIGN(const std::string place, directory(copy));
  const auto rotten = read_file(files_, place + std::string(kRotten));
  if (rotten) {
    std::erase_if(found, [&](const auto& one) {
      return rotten->find(to_hex(one.first)) != std::string::npos;
    });
  }
  return found;
}

Result<void> Receiver::make_parents(const std::string& place, const std::string& path) {
  return make_directories(files_, parent_of(place + "/" + path), 0700);
}

Result<void> Receiver::link_held(const IncomingCopy& copy,
                                 const std::string& place,
                                 const std::vector<Artefact>& artefacts,
                                 std::set<std::string>& missing) {
  BACKSTAY_ASSIGN(const auto by_hash, held(copy));
  BACKSTAY_ASSIGN(const auto uploads, files_.list(parent_of(place)));
  for (const Artefact& one : artefacts) {
    if (!missing.contains(one.path))
      continue;
    beat_();
    std::vector<std::string> sources;
    if (const auto found = by_hash.find(one.sha256); found != by_hash.end() && store_.links)
      sources.push_back(found->second);
    for (const std::string& upload : uploads) {
      const bool named = one.path.find(to_hex(one.sha256)) != std::string::npos;
      if (named && upload != copy.snapshot && layout::sequence_of(upload))
        sources.push_back(parent_of(place) + "/" + upload + "/" + one.path);
    }
    for (const std::string& source : sources) {
      const auto status = files_.status(source);
      if (!status || status->type != FileType::Regular || status->size != one.size)
        continue;
      BACKSTAY_TRY(make_parents(place, one.path));
      const auto linked = files_.link(source, place + "/" + one.path);
      if (linked && *linked == LinkOutcome::Linked) {
        missing.erase(one.path);
        break;
      }
    }
  }
  return {};
}

// What an earlier upload has of a part that was cut short: rsync goes on with it.
Result<void> Receiver::take_partials(const IncomingCopy& copy,
                                     const std::string& place,
                                     const std::vector<Artefact>& artefacts,
                                     const std::set<std::string>& missing) {
  const auto partial_of = [](const std::string& path) {
    const std::size_t slash = path.rfind('/');
    return path.substr(0, slash + 1) + std::string(kPartialDirectory) + path.substr(slash);
  };
  BACKSTAY_ASSIGN(const auto uploads, files_.list(parent_of(place)));
  for (const Artefact& one : artefacts) {
    const bool named = one.path.find(to_hex(one.sha256)) != std::string::npos;
    if (!named || !missing.contains(one.path))
      continue;
    const std::string partial = partial_of(one.path);
    for (const std::string& upload : uploads) {
      const std::string from = parent_of(place) + "/" + upload + "/" + partial;
      if (upload == copy.snapshot || !exists(files_, from) || exists(files_, place + "/" + partial))
        continue;
      BACKSTAY_TRY(make_parents(place, partial));
      BACKSTAY_TRY(files_.rename_no_replace(from, place + "/" + partial));
    }
  }
  return {};
}

Result<std::set<std::string>> Receiver::prepare(const IncomingCopy& copy,
                                                const std::vector<Artefact>& artefacts) {
  BACKSTAY_ASSIGN(const std::string place, directory(copy));
  BACKSTAY_ASSIGN(const bool done, is_there(files_, layout::snapshot(store_.path, copy.snapshot)));
  if (done)
    return std::set<std::string>();
  BACKSTAY_TRY(make_directories(files_, place, 0700));
  std::set<std::string> missing;
  for (const Artefact& one : artefacts) {
    if (!is_copy_path(one.path)) {
      return Error{.kind = ErrorKind::Refused,
                   .message = "`" + one.path + "` cannot be the name of a file of a snapshot"};
    }
    const auto status = files_.status(place + "/" + one.path);
    if (status && status->type == FileType::Regular && status->size == one.size)
      continue;
    if (status && status->type == FileType::Directory)
      BACKSTAY_TRY(remove_tree(files_, place + "/" + one.path));
    else if (status)
      BACKSTAY_TRY(files_.unlink(place + "/" + one.path));
    missing.insert(one.path);
  }
  BACKSTAY_TRY(link_held(copy, place, artefacts, missing));
  BACKSTAY_TRY(take_partials(copy, place, artefacts, missing));
  return missing;
}

Result<void> Receiver::remove_others(const std::string& place,
                                     const std::vector<Artefact>& artefacts) {
  std::set<std::string> wanted;
  for (const Artefact& one : artefacts) {
    add_directories(one.path, wanted);
    wanted.insert(one.path);
  }
  std::vector<std::string> directories = {""};
  while (!directories.empty()) {
    const std::string below = std::move(directories.back());
    directories.pop_back();
    BACKSTAY_ASSIGN(const auto names, files_.list(place + (below.empty() ? "" : "/" + below)));
    for (const std::string& name : names) {
      const std::string path = below.empty() ? name : below + "/" + name;
      BACKSTAY_ASSIGN(const FileStatus status, files_.status(place + "/" + path));
      const bool directory = status.type == FileType::Directory;
      if (wanted.contains(path)) {
        if (directory)
          directories.push_back(path);
      } else {
        BACKSTAY_TRY(directory ? remove_tree(files_, place + "/" + path)
                               : files_.unlink(place + "/" + path));
      }
    }
  }
  return {};
}

// Changes with everything that could change a file's bytes.
Result<std::string> Receiver::fingerprint(const std::string& place,
                                          const std::vector<Artefact>& artefacts) const {
  std::string text;
  for (const Artefact& one : artefacts) {
    struct stat status {};

    const std::string path = place + "/" + one.path;
    if (::lstat(path.c_str(), &status) != 0)
      return errno_error(errno, "cannot look at `" + path + "`");
    text += fmt::format("{} {} {} {}.{} {}.{} {:o} {}\n", one.path, status.st_ino, status.st_size,
                        status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec,
                        status.st_ctim.tv_nsec, status.st_mode, to_hex(one.sha256));
  }
  return to_hex(sha256(text)) + "\n";
}

// Read-only and durable.
Result<void> Receiver::settle(const std::string& place, const std::vector<Artefact>& artefacts) {
  std::set<std::string> directories;
  for (const Artefact& one : artefacts) {
    const std::string path = place + "/" + one.path;
    BACKSTAY_ASSIGN(const FileStatus status, files_.status(path));
    if (status.type != FileType::Regular) {
      return Error{.kind = ErrorKind::Verification, .message = "`" + path + "` is no file"};
    }
    constexpr std::uint32_t kReadOnly = 0400;
    if ((status.mode & 07777U) != kReadOnly)
      BACKSTAY_TRY(files_.change_mode(path, kReadOnly));
    // What was linked was durable before.
    if (status.links == 1) {
      BACKSTAY_ASSIGN(const auto file, files_.open_read(path));
      BACKSTAY_TRY(file->sync());
      beat_();
    }
    add_directories(one.path, directories);
  }
  for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory)
    BACKSTAY_TRY(files_.sync_directory(place + "/" + *directory));
  return files_.sync_directory(place);
}

// Of a copy that has its name already; nothing of it is touched.
Result<CopyEvidence> Receiver::prove_complete(const std::string& snapshot,
                                              const std::vector<Artefact>& artefacts,
                                              const std::stop_token& stop) {
  CopyEvidence evidence{.files = {}, .how = std::string(kHow)};
  for (const Artefact& one : artefacts) {
    if (stop.stop_requested())
      return interrupted();
    beat_();
    const auto path = file_of(snapshot, one.path);
    if (!path)
      continue;
    BACKSTAY_ASSIGN(const StoredDigest stored, hash_stored(files_, *path, ReadFrom::Device));
    evidence.files[one.path] = {.sha256 = stored.sha256, .size = stored.size};
  }
  return evidence;
}

Result<CopyEvidence> Receiver::prove(const IncomingCopy& copy,
                                     const std::vector<Artefact>& artefacts,
                                     const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const std::string place, directory(copy));
  BACKSTAY_ASSIGN(const bool done, is_there(files_, layout::snapshot(store_.path, copy.snapshot)));
  if (done)
    return prove_complete(copy.snapshot, artefacts, stop);
  CopyEvidence evidence{.files = {}, .how = std::string(kHow)};
  BACKSTAY_TRY(make_directories(files_, place, 0700));
  BACKSTAY_TRY(remove_others(place, artefacts));
  std::vector<Artefact> there;
  for (const Artefact& one : artefacts) {
    BACKSTAY_ASSIGN(const bool is, is_there(files_, place + "/" + one.path));
    if (is)
      there.push_back(one);
  }
  BACKSTAY_TRY(settle(place, there));
  BACKSTAY_ASSIGN(const std::string before, fingerprint(place, there));
  std::string rotten;
  for (const Artefact& one : there) {
    if (stop.stop_requested())
      return interrupted();
    beat_();
    BACKSTAY_FAILPOINT("receive.prove");
    const std::string path = place + "/" + one.path;
    BACKSTAY_ASSIGN(const StoredDigest stored, hash_stored(files_, path, ReadFrom::Device));
    evidence.files[one.path] = {.sha256 = stored.sha256, .size = stored.size};
    if (stored.sha256 != one.sha256) {
      rotten += rotten_line(one.sha256);
      BACKSTAY_TRY(files_.unlink(path));
    }
  }
  if (!rotten.empty()) {
    BACKSTAY_TRY(replace_file(files_, place + std::string(kRotten), rotten, 0600));
    return evidence;
  }
  BACKSTAY_ASSIGN(const std::string after, fingerprint(place, there));
  if (there.size() == artefacts.size() && before == after)
    BACKSTAY_TRY(replace_file(files_, place + std::string(kProven), after, 0600));
  return evidence;
}

Result<void> Receiver::remove_older_uploads(const IncomingCopy& copy) {
  BACKSTAY_ASSIGN(const std::string place, directory(copy));
  BACKSTAY_ASSIGN(const auto names, files_.list(parent_of(place)));
  const auto ours = layout::sequence_of(copy.snapshot);
  for (const std::string& name : names) {
    const auto sequence = layout::sequence_of(name);
    if (!sequence || *sequence > *ours)
      continue;
    const std::string path = parent_of(place) + "/" + name;
    const auto status = files_.status(path);
    if (status && status->type == FileType::Directory)
      BACKSTAY_TRY(remove_tree(files_, path));
    else if (status)
      BACKSTAY_TRY(files_.unlink(path));
  }
  return {};
}

namespace {

Error other_papers(const std::string& what) {
  return {.kind = ErrorKind::Verification,
          .message = what,
          .hint = "nothing was made visible; the next copy begins with what is there"};
}

// SHA256SUMS and the manifest, as those who read the copy will take them.
Result<std::vector<Artefact>> check_papers(const IncomingCopy& copy,
                                           const std::string& sums_text,
                                           const std::string& manifest_text) {
  BACKSTAY_ASSIGN(const Sums sums, parse_sums(sums_text));
  BACKSTAY_ASSIGN(const Manifest manifest,
                  parse_manifest(manifest_text, std::string(layout::kManifest)));
  const auto sum = sums.find(std::string(layout::kManifest));
  if (sum == sums.end() || sum->second != sha256(manifest_text))
    return other_papers("the manifest is not the one that SHA256SUMS names");
  if (manifest.id != copy.snapshot || manifest.policy != copy.policy || manifest.host != copy.host)
    return other_papers("the manifest is of another snapshot");
  std::vector<Artefact> listed;
  for (const auto& [path, digest] : sums) {
    if (!is_copy_path(path) || path == layout::kSums)
      return other_papers("`" + path + "` cannot be the name of a file of a snapshot");
    if (path != layout::kManifest)
      listed.push_back({.path = path, .sha256 = digest});
  }
  return listed;
}

}  // namespace

Result<void> Receiver::commit(const IncomingCopy& copy,
                              const std::string& sums,
                              const std::string& manifest) {
  BACKSTAY_ASSIGN(const std::string place, directory(copy));
  BACKSTAY_ASSIGN(const auto listed, check_papers(copy, sums, manifest));
  const auto proven = read_file(files_, place + std::string(kProven));
  const auto now = fingerprint(place, listed);
  if (!proven || !now || *proven != *now)
    return other_papers("what lies there is not what was proven");
  BACKSTAY_TRY(remove_others(place, listed));
  BACKSTAY_FAILPOINT("receive.commit");
  BACKSTAY_TRY(write_new_file(files_, place + "/" + std::string(layout::kSums), sums, 0400));
  BACKSTAY_TRY(
      write_new_file(files_, place + "/" + std::string(layout::kManifest), manifest, 0400));
  std::set<std::string> directories;
  for (const Artefact& one : listed)
    add_directories(one.path, directories);
  // The longest first: a directory is sealed after what it holds.
  for (auto directory = directories.rbegin(); directory != directories.rend(); ++directory) {
    BACKSTAY_TRY(files_.change_mode(place + "/" + *directory, 0500));
    BACKSTAY_TRY(files_.sync_directory(place + "/" + *directory));
  }
  BACKSTAY_TRY(files_.sync_directory(place));
  BACKSTAY_FAILPOINT("receive.rename");
  BACKSTAY_ASSIGN(Publication publication, publish_staging(files_, store_, place, copy.snapshot));
  BACKSTAY_TRY(std::move(publication.outcome));
  // Why errors are ignored: the copy is there and durable; what is left is tidied by the next one.
  (void)files_.change_mode(layout::snapshot(store_.path, copy.snapshot), 0500);
  (void)files_.sync_directory(parent_of(place));
  (void)remove_older_uploads(copy);
  return {};
}

Result<std::string> Receiver::file_of(const std::string& snapshot, const std::string& path) const {
  BACKSTAY_TRY(layout::check_plain_name(snapshot, "snapshot"));
  if (!is_copy_path(path))
    return Error{.kind = ErrorKind::Refused, .message = "`" + path + "` is no file of a snapshot"};
  std::string whole = layout::snapshot(store_.path, snapshot) + "/" + path;
  const auto status = files_.status(whole);
  if (!layout::sequence_of(snapshot) || !status || status->type != FileType::Regular) {
    return Error{.kind = ErrorKind::NotFound,
                 .message = fmt::format("snapshot {} has no `{}`", snapshot, path)};
  }
  return whole;
}

}  // namespace backstay::runtime
