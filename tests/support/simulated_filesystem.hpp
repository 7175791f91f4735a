// A file system in memory whose power can be cut: what was not synced is lost, kept or torn, as a
// seed decides. What survives is what POSIX promises and no more: fsync of a file keeps its bytes,
// fsync of a directory keeps its entries, a rename is one change.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "runtime/system/filesystem.hpp"

namespace backstay::test {

/// No symbolic links, owners or limits. Thread-safe. Files that are open at a power cut go on
/// writing to what is no longer there.
class SimulatedFilesystem final : public runtime::Filesystem {
 public:
  SimulatedFilesystem();

  /// Everything that is not durable is lost, or, with a seed, each unsynced change is lost or kept
  /// by itself (so they are reordered too) and unsynced bytes are torn.
  void cut_power();
  void cut_power(std::uint64_t seed);

  Result<std::unique_ptr<runtime::File>> create(const std::string& path,
                                                std::uint32_t mode) override;
  Result<std::unique_ptr<runtime::File>> open_read(const std::string& path) override;
  Result<std::unique_ptr<runtime::File>> open_append(const std::string& path) override;
  Result<void> make_directory(const std::string& path, std::uint32_t mode) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<void> rename_no_replace(const std::string& from, const std::string& to) override;
  Result<void> rename_replace(const std::string& from, const std::string& to) override;
  Result<runtime::LinkOutcome> link(const std::string& from, const std::string& to) override;
  Result<void> unlink(const std::string& path) override;
  Result<void> remove_directory(const std::string& path) override;
  Result<void> change_mode(const std::string& path, std::uint32_t mode) override;
  Result<runtime::FileStatus> status(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& path) override;
  Result<runtime::SpaceStatus> space(const std::string& path) override;

  struct Node;

 private:
  using NodePointer = std::shared_ptr<Node>;

  struct Place {
    NodePointer directory;
    std::string name;
    NodePointer node;  ///< null: nothing there
  };

  Result<Place> find(const std::string& path);
  Result<NodePointer> existing(const std::string& path);
  Result<void> rename(const std::string& from, const std::string& to, bool replace);
  NodePointer make_node(runtime::FileType type, std::uint32_t mode);
  void settle(Node& node, std::mt19937_64* random);

  std::shared_ptr<std::mutex> mutex_;
  NodePointer root_;
  std::uint64_t next_inode_ = 1;
};

}  // namespace backstay::test
