#include "runtime/archive/segment_reader.hpp"

#include <algorithm>
#include <utility>

#include "runtime/archive/part_file.hpp"

namespace backstay::runtime {

namespace {

bool is_segment_name(std::string_view name) {
  return name.size() == 64 + std::string_view(kSegmentSuffix).size() &&
         name.ends_with(kSegmentSuffix) && name.find_first_not_of("0123456789abcdef") == 64;
}

}  // namespace

Result<std::vector<std::string>> read_parts(Filesystem& files, const std::string& path) {
  BACKSTAY_ASSIGN(const std::string text, read_file(files, path));
  std::vector<std::string> names;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = text.find('\n', at);
    names.push_back(text.substr(at, end - at));
    if (end == std::string::npos || !is_segment_name(names.back())) {
      return Error{.kind = ErrorKind::BadInput, .message = "`" + path + "` is no list of segments"};
    }
    at = end + 1;
  }
  return names;
}

SegmentReader::SegmentReader(Filesystem& files,
                             std::string directory,
                             std::vector<std::string> segments,
                             StreamExpectation expected,
                             std::string name,
                             StoredHashes* hashes)
    : files_(files),
      directory_(std::move(directory)),
      segments_(std::move(segments)),
      expected_(expected),
      name_(std::move(name)),
      hashes_(hashes) {}

Result<void> SegmentReader::next_frame() {
  while (rest_.empty()) {
    if (frames_) {
      BACKSTAY_ASSIGN(rest_, frames_->next());
      if (!frames_->at_end())
        continue;
      stored_.finish();
      frames_.reset();
    }
    if (next_segment_ == segments_.size())
      return {};
    const std::string& segment = segments_[next_segment_++];
    const std::string path = directory_ + "/" + segment;
    BACKSTAY_ASSIGN(stored_, HashOnTheWay::begin(hashes_, files_, path));
    BACKSTAY_ASSIGN(auto file, files_.open_read(path));
    frames_.emplace(std::move(file), segment, stored_.observer());
  }
  return {};
}

Result<void> SegmentReader::end() {
  if (!ended_ && (hash_.finish() != expected_.sha256 || size_ != expected_.size)) {
    return Error{.kind = ErrorKind::Verification,
                 .message = "`" + name_ + "` is not what was backed up: its hash differs"};
  }
  ended_ = true;
  return {};
}

Result<std::span<const std::byte>> SegmentReader::next() {
  if (rest_.empty()) {
    BACKSTAY_TRY(next_frame());
    if (rest_.empty())
      BACKSTAY_TRY(end());
  }
  hash_.update(rest_);
  size_ += rest_.size();
  return std::exchange(rest_, {});
}

Result<std::size_t> SegmentReader::read(std::span<std::byte> buffer) {
  if (buffer.empty())
    return std::size_t{0};
  if (rest_.empty())
    BACKSTAY_TRY(next_frame());
  if (rest_.empty()) {
    BACKSTAY_TRY(end());
    return std::size_t{0};
  }
  const std::size_t count = std::min(buffer.size(), rest_.size());
  std::copy_n(rest_.begin(), count, buffer.begin());
  hash_.update(rest_.first(count));
  size_ += count;
  rest_ = rest_.subspan(count);
  return count;
}

}  // namespace backstay::runtime
