// A file system in memory whose power can be cut: what was not synced is lost, kept or torn, as a
// seed decides. What survives is what Linux's journaling file systems promise and no more: fsync of
// a file keeps its bytes, fsync of a directory keeps its entries, the rename of a directory is one
// change. Everything else may come to the disk in any order, or not at all.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "runtime/system/filesystem.hpp"
#include "tests/support/file_call.hpp"

namespace backstay::test {

/// What a disk that lies says is durable though it is not: the control that must lose commits.
struct SyncLies {
  bool files = false;
  bool directories = false;
};

/// No symbolic links, owners or limits. Thread-safe. Files that are open at a power cut go on
/// writing to what is no longer there.
class SimulatedFilesystem final : public runtime::Filesystem {
 public:
  /// Asked before each call, one at a time; another errno than 0 makes it fail without effect.
  using Fault = std::function<int(FileCall, const std::string& path)>;

  SimulatedFilesystem();

  void set_fault(Fault fault);
  void set_lies(SyncLies lies);

  /// Everything that is not durable is lost, or, with a seed, each unsynced change is lost or kept
  /// by itself (so they are reordered too), unsynced bytes are cut short, zeroed or torn by
  /// sectors, and unsynced modes are the old or the new ones. Bytes whose fsync failed are lost,
  /// whatever a later fsync said. Locks end.
  void cut_power();
  void cut_power(std::uint64_t seed);

  Result<std::unique_ptr<runtime::File>> create(const std::string& path,
                                                std::uint32_t mode) override;
  Result<std::unique_ptr<runtime::File>> open_read(const std::string& path) override;
  Result<std::unique_ptr<runtime::File>> open_append(const std::string& path) override;
  Result<void> make_directory(const std::string& path, std::uint32_t mode) override;
  Result<void> sync_directory(const std::string& path) override;
  Result<std::unique_ptr<runtime::File>> lock_directory(const std::string& path) override;
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
  struct Shared;

 private:
  using NodePointer = std::shared_ptr<Node>;

  struct Place {
    NodePointer directory;
    std::string name;
    NodePointer node;  ///< null: nothing there
  };

  /// A directory that got another name, not yet durable.
  struct Renaming {
    NodePointer from;
    std::string old_name;
    NodePointer to;
    std::string new_name;
    NodePointer node;
  };

  Result<void> pass(FileCall call, const std::string& path);
  Result<Place> find(const std::string& path);
  Result<NodePointer> existing(const std::string& path);
  Result<void> rename(const std::string& from, const std::string& to, bool replace);
  NodePointer make_node(runtime::FileType type, std::uint32_t mode);
  void cut(std::mt19937_64* random);
  void settle_renamings(std::mt19937_64* random);
  void settle(Node& node, std::mt19937_64* random);
  void settle_entries(Node& node, std::mt19937_64* random);

  std::shared_ptr<Shared> shared_;
  NodePointer root_;
  std::uint64_t next_inode_ = 1;
  std::vector<Renaming> renamings_;
  std::set<const Node*> renamed_;  ///< during a cut: settled as a whole
};

}  // namespace backstay::test
