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
  std::uint64_t inode = 0;
  std::string content;
  std::string durable_content;
  std::map<std::string, std::shared_ptr<Node>> entries;
  std::map<std::string, std::shared_ptr<Node>> durable_entries;
};

namespace {

class SimulatedFile final : public File {
 public:
  SimulatedFile(std::shared_ptr<SimulatedFilesystem::Node> node, std::shared_ptr<std::mutex> mutex)
      : node_(std::move(node)), mutex_(std::move(mutex)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    const std::lock_guard lock(*mutex_);
    node_->content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return {};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::lock_guard lock(*mutex_);
    const auto count = std::min(buffer.size(), node_->content.size() - at_);
    std::copy_n(reinterpret_cast<const std::byte*>(node_->content.data()) + at_, count,
                buffer.data());
    at_ += count;
    return count;
  }

  Result<void> sync() override {
    const std::lock_guard lock(*mutex_);
    node_->durable_content = node_->content;
    return {};
  }

  Result<void> close() override { return {}; }

  void drop_cache() override {}

  [[nodiscard]] int descriptor() const override { return -1; }

 private:
  std::shared_ptr<SimulatedFilesystem::Node> node_;
  std::shared_ptr<std::mutex> mutex_;
  std::size_t at_ = 0;
};

Error failure(int error_number, const std::string& path) {
  return errno_error(error_number, "simulated `" + path + "`");
}

}  // namespace

SimulatedFilesystem::SimulatedFilesystem()
    : mutex_(std::make_shared<std::mutex>()), root_(make_node(FileType::Directory, 0755)) {}

SimulatedFilesystem::NodePointer SimulatedFilesystem::make_node(FileType type, std::uint32_t mode) {
  auto node = std::make_shared<Node>();
  node->type = type;
  node->mode = mode;
  node->inode = next_inode_++;
  return node;
}

void SimulatedFilesystem::cut_power() {
  const std::lock_guard lock(*mutex_);
  settle(*root_, nullptr);
}

void SimulatedFilesystem::cut_power(std::uint64_t seed) {
  const std::lock_guard lock(*mutex_);
  std::mt19937_64 random(seed);
  settle(*root_, &random);
}

// Without `random` nothing unsynced survives; with it, each change is tossed for.
void SimulatedFilesystem::settle(Node& node, std::mt19937_64* random) {
  const auto keeps = [&] { return random != nullptr && (*random)() % 2 == 0; };
  if (node.type == FileType::Regular) {
    std::string survivor = node.durable_content;
    if (random != nullptr && node.content.size() > survivor.size()) {
      survivor = node.content.substr(
          0, survivor.size() + (*random)() % (node.content.size() - survivor.size() + 1));
    }
    node.content = node.durable_content = survivor;
    return;
  }
  auto survivors = node.durable_entries;
  for (const auto& [name, entry] : node.entries) {
    const auto durable = node.durable_entries.find(name);
    if ((durable == node.durable_entries.end() || durable->second != entry) && keeps()) {
      survivors[name] = entry;
    }
  }
  for (const auto& [name, entry] : node.durable_entries) {
    if (!node.entries.contains(name) && keeps()) {
      survivors.erase(name);
    }
  }
  node.entries = node.durable_entries = survivors;
  for (const auto& [name, entry] : survivors) {
    settle(*entry, random);
  }
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
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto place, find(path));
  if (place.node) {
    return failure(EEXIST, path);
  }
  const auto node = make_node(FileType::Regular, mode);
  place.directory->entries[place.name] = node;
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(node, mutex_));
}

Result<std::unique_ptr<File>> SimulatedFilesystem::open_read(const std::string& path) {
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto node, existing(path));
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(node, mutex_));
}

Result<std::unique_ptr<File>> SimulatedFilesystem::open_append(const std::string& path) {
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto place, find(path));
  if (!place.node) {
    place.node = make_node(FileType::Regular, 0600);
    place.directory->entries[place.name] = place.node;
  }
  return std::unique_ptr<File>(std::make_unique<SimulatedFile>(place.node, mutex_));
}

Result<void> SimulatedFilesystem::make_directory(const std::string& path, std::uint32_t mode) {
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto place, find(path));
  if (place.node) {
    return failure(EEXIST, path);
  }
  place.directory->entries[place.name] = make_node(FileType::Directory, mode);
  return {};
}

Result<void> SimulatedFilesystem::sync_directory(const std::string& path) {
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto node, existing(path));
  node->durable_entries = node->entries;
  return {};
}

Result<void> SimulatedFilesystem::rename(const std::string& from,
                                         const std::string& to,
                                         bool replace) {
  const std::lock_guard lock(*mutex_);
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
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto node, existing(from));
  BACKSTAY_ASSIGN(auto target, find(to));
  if (target.node) {
    return failure(EEXIST, to);
  }
  target.directory->entries[target.name] = node;
  return runtime::LinkOutcome::Linked;
}

Result<void> SimulatedFilesystem::unlink(const std::string& path) {
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto place, find(path));
  if (!place.node) {
    return failure(ENOENT, path);
  }
  place.directory->entries.erase(place.name);
  return {};
}

Result<void> SimulatedFilesystem::remove_directory(const std::string& path) {
  const std::lock_guard lock(*mutex_);
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
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto node, existing(path));
  node->mode = mode;
  return {};
}

Result<FileStatus> SimulatedFilesystem::status(const std::string& path) {
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto node, existing(path));
  return FileStatus{.type = node->type,
                    .size = node->content.size(),
                    .mode = node->mode,
                    .inode = node->inode,
                    .device = 1,
                    .links = 1};
}

Result<std::vector<std::string>> SimulatedFilesystem::list(const std::string& path) {
  const std::lock_guard lock(*mutex_);
  BACKSTAY_ASSIGN(auto node, existing(path));
  std::vector<std::string> names;
  for (const auto& [name, entry] : node->entries) {
    names.push_back(name);
  }
  return names;
}

Result<runtime::SpaceStatus> SimulatedFilesystem::space(const std::string& /*path*/) {
  return runtime::SpaceStatus{.free_bytes = 1ULL << 40U, .free_inodes = 1ULL << 30U};
}

}  // namespace backstay::test
