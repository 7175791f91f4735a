// The receiving side of a copy, in a store of this machine: of a directory target, and of
// `backstay receive` at the far end of an ssh connection.
//
// It believes nothing that it is told: names are checked, every byte is hashed where it lies, and a
// copy gets its name below snapshots/ in one rename when it is exactly what SHA256SUMS says.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "lang/base/result.hpp"
#include "runtime/store/store.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

/// In which rsync keeps what it has of a file that was cut short, beside it.
inline constexpr std::string_view kPartialDirectory = ".backstay-partial";

/// Who sends what.
struct IncomingCopy {
  std::string snapshot;
  std::string policy;
  std::string host;

  [[nodiscard]] std::string writer() const { return policy + "@" + host; }
};

/// One store, one writer at a time: calls that change something are made under the writer's lock.
class Receiver {
 public:
  /// beat  called now and then during long work, so that the other side knows that we live
  Receiver(
      Filesystem& files, Store store, std::function<void()> beat = [] {})
      : files_(files), store_(std::move(store)), beat_(std::move(beat)) {}

  [[nodiscard]] const Store& store() const { return store_; }

  /// `POLICY@HOST/ID` below STORE/incoming: where what is on its way lies. Errors: Refused (names).
  [[nodiscard]] Result<std::string> directory(const IncomingCopy& copy) const;

  /// As TargetDriver: ids of complete copies.
  [[nodiscard]] Result<std::vector<std::string>> list() const;
  [[nodiscard]] Result<std::set<std::string>> prepare(const IncomingCopy& copy,
                                                      const std::vector<Artefact>& artefacts);
  [[nodiscard]] Result<CopyEvidence> prove(const IncomingCopy& copy,
                                           const std::vector<Artefact>& artefacts,
                                           const std::stop_token& stop);
  /// Errors besides Io: Verification where what lies there is not what prove() hashed, or where the
  /// papers are of something else.
  [[nodiscard]] Result<void> commit(const IncomingCopy& copy,
                                    const std::string& sums,
                                    const std::string& manifest);
  /// The absolute path of a file of a complete copy, which SHA256SUMS lists, or of one of the two
  /// papers that close it. Errors: Refused (a name), NotFound.
  [[nodiscard]] Result<std::string> file_of(const std::string& snapshot,
                                            const std::string& path) const;

 private:
  [[nodiscard]] Result<void> link_held(const IncomingCopy& copy,
                                       const std::string& place,
                                       const std::vector<Artefact>& artefacts,
                                       std::set<std::string>& missing);
  [[nodiscard]] Result<void> take_partials(const IncomingCopy& copy,
                                           const std::string& place,
                                           const std::vector<Artefact>& artefacts,
                                           const std::set<std::string>& missing);
  [[nodiscard]] Result<std::map<Digest, std::string>> held(const IncomingCopy& copy) const;
  [[nodiscard]] Result<void> remove_others(const std::string& place,
                                           const std::vector<Artefact>& artefacts);
  [[nodiscard]] Result<void> remove_older_uploads(const IncomingCopy& copy);
  [[nodiscard]] Result<std::string> fingerprint(const std::string& place,
                                                const std::vector<Artefact>& artefacts) const;
  [[nodiscard]] Result<void> settle(const std::string& place,
                                    const std::vector<Artefact>& artefacts);
  [[nodiscard]] Result<CopyEvidence> prove_complete(const std::string& snapshot,
                                                    const std::vector<Artefact>& artefacts,
                                                    const std::stop_token& stop);
  [[nodiscard]] Result<void> make_parents(const std::string& place, const std::string& path);

  Filesystem& files_;
  Store store_;
  std::function<void()> beat_;
};

/// Whether a name in SHA256SUMS is one that a snapshot can have: relative, each part a plain name,
/// a paper at the top or below `data/`.
[[nodiscard]] bool is_copy_path(std::string_view path);

}  // namespace backstay::runtime
