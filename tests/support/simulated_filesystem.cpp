#include "tests/support/simulated_filesystem.hpp"

#include <algorithm>
#include <cerrno>

namespace backstay::test {

using runtime::File;
using runtime::FileStatus;
using runtime::FileType;

struct SimulatedFilesystem::Node {
  FileType type = FileType::Regular;
  std::uint32_t mode = 0;
  std::uint32_t durable_mode = 0;
  std::uint64_t inode = 0;
  std::string content;            // only ever appended to
  std::size_t durable_bytes = 0;  // of them
  bool condemned = false;         // an fsync failed: no later one keeps anything
  std::map<std::string, std::shared_ptr<Node>> entries;
  std::map<std::string, std::shared_ptr<Node>> durable_entries;
};

struct SimulatedFilesystem::Shared {
  std::mutex mutex;
  Fault fault;
  SyncLies lies;
  std::set<const Node*> locked;
};

namespace {

constexpr std::size_t kSector = 512;

Error failure(int error_number, const std::string& path) {
  return errno_error(error_number, "simulated `" + path + "`");
}

// The caller holds the mutex.
Result<void> ask(const SimulatedFilesystem::Fault& fault, FileCall call, const std::string& path) {
  const int error = fault ? fault(call, path) : 0;
  return error == 0 ? Result<void>() : Result<void>(failure(error, path));
}

class SimulatedFile final : public File {
 public:
  SimulatedFile(std::shared_ptr<SimulatedFilesystem::Node> node,
                std::shared_ptr<SimulatedFilesystem::Shared> shared,
                std::string path)
      : node_(std::move(node)), shared_(std::move(shared)), path_(std::move(path)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    const std::lock_guard lock(shared_->mutex);
    BACKSTAY_TRY(ask(shared_->fault, FileCall::Write, path_));
    node_->content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::lock_guard lock(shared_->mutex);
    BACKSTAY_TRY(ask(shared_->fault, FileCall::Read, path_));
    const auto count = std::min(buffer.size(), node_->content.size() - at_);
    std::copy_n(reinterpret_cast<const std::byte*>(node_->content.data()) + at_, count,
                buffer.data());
    at_ += count;
    return count;
  }

  Result<void> sync() override {
    const std::lock_guard lock(shared_->mutex);
    if (auto asked = ask(shared_->fault, FileCall::Sync, path_); !asked) {
      node_->condemned = true;
      return asked;
    }
    if (!node_->condemned && !shared_->lies.files) {
      node_->durable_bytes = node_->content.size();
      node_->durable_mode = node_->mode;
    }
    return {};
  }

  Result<void> close() override {
    const std::lock_guard lock(shared_->mutex);
    return ask(shared_->fault, FileCall::Close, path_);
  }

  void drop_cache() override {}

  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  std::shared_ptr<SimulatedFilesystem::Node> node_;
  std::shared_ptr<SimulatedFilesystem::Shared> shared_;
  std::string path_;
  std::size_t at_ = 0;
};

// Holds the lock of a directory as long as it lives.
class HeldDirectory final : public File {
 public:
  HeldDirectory(std::shared_ptr<SimulatedFilesystem::Node> node,
                std::shared_ptr<SimulatedFilesystem::Shared> shared)
      : node_(std::move(node)), shared_(std::move(shared)) {}

  HeldDirectory(const HeldDirectory&) = delete;
  HeldDirectory& operator=(const HeldDirectory&) = delete;

  ~HeldDirectory() override {
    const std::lock_guard lock(shared_->mutex);
    shared_->locked.erase(node_.get());
  }

  Result<void> write(std::span<const std::byte>) override { return failure(EISDIR, "lock"); }

  Result<std::size_t> read(std::span<std::byte>) override { return failure(EISDIR, "lock"); }

  Result<void> sync() override { return {}; }

  Result<void> close() override { return {}; }

