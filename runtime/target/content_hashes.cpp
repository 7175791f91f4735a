#include "runtime/target/content_hashes.hpp"

#include <mutex>

#include "lang/base/md5.hpp"
#include "runtime/store/manifest.hpp"
#include "runtime/store/parallel.hpp"

namespace backstay::runtime {
namespace {

constexpr std::size_t kShaWidth = 64;
constexpr std::size_t kMd5Width = 32;
constexpr std::size_t kLine = kShaWidth + 1 + kMd5Width + 1;

}  // namespace

// A line: SHA-256, a blank, MD5.
ContentHashes::ContentHashes(Filesystem& files, std::string path)
    : files_(files), path_(std::move(path)) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 30U;
  const auto text = read_file(files_, path_, kLimit);
  if (!text || text->size() % kLine != 0)
    return;
  for (std::size_t at = 0; at < text->size(); at += kLine) {
    const auto sha = parse_digest(text->substr(at, kShaWidth));
    const std::string md5 = text->substr(at + kShaWidth + 1, kMd5Width);
    if (sha && md5.find_first_not_of("0123456789abcdef") == std::string::npos)
      known_.emplace(*sha, md5);
  }
}

std::string ContentHashes::md5_of(const Digest& sha256) const {
  const auto found = known_.find(sha256);
  return found == known_.end() ? std::string() : found->second;
}

Result<void> ContentHashes::learn(const std::vector<Artefact>& artefacts,
                                  const std::stop_token& stop) {
  constexpr std::size_t kBuffer = std::size_t{1} << 20U;
  std::mutex mutex;
  const auto learn_one = [&](std::size_t index) -> Result<void> {
    const Artefact& one = artefacts[index];
    BACKSTAY_ASSIGN(const auto file, files_.open_read(one.from));
    std::vector<std::byte> buffer(kBuffer);
    Sha256 sha;
    Md5 md5;
    while (true) {
      BACKSTAY_ASSIGN(const std::size_t size, file->read(buffer));
      if (size == 0)
        break;
      const std::span<const std::byte> piece = std::span(buffer).first(size);
      sha.update(piece);
      md5.update(piece);
    }
    if (sha.finish() != one.sha256) {
      return Error{.kind = ErrorKind::Verification,
                   .message = "`" + one.from + "` is not what SHA256SUMS says: it is not sent",
                   .hint =
                       "look at the disk it lies on: `backstay verify` names all that is "
                       "damaged"};
    }
    const std::lock_guard lock(mutex);
    known_[one.sha256] = md5.finish_hex();
    return {};
  };
  return for_each_parallel(artefacts.size(), learn_one, stop);
}

void ContentHashes::keep(const std::vector<Artefact>& artefacts) {
  std::map<Digest, std::string> kept;
  for (const Artefact& one : artefacts) {
    if (const std::string md5 = md5_of(one.sha256); md5.size() == kMd5Width)
      kept.emplace(one.sha256, md5);
  }
  std::string text;
  for (const auto& [sha, md5] : kept)
    text += to_hex(sha) + " " + md5 + "\n";
  known_ = std::move(kept);
  const std::string directory = path_.substr(0, path_.rfind('/'));
  if (make_directories(files_, directory, 0700))
    (void)replace_file(files_, path_, text, 0600);
}

}  // namespace backstay::runtime
