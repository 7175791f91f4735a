// A committed snapshot, for restore, ls and verify.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/list_reader.hpp"
#include "runtime/seal/seal_key.hpp"
#include "runtime/store/recorded_unit.hpp"
#include "runtime/store/stream.hpp"

namespace backstay::runtime {

struct ComponentInfo {
  std::string name;
  std::string kind;    ///< `files`, `mariadb-database`, `mariadb-accounts`, `sqlite`
  std::string source;  ///< `/etc/nova`, `nova_api on control-db`
  ComponentFacts facts;
  std::uint64_t plain_bytes = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t entries = 0;  ///< files: entries of the list
};

class SnapshotReader {
 public:
  virtual ~SnapshotReader() = default;
  [[nodiscard]] virtual const std::string& id() const = 0;
  [[nodiscard]] virtual bool partial() const = 0;

  /// With what it is sealed; without recipients: it is not.
  [[nodiscard]] virtual SealKey seal() const { return {}; }

  [[nodiscard]] virtual const std::vector<ComponentInfo>& components() const = 0;
  [[nodiscard]] virtual const ComponentInfo* component(const std::string& name) const = 0;
  [[nodiscard]] virtual bool has_stream(const std::string& component,
                                        const std::string& name) const = 0;
  virtual Result<std::unique_ptr<StreamReader>> open_stream(const std::string& component,
                                                            const std::string& name) = 0;
  /// The plan that made it, as stored.
  virtual Result<std::string> plan_bytes() = 0;

  /// The units that the snapshot covers, as they were; empty where nothing is recorded.
  [[nodiscard]] virtual std::vector<RecordedUnit> units() const { return {}; }

  /// The file list of a component of kind `files`, in the order of the walk (directories before
  /// what they hold), then the other names of files that have several. Others have no entries.
  virtual Result<void> each_entry(const std::string& component, const EntryVisitor& visitor);
  /// The same for those at or below `top` (absolute) and above it, sooner.
  virtual Result<void> each_entry_near(const std::string& component,
                                       const std::string& top,
                                       const EntryVisitor& visitor);
  /// The same for those that a filter of their lines lets through; a reader may give others too.
  virtual Result<void> each_entry_where(const std::string& component,
                                        const LineFilter& wanted,
                                        const EntryVisitor& visitor);
  /// The store it is in; empty where there is none.
  [[nodiscard]] virtual std::string store_path() const;
  /// Where the parts of a component are; empty where there are none.
  [[nodiscard]] virtual std::string component_directory(const std::string& component) const;
};

}  // namespace backstay::runtime