  void drop_cache() override {}

  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  std::shared_ptr<SimulatedFilesystem::Node> node_;
  std::shared_ptr<SimulatedFilesystem::Shared> shared_;
};

// Each sector of what was not synced is kept, never written, or what the disk held there before.
void tear(std::string& content, std::size_t from, std::mt19937_64& random) {
  for (std::size_t at = from; at < content.size();) {
    const std::size_t end = std::min(content.size(), (at / kSector + 1) * kSector);
    const auto fate = random() % 3;
    if (fate == 1) {
      std::fill(content.begin() + static_cast<std::ptrdiff_t>(at),
                content.begin() + static_cast<std::ptrdiff_t>(end), '\0');
    } else if (fate == 2) {
      for (std::size_t i = at; i < end; ++i) {
        content[i] = static_cast<char>((i * 7) | 1U);
      }
    }
    at = end;
  }
}

}  // namespace

SimulatedFilesystem::SimulatedFilesystem()
    : shared_(std::make_shared<Shared>()), root_(make_node(FileType::Directory, 0755)) {}

void SimulatedFilesystem::set_fault(Fault fault) {
  const std::lock_guard lock(shared_->mutex);
  shared_->fault = std::move(fault);
}

void SimulatedFilesystem::set_lies(SyncLies lies) {
  const std::lock_guard lock(shared_->mutex);
  shared_->lies = lies;
}

SimulatedFilesystem::NodePointer SimulatedFilesystem::make_node(FileType type, std::uint32_t mode) {
  auto node = std::make_shared<Node>();
  node->type = type;
  node->mode = node->durable_mode = mode;
  node->inode = next_inode_++;
  return node;
}

// --- power cuts ---------------------------------------------------------------------------------

void SimulatedFilesystem::cut_power() {
  const std::lock_guard lock(shared_->mutex);
  cut(nullptr);
}

void SimulatedFilesystem::cut_power(std::uint64_t seed) {
  const std::lock_guard lock(shared_->mutex);
  std::mt19937_64 random(seed);
  cut(&random);
}

void SimulatedFilesystem::cut(std::mt19937_64* random) {
  shared_->locked.clear();
  settle_renamings(random);
  settle(*root_, random);
  renamed_.clear();
}

// Of the renames of one directory the first few came to the disk, in their order.
void SimulatedFilesystem::settle_renamings(std::mt19937_64* random) {
  std::map<const Node*, std::size_t> kept;
  for (const Renaming& one : renamings_) {
    renamed_.insert(one.node.get());
    ++kept[one.node.get()];
  }
  for (auto& [node, count] : kept) {
    count = random == nullptr ? 0 : (*random)() % (count + 1);
  }
  for (const Renaming& one : renamings_) {
    if (kept[one.node.get()] == 0) {
      continue;
    }
    --kept[one.node.get()];
    one.from->durable_entries.erase(one.old_name);
    one.to->durable_entries[one.new_name] = one.node;
  }
  renamings_.clear();
}

// Without `random` nothing unsynced survives; with it, each change is tossed for.
void SimulatedFilesystem::settle(Node& node, std::mt19937_64* random) {
  node.mode = node.durable_mode =
      random != nullptr && (*random)() % 2 == 0 ? node.mode : node.durable_mode;
  if (node.type == FileType::Directory) {
    settle_entries(node, random);
    return;
  }
  const std::size_t unsynced = node.content.size() - node.durable_bytes;
  const std::uint64_t fate = random == nullptr || node.condemned ? 0 : (*random)() % 4;
  if (fate < 2) {
    const std::size_t extra = fate == 0 ? 0 : (*random)() % (unsynced + 1);
    node.content.resize(node.durable_bytes + extra);
  } else if (fate == 2) {
    tear(node.content, node.durable_bytes, *random);
  }
  node.durable_bytes = node.content.size();
  node.condemned = false;
}

void SimulatedFilesystem::settle_entries(Node& node, std::mt19937_64* random) {
  const auto keeps = [&] { return random != nullptr && (*random)() % 2 == 0; };
  auto survivors = node.durable_entries;
  for (const auto& [name, entry] : node.entries) {
    const auto durable = node.durable_entries.find(name);
    if ((durable == node.durable_entries.end() || durable->second != entry) &&
        !renamed_.contains(entry.get()) && keeps()) {
      survivors[name] = entry;
    }
  }
  for (const auto& [name, entry] : node.durable_entries) {
    if (!node.entries.contains(name) && !renamed_.contains(entry.get()) && keeps()) {
      survivors.erase(name);
    }
  }
  node.entries = node.durable_entries = survivors;
  for (const auto& [name, entry] : survivors) {
    settle(*entry, random);
  }
}

// --- the calls ----------------------------------------------------------------------------------

// The caller holds the mutex.
Result<void> SimulatedFilesystem::pass(FileCall call, const std::string& path) {
  return ask(shared_->fault, call, path);
}

Result<SimulatedFilesystem::Place> SimulatedFilesystem::find(const std::string& path) {
  Place place{.directory = root_, .name = {}, .node = root_};
  for (std::size_t at = 0; at < path.size();) {
    const auto begin = path.find_first_not_of('/', at);
    if (begin == std::string::npos) {
      break;
    }
    const auto end = std::min(path.find('/', begin), path.size());
    if (!place.node) {
      return failure(ENOENT, path);
    }
    if (place.node->type != FileType::Directory) {
      return failure(ENOTDIR, path);
    }
    place.directory = place.node;
    place.name = path.substr(begin, end - begin);
    const auto found = place.directory->entries.find(place.name);
    place.node = found == place.directory->entries.end() ? nullptr : found->second;
    at = end;
  }
  return place;
}

Result<SimulatedFilesystem::NodePointer> SimulatedFilesystem::existing(const std::string& path) {
  BACKSTAY_ASSIGN(auto place, find(path));
  if (!place.node) {
    return failure(ENOENT, path);
  }
  return place.node;
}

Result<std::unique_ptr<File>> SimulatedFilesystem::create(const std::string& path,
                                                          std::uint32_t mode) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::Create, path));
  BACKSTAY_ASSIGN(auto place, find(path));
  if (place.node) {
    return failure(EEXIST, path);
  }
  const auto node = make_node(FileType::Regular, mode);
  place.directory->entries[place.name] = node;
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(node, shared_, path));
}

