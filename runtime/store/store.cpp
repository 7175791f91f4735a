#include "runtime/store/store.hpp"

#include <algorithm>
#include <array>

#include "runtime/signing/store_signing.hpp"
#include "runtime/store/layout.hpp"
#include "runtime/system/failpoint.hpp"

namespace backstay::runtime {

namespace {

constexpr std::string_view kFirstWords = "backstay-store ";
// A line of FORMAT where the file system has none.
constexpr std::string_view kNoLinks = "no hard links\n";
constexpr std::uint64_t kSmallFile = 64ULL << 10U;

constexpr std::string_view kReadmeText =
    R"(This directory is a store of Backstay: every directory below snapshots/ is one backup,
complete by itself. Nothing here needs Backstay to be read.

To restore by hand, as root:

  1. Choose a snapshot: the highest number is the newest. A directory whose
     manifest.json says "status": "partial" lacks a component.
  2. cd snapshots/ID && sha256sum --quiet -c SHA256SUMS
  3. Follow RESTORE.txt there. It needs tar, zstd, dd and, for databases, their clients; and age
     with an identity where the snapshot is sealed.

Do not change, add or remove anything below snapshots/. What is in staging/ is not a backup.
)";

std::string random_uuid() {
  std::string hex;
  for (int i = 0; i < 4; ++i)
    hex += random_hex8();
  hex[12] = '4';  // version: random
  hex[16] = 'a';  // variant of RFC 9562
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36)
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (dash ? text[i] != '-' : !hex)
      return false;
  }
  return true;
}

// What FORMAT says.
struct StoreFormat {
  std::string uuid;
  bool links = true;
};

// The UUID in FORMAT, and what its file system lacks. BadInput for what is not ours or newer than
// we are.
Result<StoreFormat> read_format(Filesystem& files, const std::string& store) {
  const std::string path = store + "/" + std::string(layout::kFormat);
  BACKSTAY_ASSIGN(const std::string text, read_file(files, path, kSmallFile));
  const Error foreign{.kind = ErrorKind::BadInput,
                      .message = "`" + path + "` is not of a Backstay store"};
  const std::size_t line = text.find('\n');
  if (!text.starts_with(kFirstWords) || line == std::string::npos)
    return foreign;
  const std::string version = text.substr(kFirstWords.size(), line - kFirstWords.size());
  const std::string major = version.substr(0, version.find('.'));
  if (major.empty() || major.find_first_not_of("0123456789") != std::string::npos)
    return foreign;
  if (major != std::to_string(kStoreMajor)) {
    return Error{
        .kind = ErrorKind::BadInput,
        .message = "the store `" + store + "` has format " + version + ", this version knows " +
                   std::to_string(kStoreMajor),
        .hint = "use a version of Backstay at least as new as the one that made the store"};
  }
  const std::string uuid = text.substr(line + 1, text.find('\n', line + 1) - line - 1);
  if (!is_uuid(uuid))
    return foreign;
  return StoreFormat{uuid, text.find(kNoLinks) == std::string::npos};
}

Error cannot_hold(const std::string& path, const std::string& what, const Error& why) {
  return Error{.kind = why.kind == ErrorKind::NoSpace ? ErrorKind::NoSpace : ErrorKind::Refused,
               .message = "`" + path + "` cannot hold a store: " + what + ": " + why.message,
               .hint = "use a local file system such as ext4, XFS or btrfs"};
}

// What a commit needs of the file system, tried on small files. Whether it has hard links.
Result<bool> probe(Filesystem& files, const std::string& path) {
  const std::string base = path + "/.backstay-probe-" + random_hex8();
  const std::array<std::string, 3> names = {base, base + "-link", base + "-renamed"};
  bool links = true;
  const auto attempt = [&]() -> Result<void> {
    if (auto made = write_new_file(files, names[0], "probe\n", 0600); !made) {
      return cannot_hold(path, "writing and fsync", made.error());
    }
    BACKSTAY_ASSIGN(const LinkOutcome outcome, files.link(names[0], names[1]));
    links = outcome == LinkOutcome::Linked;
    if (!links)
      BACKSTAY_TRY(write_new_file(files, names[1], "probe\n", 0600));
    if (files.rename_no_replace(names[0], names[1])) {
      return cannot_hold(path, "rename", Error{.message = "an existing file was replaced"});
    }
    if (auto renamed = files.rename_no_replace(names[0], names[2]); !renamed) {
      return cannot_hold(path, "rename without replacing", renamed.error());
    }
    if (auto synced = files.sync_directory(path); !synced) {
      return cannot_hold(path, "fsync of a directory", synced.error());
    }
    return {};
  };
  auto answer = attempt();
  for (const std::string& name : names) {
    if (exists(files, name))
      (void)files.unlink(name);
  }
  BACKSTAY_TRY(std::move(answer));
  return links;
}

// What an init that was killed may have left; a directory with anything else is somebody's.
bool is_ours_or_empty(const std::vector<std::string>& names) {
  constexpr std::array<std::string_view, 7> kOurs = {"lost+found", "README.txt", "locks", "records",
                                                     "snapshots",  "staging",    "trash"};
  return std::ranges::all_of(names, [&](const std::string& name) {
    return std::ranges::find(kOurs, name) != kOurs.end() || name.starts_with(".backstay-probe-") ||
           name.starts_with("FORMAT.new-") || name.starts_with("README.txt.new-");
  });
}

