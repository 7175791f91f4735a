// Putting owner, mode, times, attributes and ACLs of an entry onto what was restored.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/archive/entry.hpp"
#include "runtime/archive/owners.hpp"

namespace backstay::runtime {

/// What could not be put back exactly, once each. Thread-safe.
class RestoreNotes {
 public:
  void add(const std::string& note);
  [[nodiscard]] std::vector<std::string> take();

 private:
  std::mutex mutex_;
  std::set<std::string> notes_;
};

/// What a file is right after it was made.
struct Birth {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  bool exact_mode = false;  ///< it has the lower nine bits of its mode, and no ACL
};

/// One thread at a time.
class MetadataWriter {
 public:
  explicit MetadataWriter(RestoreNotes& notes) : notes_(notes) {}

  /// A file or directory by an open descriptor. Owner by name first; a name that is unknown here
  /// falls back to the number, with a note. Set-id bits come after the owner, which would clear
  /// them. birth  what the object is already, where it was just made; null: anything
  Result<void> apply(int descriptor, const Entry& entry, const Birth* birth = nullptr);
  /// A link or special file by its name in a directory: owner, mode (not of links) and times.
  Result<void> apply_at(int directory, const std::string& name, const Entry& entry);

 private:
  struct Owner {
    std::uint32_t uid, gid;
  };

  Owner owner_of(const Entry& entry);
  Result<bool> apply_owner(int descriptor, const Entry& entry, const Birth* birth);
  Result<void> apply_attributes(int descriptor, const Entry& entry);
  Result<void> apply_acl(int descriptor,
                         const std::string& text,
                         const char* attribute,
                         const Entry& entry);

  RestoreNotes& notes_;
  Owners owners_;
};

}  // namespace backstay::runtime
