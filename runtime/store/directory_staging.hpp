// The real Staging: a directory below STORE/staging, and the commit protocol of store.md,
// section 3.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/archive/part_file.hpp"
#include "runtime/archive/part_pool.hpp"
#include "runtime/archive/tree_archiver.hpp"
#include "runtime/store/begin.hpp"
#include "runtime/store/component_memory.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/part_stamp.hpp"
#include "runtime/store/sums.hpp"

namespace backstay::runtime {

/// Version of Backstay that the manifest names, and where the sequence's high-water mark is.
struct StagingPlace {
  std::string path;            ///< STORE/staging/RUN
  std::unique_ptr<File> lock;  ///< of that directory
  std::string tool;
};

/// Thread-safe but for commit(), which comes last.
class DirectoryStaging final : public Staging {
 public:
  DirectoryStaging(World& world, Store store, StagingRequest request, StagingPlace place);
  ~DirectoryStaging() override;
  DirectoryStaging(const DirectoryStaging&) = delete;
  DirectoryStaging& operator=(const DirectoryStaging&) = delete;

  Result<std::unique_ptr<StreamWriter>> open_stream(const std::string& component,
                                                    const std::string& name) override;
  Result<void> archive_files(const plan::ArchiveFiles& files, StepContext& context) override;
  Result<void> complete(const std::string& component,
                        const std::string& kind,
                        const std::string& source,
                        const ComponentFacts& facts) override;
  void note_units(std::vector<RecordedUnit> units) override;
  void fail(const std::string& component, const std::string& why) override;

  [[nodiscard]] std::string scratch_directory() const override {
    return request_.sealer ? std::string() : place_.path;
  }

  Result<std::string> commit() override;
  [[nodiscard]] Completeness completeness() const override;
  [[nodiscard]] std::set<std::string> proven() const override;
  [[nodiscard]] std::string snapshot_id() const override;

 private:
  struct Component {
    Component(const MemoryPlace& place, const std::string& name, const std::string& path)
        : parts(place.files, path), pool(parts), memory(place, name) {}

    PartDirectory parts;
    PartPool pool;
    ComponentMemory memory;
    std::once_flag loaded;
    ManifestComponent manifest;
    std::string source;
    std::map<std::string, StreamInfo> streams;
    bool complete = false;
    bool failed = false;
  };

  class RegisteredStream;

  /// The component, with what earlier runs remember of it.
  Result<Component*> component(const std::string& name);
  void load(Component& component);
  /// The same for all components.
  [[nodiscard]] const HashKey& tag_key();
  Result<void> drop_incomplete();
  /// One line for all components that could link nothing, whatever their number.
  void tell_full_runs() const;
  Result<void> read_back();
  Result<void> describe_components();
  Result<void> write_papers();
  Result<void> write_paper(std::string_view name, const std::string& text);
  /// The same, sealed where the target is.
  Result<void> write_detail(std::string_view name, const std::string& text);
  Result<void> write_sealed_papers(const Manifest& description);
  [[nodiscard]] std::string sealed_commands(const Manifest& description) const;
  Result<void> seal_directories();
  Result<void> publish();
  void save_memory();
  [[nodiscard]] Manifest manifest() const;
  [[nodiscard]] std::vector<Component*> complete_components() const;
  Result<void> number();
  void look_for_another_machine();

  World& world_;
  Store store_;
  StagingRequest request_;
  StagingPlace place_;
  MemoryPlace memory_;
  std::once_flag keyed_;
  HashKey tag_key_ = process_hash_key();
  std::string started_;
  mutable std::mutex mutex_;
  std::map<std::string, std::unique_ptr<Component>> components_;
  Sums sums_;
  std::map<std::string, PartStamp> compared_;  ///< by path in the snapshot, from before the look
  std::uint64_t sequence_ = 0;
  std::string id_;
  std::string previous_;
  std::vector<RecordedUnit> units_;  // guarded by mutex_
  std::string previous_manifest_;
  std::string manifest_digest_;
  bool committed_ = false;
  bool withdrawn_ = false;  ///< renamed, and renamed back
};

}  // namespace backstay::runtime
