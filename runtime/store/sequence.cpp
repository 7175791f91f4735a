#include "runtime/store/sequence.hpp"

#include <algorithm>
#include <charconv>

#include "lang/base/sha256.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

constexpr std::uint64_t kNumberFile = 4096;
// What is above it was not given by a run, but written by somebody: it must not push ours to the
// end.
constexpr std::uint64_t kLargestGiven = 99'999'999;

std::string directory_of(const Directories& directories) {
  return directories.state + "/sequences";
}

std::string path_of_mark(const Directories& directories,
                         const Store& store,
                         const PolicyHost& owner) {
  return directory_of(directories) + "/" + store.uuid + "." +
         layout::policy_at_host(owner.policy, owner.host);
}

Result<std::uint64_t> read_mark(Filesystem& files, const std::string& path) {
  auto text = read_file(files, path, kNumberFile);
  if (!text && text.error().kind == ErrorKind::NotFound)
    return std::uint64_t{0};
  if (!text)
    return std::move(text).error();
  std::uint64_t mark = 0;
  const char* end = text->data() + text->size();
  const auto [at, error] = std::from_chars(text->data(), end, mark);
  if (error == std::errc{} && at != end && *at == '\n')
    return mark;
  return Error{.kind = ErrorKind::BadInput,
               .message = "`" + path + "` is broken",
               .hint = "remove it: the number then follows from the snapshots in the store"};
}

}  // namespace

Result<Predecessor> find_predecessor(Filesystem& files,
                                     const Store& store,
                                     const std::string& policy,
                                     const std::string& host) {
  BACKSTAY_ASSIGN(const auto names, files.list(layout::snapshots(store.path)));
  const std::string owner = "-" + policy + "-" + host + "-";
  Predecessor found;
  for (const std::string& name : names) {
    const auto sequence = layout::sequence_of(name);
    // Why the text is enough: `a-b` on `c` also counts snapshots of `a` on `b-c`, which only makes
    // the number higher; the manifest decides about the predecessor.
    if (!sequence || name.find(owner) == std::string::npos || *sequence < found.sequence)
      continue;
    found.sequence = *sequence;
    const std::string path =
        layout::snapshot(store.path, name) + "/" + std::string(layout::kManifest);
    auto text = read_file(files, path);
    if (!text)
      continue;
    const auto manifest = parse_manifest(*text, path);
    if (!manifest || manifest->policy != policy || manifest->host != host)
      continue;
    found.id = name;
    found.manifest_digest = to_hex(sha256(*text));
  }
  return found;
}

Result<std::uint64_t> high_water_mark(Filesystem& files,
                                      const Directories& directories,
                                      const Store& store,
                                      const PolicyHost& owner) {
  return read_mark(files, path_of_mark(directories, store, owner));
}

Result<std::uint64_t> next_sequence(Filesystem& files,
                                    const Directories& directories,
                                    const Store& store,
                                    const PolicyHost& owner,
                                    std::uint64_t highest_in_store) {
  BACKSTAY_TRY(make_directories(files, directory_of(directories), 0700));
  const std::string path = path_of_mark(directories, store, owner);
  BACKSTAY_ASSIGN(const std::uint64_t mark, read_mark(files, path));
  const std::uint64_t next = std::max(mark, highest_in_store) + 1;
  BACKSTAY_FAILPOINT("store.sequence");
  BACKSTAY_TRY(replace_file(files, path, std::to_string(next) + "\n", 0600));
  return next;
}

std::uint64_t highest_of(const std::vector<std::string>& ids, const PolicyHost& owner) {
  const std::string writer = "-" + owner.policy + "-" + owner.host + "-";
  std::uint64_t highest = 0;
  for (const std::string& id : ids) {
    const auto sequence = layout::sequence_of(id);
    if (sequence && *sequence <= kLargestGiven && id.find(writer) != std::string::npos)
      highest = std::max(highest, *sequence);
  }
  return highest;
}

Result<bool> number_above(Filesystem& files,
                          const Directories& directories,
                          const Store& store,
                          const PolicyHost& owner,
                          std::uint64_t known) {
  const std::string path = path_of_mark(directories, store, owner);
  BACKSTAY_ASSIGN(const std::uint64_t mark, read_mark(files, path));
  BACKSTAY_ASSIGN(const auto names, files.list(layout::snapshots(store.path)));
  if (known <= std::max(mark, highest_of(names, owner)))
    return false;
  BACKSTAY_TRY(make_directories(files, directory_of(directories), 0700));
  BACKSTAY_TRY(replace_file(files, path, std::to_string(known) + "\n", 0600));
  return true;
}

}  // namespace backstay::runtime
