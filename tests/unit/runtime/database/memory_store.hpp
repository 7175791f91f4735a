// A snapshot in memory, for tests of data steps without a store.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/executor/events.hpp"
#include "runtime/store/snapshot_reader.hpp"
#include "runtime/store/staging.hpp"

namespace backstay::runtime::testing {

/// What was stored. Streams count only once they are finished.
struct MemorySnapshot {
  std::map<std::pair<std::string, std::string>, std::string> streams;
  std::vector<ComponentInfo> components;
  std::map<std::string, std::string> failed;
};

class MemoryStaging final : public Staging {
 public:
  explicit MemoryStaging(MemorySnapshot& snapshot) : snapshot_(&snapshot) {}

  Result<std::unique_ptr<StreamWriter>> open_stream(const std::string& component,
                                                    const std::string& name) override;
  Result<void> archive_files(const plan::ArchiveFiles& files, StepContext& context) override;
  Result<void> complete(const std::string& component,
                        const std::string& kind,
                        const std::string& source,
                        const ComponentFacts& facts) override;
  void fail(const std::string& component, const std::string& why) override;
  Result<std::string> commit() override;
  [[nodiscard]] Completeness completeness() const override;

  [[nodiscard]] std::string snapshot_id() const override { return "memory"; }

  /// Every write fails with this from now on.
  void break_writes(Error error) { broken_ = std::make_shared<Error>(std::move(error)); }

 private:
  MemorySnapshot* snapshot_;
  std::shared_ptr<Error> broken_;
};

class MemoryReader final : public SnapshotReader {
 public:
  explicit MemoryReader(const MemorySnapshot& snapshot) : snapshot_(&snapshot) {}

  [[nodiscard]] const std::string& id() const override { return id_; }

  [[nodiscard]] bool partial() const override { return !snapshot_->failed.empty(); }

  [[nodiscard]] const std::vector<ComponentInfo>& components() const override;
  [[nodiscard]] const ComponentInfo* component(const std::string& name) const override;
  [[nodiscard]] bool has_stream(const std::string& component,
                                const std::string& name) const override;
  Result<std::unique_ptr<StreamReader>> open_stream(const std::string& component,
                                                    const std::string& name) override;

  Result<std::string> plan_bytes() override { return std::string(); }

 private:
  const MemorySnapshot* snapshot_;
  std::string id_ = "memory";
};

/// Keeps warnings.
class NotedEvents final : public Events {
 public:
  void step(std::string_view id, StepState state, std::string_view detail) override;
  void progress(std::string_view id, std::uint64_t bytes, std::string_view item) override;
  void warning(std::string_view id, std::string_view message) override;
  std::vector<std::string> warnings;
};

}  // namespace backstay::runtime::testing
