// The catalogue as a file: who may change it now, and how a damaged or old one makes way.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "lang/base/result.hpp"
#include "runtime/system/clock.hpp"
#include "runtime/system/filesystem.hpp"

namespace backstay::runtime {

/// Held by whoever changes the catalogue, so that nobody writes into a file that is being replaced.
/// SQLite's own locks are of the file and know nothing of its name. Given back at its end, and with
/// the process. On a file system without locks it is held by everybody.
class CatalogueLock {
 public:
  /// STATE/NAME. Waits at most `patience`. Errors: Busy, Io, NoSpace.
  [[nodiscard]] static Result<CatalogueLock> take(Filesystem& files,
                                                  const std::string& state_directory,
                                                  std::chrono::milliseconds patience,
                                                  const std::string& name = "catalogue.lock");

 private:
  explicit CatalogueLock(std::unique_ptr<File> file) : file_(std::move(file)) {}

  std::unique_ptr<File> file_;
};

/// Renames a damaged catalogue to `PATH.damaged-UTC`, with what SQLite left beside it. The new
/// name. The lock is held.
[[nodiscard]] Result<std::string> set_catalogue_aside(Filesystem& files,
                                                      Clock& clock,
                                                      const std::string& path);

/// Puts the file `made` in the place of `path`, durable. What was there is replaced, and what
/// SQLite left beside it goes first: it would be played into the new file. The lock is held.
[[nodiscard]] Result<void> replace_catalogue(Filesystem& files,
                                             const std::string& made,
                                             const std::string& path);

/// Where a catalogue that replaces `path` is made: a new name beside it.
[[nodiscard]] std::string name_beside(const std::string& path);
/// Removes what was made there, finished or not, by whoever: no other rebuild goes on.
void remove_beside(Filesystem& files, const std::string& path);

}  // namespace backstay::runtime
