#include "tests/support/file_call.hpp"

#include "lang/base/result.hpp"

namespace backstay::test {

const char* name_of(FileCall call) {
  switch (call) {
    case FileCall::Create:
      return "create";
    case FileCall::OpenRead:
      return "open to read";
    case FileCall::OpenAppend:
      return "open to append";
    case FileCall::Write:
      return "write";
    case FileCall::Read:
      return "read";
    case FileCall::Sync:
      return "fsync";
    case FileCall::Close:
      return "close";
    case FileCall::MakeDirectory:
      return "mkdir";
    case FileCall::SyncDirectory:
      return "fsync of a directory";
    case FileCall::LockDirectory:
      return "lock";
    case FileCall::Rename:
      return "rename";
    case FileCall::Link:
      return "link";
    case FileCall::Unlink:
      return "unlink";
    case FileCall::RemoveDirectory:
      return "rmdir";
    case FileCall::ChangeMode:
      return "chmod";
    case FileCall::Status:
      return "stat";
    case FileCall::List:
      return "list";
    case FileCall::Space:
      return "statvfs";
  }
  BACKSTAY_CHECK(false, "every call has a name");
}

bool changes(FileCall call) {
  switch (call) {
    case FileCall::OpenRead:
    case FileCall::Read:
    case FileCall::Close:
    case FileCall::LockDirectory:
    case FileCall::Status:
    case FileCall::List:
    case FileCall::Space:
      return false;
    case FileCall::Create:
    case FileCall::OpenAppend:
    case FileCall::Write:
    case FileCall::Sync:
    case FileCall::MakeDirectory:
    case FileCall::SyncDirectory:
    case FileCall::Rename:
    case FileCall::Link:
    case FileCall::Unlink:
    case FileCall::RemoveDirectory:
    case FileCall::ChangeMode:
      return true;
  }
  BACKSTAY_CHECK(false, "every call changes something or not");
}

}  // namespace backstay::test
