#include "runtime/target/rclone_evidence.hpp"

#include <set>

#include "runtime/store/manifest.hpp"

namespace backstay::runtime {
namespace {

using Hashes = std::map<std::string, std::string>;  // key → hexadecimal

// So that what the server says can be compared: what lies here is read once.
Result<std::vector<std::string>> learn(ContentHashes& hashes,
                                       const Upload& upload,
                                       const std::vector<Artefact>& artefacts,
                                       RemoteHash kind,
                                       const std::stop_token& stop) {
  std::set<std::string> keys;
  std::vector<Artefact> unknown;
  for (const Artefact& one : artefacts) {
    const bool first = keys.insert(key_of(upload.snapshot, one.path, one.sha256)).second;
    const bool known = one.from.empty() || !hashes.md5_of(one.sha256).empty();
    if (first && !known && kind == RemoteHash::Md5)
      unknown.push_back(one);
  }
  BACKSTAY_TRY(hashes.learn(unknown, stop));
  return std::vector<std::string>(keys.begin(), keys.end());
}

}  // namespace

std::string key_of(const std::string& snapshot, const std::string& path, const Digest& sha256) {
  return path.starts_with("data/") ? "parts/" + to_hex(sha256)
                                   : "snapshots/" + snapshot + "/" + path;
}

Result<CopyEvidence> look_at(Rclone& rclone,
                             ContentHashes& hashes,
                             const Upload& upload,
                             const std::vector<Artefact>& artefacts,
                             const std::map<std::string, std::uint64_t>& there,
                             const std::stop_token& stop) {
  BACKSTAY_ASSIGN(const RemoteHash kind, rclone.hash_kind(stop));
  BACKSTAY_ASSIGN(const auto keys, learn(hashes, upload, artefacts, kind, stop));
  BACKSTAY_ASSIGN(const Hashes said, rclone.hashes(upload.writer(), keys, kind, stop));
  Hashes proven;
  std::set<std::string> doubtful;
  for (const Artefact& one : artefacts) {
    const std::string key = key_of(upload.snapshot, one.path, one.sha256);
    const std::string sha = to_hex(one.sha256);
    const std::string must = kind == RemoteHash::Md5 ? hashes.md5_of(one.sha256) : sha;
    const auto found = said.find(key);
    if (found != said.end() && !must.empty() && found->second == must)
      proven.emplace(key, sha);
    else if (found != said.end() || there.contains(key))
      doubtful.insert(key);
  }
  BACKSTAY_ASSIGN(const Hashes back,
                  rclone.read_back(upload.writer(), {doubtful.begin(), doubtful.end()}, stop));
  proven.insert(back.begin(), back.end());
  CopyEvidence evidence{.files = {},
                        .how = doubtful.empty() ? "hashed by the server" : "read back"};
  for (const Artefact& one : artefacts) {
    const std::string key = key_of(upload.snapshot, one.path, one.sha256);
    const auto found = proven.find(key);
    if (found == proven.end())
      continue;
    BACKSTAY_ASSIGN(const Digest digest, parse_digest(found->second));
    const auto listed = there.find(key);
    evidence.files[one.path] = {.sha256 = digest,
                                .size = listed == there.end() ? one.size : listed->second};
  }
  return evidence;
}

}  // namespace backstay::runtime
