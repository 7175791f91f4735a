// What is made from the Filesystem border's operations, so that a simulated file system gets it
// too.
#include <algorithm>
#include <array>
#include <string_view>

#include "lang/base/units.hpp"
#include "runtime/system/environment.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/system/path_text.hpp"

namespace backstay::runtime {
namespace {

Result<void> remove_tree_on(Filesystem& files, const std::string& path, std::uint64_t device) {
  BACKSTAY_ASSIGN(const auto found, files.status(path));
  if (found.type != FileType::Directory) {
    return files.unlink(path);
  }
  if (found.device != device) {
    return Error{.kind = ErrorKind::Refused,
                 .message = "`" + path + "` is another file system: not removed",
                 .hint = "unmount it and run again"};
  }
  // Why: committed directories are 0500; their owner must be able to empty them.
  if ((found.mode & 0700U) != 0700U) {
    BACKSTAY_TRY(files.change_mode(path, 0700));
  }
  BACKSTAY_ASSIGN(const auto names, files.list(path));
  for (const auto& name : names) {
    BACKSTAY_TRY(remove_tree_on(files, path + "/" + name, device));
  }
  return files.remove_directory(path);
}

Result<void> make_one_directory(Filesystem& files, const std::string& path, std::uint32_t mode) {
  auto found = files.status(path);
  if (found) {
    // A symbolic link may lead to a directory; what is made below it will tell.
    if (found->type == FileType::Directory || found->type == FileType::Symlink) {
      return {};
    }
    return Error{.kind = ErrorKind::Io, .message = "`" + path + "` is not a directory"};
  }
  if (found.error().kind != ErrorKind::NotFound) {
    return std::move(found).error();
  }
  if (auto made = files.make_directory(path, mode); !made) {
    auto again = files.status(path);  // another process may have been faster
    if (!again || again->type != FileType::Directory) {
      return made;
    }
  }
  return files.sync_directory(parent_of(path));
}

}  // namespace

bool exists(Filesystem& files, const std::string& path) {
  return files.status(path).has_value();
}

Result<bool> is_there(Filesystem& files, const std::string& path) {
  auto status = files.status(path);
  if (status || status.error().kind == ErrorKind::NotFound) {
    return status.has_value();
  }
  return std::move(status).error();
}

Result<std::string> read_file(Filesystem& files, const std::string& path, std::uint64_t limit) {
  BACKSTAY_ASSIGN(auto file, files.open_read(path));
  std::string content;
  std::array<std::byte, 16384> buffer{};
  while (true) {
    BACKSTAY_ASSIGN(const auto count, file->read(buffer));
    if (count == 0) {
      return content;
    }
    if (content.size() + count > limit) {
      return Error{.kind = ErrorKind::BadInput,
                   .message = "`" + path + "` is larger than " + to_human(ByteSize{limit})};
    }
    content.append(reinterpret_cast<const char*>(buffer.data()), count);
  }
}

Result<void> write_new_file(Filesystem& files,
                            const std::string& path,
                            std::string_view content,
                            std::uint32_t mode) {
  BACKSTAY_ASSIGN(auto file, files.create(path, 0600));
  BACKSTAY_TRY(file->write(std::as_bytes(std::span(content.data(), content.size()))));
  BACKSTAY_TRY(file->sync());
  BACKSTAY_TRY(file->close());
  return mode == 0600 ? Result<void>() : files.change_mode(path, mode);
}

Result<void> replace_file(Filesystem& files,
                          const std::string& path,
                          std::string_view content,
                          std::uint32_t mode) {
  const std::string beside = path + ".new-" + random_hex8();
  auto replaced = write_new_file(files, beside, content, mode);
  if (replaced) {
    replaced = files.rename_replace(beside, path);
  }
  if (!replaced) {
    (void)files.unlink(beside);
    return replaced;
  }
  return files.sync_directory(parent_of(path));
}

Result<void> make_directories(Filesystem& files, const std::string& path, std::uint32_t mode) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    const std::string prefix = path.substr(0, end);
    if (!prefix.empty() && prefix.back() != '/') {
      BACKSTAY_TRY(make_one_directory(files, prefix, mode));
    }
    if (end == std::string::npos) {
      // Why also where it was there: whoever made it may have died before its name was durable.
      return files.sync_directory(parent_of(path));
    }
  }
}

Result<void> remove_tree(Filesystem& files, const std::string& path) {
  BACKSTAY_ASSIGN(const auto top, files.status(path));
  return remove_tree_on(files, path, top.device);
}

}  // namespace backstay::runtime