Result<std::unique_ptr<File>> SimulatedFilesystem::open_read(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::OpenRead, path));
  BACKSTAY_ASSIGN(auto node, existing(path));
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(node, shared_, path));
}

Result<std::unique_ptr<File>> SimulatedFilesystem::open_append(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::OpenAppend, path));
  BACKSTAY_ASSIGN(auto place, find(path));
  if (!place.node) {
    place.node = make_node(FileType::Regular, 0600);
    place.directory->entries[place.name] = place.node;
  }
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(place.node, shared_, path));
}

Result<void> SimulatedFilesystem::make_directory(const std::string& path, std::uint32_t mode) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::MakeDirectory, path));
  BACKSTAY_ASSIGN(auto place, find(path));
  if (place.node) {
    return failure(EEXIST, path);
  }
  place.directory->entries[place.name] = make_node(FileType::Directory, mode);
  return {};
}

Result<void> SimulatedFilesystem::sync_directory(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::SyncDirectory, path));
  BACKSTAY_ASSIGN(auto node, existing(path));
  if (shared_->lies.directories) {
    return {};
  }
  // The journal holds a rename as one change: with one of its directories the other is durable too.
  std::erase_if(renamings_, [&](const Renaming& one) {
    if (one.from != node && one.to != node) {
      return false;
    }
    one.from->durable_entries.erase(one.old_name);
    one.to->durable_entries[one.new_name] = one.node;
    return true;
  });
  node->durable_entries = node->entries;
  node->durable_mode = node->mode;
  return {};
}

