// A snapshot of one component of files that an attacker made: whatever its list and its archives
// say, sums, manifest and chain are right, so that only the restore itself stands between them and
// the machine.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"
#include "tests/unit/runtime/restore/tar_dialects.hpp"

namespace backstay::runtime::testing {

struct ForgedMember {
  Entry entry;  ///< size, hash and part are filled in where the member has content
  std::string content = {};
};

/// What a forged component is made of, in the order in which each is made of the one before.
struct Forgery {
  std::vector<ForgedMember> members;
  /// Changes what will be stored; each may be empty.
  std::function<void(std::string& tar)> bend_tar;        ///< the plain bytes of the pack
  std::function<void(std::string& stored)> bend_stored;  ///< its compressed bytes
  std::function<void(std::string& list)> bend_list;      ///< the lines of the file list
};

/// Makes `store`/snapshots/ID, readable by all. The store is there. Returns the id.
[[nodiscard]] std::string forge_snapshot(const Store& store, Forgery forgery, TarDialect dialect);

/// All members in one archive, for programs that read archives only.
[[nodiscard]] std::string whole_archive(const Forgery& forgery, TarDialect dialect);

/// The component of every forged snapshot.
inline constexpr const char* kForgedComponent = "app.files";

}  // namespace backstay::runtime::testing
