// The calls of the Filesystem border, by name: what a test fails, counts or cuts the power at.
#pragma once

#include <cstdint>

namespace backstay::test {

enum class FileCall : std::uint8_t {
  Create,
  OpenRead,
  OpenAppend,
  Write,
  Read,
  Sync,
  Close,
  MakeDirectory,
  SyncDirectory,
  LockDirectory,
  Rename,
  Link,
  Unlink,
  RemoveDirectory,
  ChangeMode,
  Status,
  List,
  Space,
};

inline constexpr int kFileCalls = static_cast<int>(FileCall::Space) + 1;

/// `Rename`, for messages.
[[nodiscard]] const char* name_of(FileCall call);

/// Whether the call changes something, so that the power may be cut before it.
[[nodiscard]] bool changes(FileCall call);

}  // namespace backstay::test