Result<std::unique_ptr<File>> SimulatedFilesystem::lock_directory(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::LockDirectory, path));
  BACKSTAY_ASSIGN(auto node, existing(path));
  if (!shared_->locked.insert(node.get()).second) {
    return Error{.kind = ErrorKind::Busy, .message = "simulated `" + path + "` is locked"};
  }
  return std::unique_ptr<File>(std::make_unique<HeldDirectory>(node, shared_));
}

Result<void> SimulatedFilesystem::rename(const std::string& from,
                                         const std::string& to,
                                         bool replace) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::Rename, from));
  BACKSTAY_ASSIGN(auto source, find(from));
  BACKSTAY_ASSIGN(auto target, find(to));
  if (!source.node) {
    return failure(ENOENT, from);
  }
  if (target.node && !replace) {
    return failure(EEXIST, to);
  }
  source.directory->entries.erase(source.name);
  target.directory->entries[target.name] = source.node;
  if (source.node->type == FileType::Directory) {
    renamings_.push_back(
        {source.directory, source.name, target.directory, target.name, source.node});
  }
  return {};
}

Result<void> SimulatedFilesystem::rename_no_replace(const std::string& from,
                                                    const std::string& to) {
  return rename(from, to, false);
}

Result<void> SimulatedFilesystem::rename_replace(const std::string& from, const std::string& to) {
  return rename(from, to, true);
}

Result<runtime::LinkOutcome> SimulatedFilesystem::link(const std::string& from,
                                                       const std::string& to) {
  const std::lock_guard lock(shared_->mutex);
  if (const int error = shared_->fault ? shared_->fault(FileCall::Link, from) : 0; error != 0) {
    return runtime::link_outcome(error, from, to);
  }
  BACKSTAY_ASSIGN(auto node, existing(from));
  BACKSTAY_ASSIGN(auto target, find(to));
  if (target.node) {
    return failure(EEXIST, to);
  }
  target.directory->entries[target.name] = node;
  return runtime::LinkOutcome::Linked;
}

Result<void> SimulatedFilesystem::unlink(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::Unlink, path));
  BACKSTAY_ASSIGN(auto place, find(path));
  if (!place.node) {
    return failure(ENOENT, path);
  }
  place.directory->entries.erase(place.name);
  return {};
}

Result<void> SimulatedFilesystem::remove_directory(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::RemoveDirectory, path));
  BACKSTAY_ASSIGN(auto place, find(path));
  if (!place.node) {
    return failure(ENOENT, path);
  }
  if (!place.node->entries.empty()) {
    return failure(ENOTEMPTY, path);
  }
  place.directory->entries.erase(place.name);
  return {};
}

Result<void> SimulatedFilesystem::change_mode(const std::string& path, std::uint32_t mode) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::ChangeMode, path));
  BACKSTAY_ASSIGN(auto node, existing(path));
  node->mode = mode;
  return {};
}

Result<FileStatus> SimulatedFilesystem::status(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::Status, path));
  BACKSTAY_ASSIGN(auto node, existing(path));
  return FileStatus{.type = node->type,
                    .size = node->content.size(),
                    .mode = node->mode,
                    .inode = node->inode,
                    .device = 1,
                    .links = 1};
}

Result<std::vector<std::string>> SimulatedFilesystem::list(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::List, path));
  BACKSTAY_ASSIGN(auto node, existing(path));
  std::vector<std::string> names;
  for (const auto& [name, entry] : node->entries) {
    names.push_back(name);
  }
  return names;
}

Result<runtime::SpaceStatus> SimulatedFilesystem::space(const std::string& path) {
  const std::lock_guard lock(shared_->mutex);
  BACKSTAY_TRY(pass(FileCall::Space, path));
  return runtime::SpaceStatus{.free_bytes = 1ULL << 40U, .free_inodes = 1ULL << 30U};
}

}  // namespace backstay::test