// An earlier init may have made the directories above the store, and died before they were durable.
// Those that cannot be opened are not ours.
Result<void> make_path_durable(Filesystem& files, const std::string& path) {
  for (std::size_t end = path.rfind('/'); end != 0; end = path.rfind('/', end - 1))
    (void)files.sync_directory(path.substr(0, end));
  (void)files.sync_directory("/");
  return files.sync_directory(path);
}

Result<StoreFormat> create_store(Filesystem& files, const std::string& path) {
  BACKSTAY_TRY(make_directories(files, path, 0700));
  BACKSTAY_ASSIGN(const auto names, files.list(path));
  if (!is_ours_or_empty(names)) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "`" + path + "` is not empty and is no store",
                 .hint = "choose an empty directory"};
  }
  BACKSTAY_ASSIGN(const bool links, probe(files, path));
  for (const std::string& directory :
       {layout::locks(path), layout::staging(path), layout::snapshots(path), layout::records(path),
        layout::trash(path)}) {
    BACKSTAY_FAILPOINT("store.init.directory");
    BACKSTAY_TRY(make_directories(files, directory, 0700));
  }
  BACKSTAY_FAILPOINT("store.init.readme");
  BACKSTAY_TRY(replace_file(files, path + "/" + std::string(layout::kReadme), kReadmeText, 0444));
  BACKSTAY_FAILPOINT("store.init.format");
  const StoreFormat format{random_uuid(), links};
  BACKSTAY_TRY(make_path_durable(files, path));
  // Why last: a directory without FORMAT is no store, whatever else an interrupted init left in it.
  BACKSTAY_TRY(replace_file(files, path + "/" + std::string(layout::kFormat),
                            std::string(kFirstWords) + std::to_string(kStoreMajor) + "\n" +
                                format.uuid + "\n" + (links ? "" : std::string(kNoLinks)),
                            0444));
  return format;
}

std::string registration_path(const Directories& directories, const std::string& target) {
  return directories.config + "/targets/" + target;
}

Result<void> register_store(Filesystem& files,
                            const Directories& directories,
                            const std::string& target,
                            const Store& store) {
  BACKSTAY_TRY(make_directories(files, directories.config + "/targets", 0755));
  BACKSTAY_FAILPOINT("store.init.register");
  return replace_file(files, registration_path(directories, target),
                      "uuid " + store.uuid + "\npath " + store.path + "\n", 0644);
}

// `uuid …` and `path …` of a registration.
std::string field(const std::string& text, const std::string& key) {
  const std::size_t at = ("\n" + text).find("\n" + key + " ");
  if (at == std::string::npos)
    return {};
  const std::size_t begin = at + key.size() + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

Result<StoreFormat> read_store(Filesystem& files,
                               const std::string& path,
                               const std::string& target) {
  auto format = read_format(files, path);
  if (format || format.error().kind != ErrorKind::NotFound)
    return format;
  const std::string name = target.empty() ? "NAME" : target;
  return Error{.kind = ErrorKind::Refused,
               .message = "there is no store at `" + path + "`",
               .hint =
                   "is the disk mounted? A new store is made with `backstay store init PLAN "
                   "--target " +
                   name + "`"};
}

}  // namespace

Result<Store> init_store(Filesystem& files,
                         const Directories& directories,
                         const std::string& path,
                         const std::string& target) {
  BACKSTAY_TRY(layout::check_plain_name(target, "target"));
  if (path.empty() || path.front() != '/') {
    return Error{.kind = ErrorKind::Usage,
                 .message = "the path of a store must be absolute: `" + path + "`"};
  }
  auto format = read_format(files, path);
  const bool create = !format && format.error().kind == ErrorKind::NotFound;
  if (create)
    format = create_store(files, path);
  if (!format)
    return std::move(format).error();
  // Whoever made it may have died before its name was durable.
  if (!create)
    BACKSTAY_TRY(make_path_durable(files, path));
  Store store{.path = path, .uuid = format->uuid, .links = format->links, .created = create};
  BACKSTAY_TRY(register_store(files, directories, target, store));
  return store;
}

Result<Store> open_store(Filesystem& files,
                         const plan::Target& target,
                         const Directories& directories) {
  BACKSTAY_ASSIGN(const StoreFormat format, read_store(files, target.path, target.name));
  const std::string& uuid = format.uuid;
  auto registered = read_file(files, registration_path(directories, target.name), kSmallFile);
  const std::string hint =
      "`backstay store init PLAN --target " + target.name + "` registers the store on this host";
  if (!registered) {
    if (registered.error().kind != ErrorKind::NotFound)
      return std::move(registered).error();
    return Error{.kind = ErrorKind::Refused,
                 .message = "the target `" + target.name + "` is not registered on this host",
                 .hint = hint};
  }
  if (field(*registered, "uuid") != uuid) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "the store at `" + target.path +
                            "` is not the one that was registered as `" + target.name +
                            "`: its UUID is " + uuid + " instead of " + field(*registered, "uuid"),
                 .hint = "is another disk mounted there? If the change is meant: " + hint};
  }
  BACKSTAY_ASSIGN(auto signing, StoreSigning::find(directories.config));
  return Store{
      .path = target.path, .uuid = uuid, .links = format.links, .signing = std::move(signing)};
}

Result<Store> open_store_for_reading(Filesystem& files,
                                     const std::string& path,
                                     const Directories& directories) {
  BACKSTAY_ASSIGN(const StoreFormat format, read_store(files, path, {}));
  BACKSTAY_ASSIGN(auto signing, StoreSigning::find(directories.config));
  return Store{
      .path = path, .uuid = format.uuid, .links = format.links, .signing = std::move(signing)};
}

}  // namespace backstay::runtime
