// The parts that an earlier snapshot holds and that a new one may link instead of storing them
// again (store.md, section 2).
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/part_record.hpp"

namespace backstay::runtime {

/// Of one component in one snapshot. Not changed while an archive is made, so that its workers may
/// look at it at once.
class KnownParts {
 public:
  /// directory  where they are: `SNAPSHOT/data/COMPONENT`
  explicit KnownParts(std::string directory = {}) : directory_(std::move(directory)) {}

  [[nodiscard]] const std::string& directory() const { return directory_; }

  [[nodiscard]] const std::map<std::string, PartRecord>& all() const { return parts_; }

  void add(PartRecord part);
  void remove(const std::string& path);

  /// Whether no part of the file list was removed.
  [[nodiscard]] bool list_whole() const { return list_whole_; }

  /// Keeps the part, but not for files: those in it are read and stored anew.
  void retire(const std::string& path) { retired_.insert(path); }

  /// Null where there is none.
  [[nodiscard]] const PartRecord* find(const std::string& path) const;
  /// The same for a pack whose files may stay in it.
  [[nodiscard]] const PartRecord* find_pack(const std::string& path) const;
  /// A part whose decoded bytes have this hash: a segment, a list part, a list of live names.
  [[nodiscard]] const PartRecord* find_plain(const Digest& plain) const;

 private:
  std::string directory_;
  std::map<std::string, PartRecord> parts_;
  std::map<Digest, std::string> by_plain_;
  std::set<std::string> retired_;
  bool list_whole_ = true;
};

/// Packs that are worth rewriting from the source: those of which less than half is live, worst
/// first, and, where many small ones gathered, the smallest; together at most a twentieth of the
/// component's bytes (never less than 4 MiB).
[[nodiscard]] std::vector<std::string> packs_to_rewrite(const KnownParts& parts);

/// One line a part, and back. BadInput for what to_text would not write.
[[nodiscard]] std::string to_text(const PartRecord& part);
[[nodiscard]] Result<PartRecord> parse_part(std::string_view line);

}  // namespace backstay::runtime
