// A root directory to look at, this machine's or another's: nothing leads out of it, no link of
// that machine and no `..`, and nothing is changed in it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "lang/base/result.hpp"

namespace backstay::cli {

enum class SeenType : std::uint8_t { File, Directory, Other };

/// Paths are those of the machine that is looked at. Links are followed within the root.
class RootView {
 public:
  /// Errors: NotFound, Io.
  [[nodiscard]] static Result<RootView> open(const std::string& root);
  RootView(RootView&& other) noexcept;
  RootView& operator=(RootView&&) = delete;
  ~RootView();

  /// What a path is; nothing where there is none, or where it cannot be told.
  [[nodiscard]] std::optional<SeenType> type(const std::string& path) const;
  /// Where a path points that is itself a symbolic link; empty for anything else.
  [[nodiscard]] std::string link_of(const std::string& path) const;
  /// A regular file of at most `limit` bytes. Errors: NotFound, Io (also for no regular file),
  /// BadInput over the limit.
  [[nodiscard]] Result<std::string> read(const std::string& path, std::size_t limit) const;
  /// The first bytes of a regular file; empty where they cannot be read.
  [[nodiscard]] std::string first_bytes(const std::string& path, std::size_t count) const;
  /// Whether a directory tells its names to us.
  [[nodiscard]] bool may_list(const std::string& path) const;
  /// Names in a directory, sorted, at most `limit`; none where it cannot be read.
  [[nodiscard]] std::vector<std::string> list(const std::string& path, std::size_t limit) const;

 private:
  explicit RootView(int descriptor) : descriptor_(descriptor) {}

  [[nodiscard]] int open_at(const std::string& path, int flags) const;

  int descriptor_ = -1;
};

}  // namespace backstay::cli
