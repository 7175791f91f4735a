// Which MD5 belongs to which SHA-256: what an object store says of a part (an MD5) is so compared
// with what the part must be (a SHA-256), without reading the local store whole on every run.
//
// It remembers what is true of bytes, never what was sent or seen at the far side. A wrong line can
// only make something look broken there that is not, and what looks so is read back before it
// counts.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "lang/base/result.hpp"
#include "lang/base/sha256.hpp"
#include "runtime/system/filesystem.hpp"
#include "runtime/target/target.hpp"

namespace backstay::runtime {

class ContentHashes {
 public:
  /// path: of the memory, in the state directory. One that is not there or broken is empty.
  ContentHashes(Filesystem& files, std::string path);

  /// The MD5 in hexadecimal; empty where it is not known.
  [[nodiscard]] std::string md5_of(const Digest& sha256) const;

  /// Reads artefacts whose `from` is there, on all cores, and remembers them. Errors: Verification,
  /// where the bytes are not what `sha256` says; Io.
  [[nodiscard]] Result<void> learn(const std::vector<Artefact>& artefacts,
                                   const std::stop_token& stop);

  /// Writes down what is known of these, and forgets all else. A failure costs the next run time.
  void keep(const std::vector<Artefact>& artefacts);

 private:
  Filesystem& files_;
  std::string path_;
  std::map<Digest, std::string> known_;
};

}  // namespace backstay::runtime
