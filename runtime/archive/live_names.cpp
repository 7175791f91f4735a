#include "runtime/archive/live_names.hpp"

#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kFrameText = std::size_t{128} << 10U;
// Names are looked at once, at a restore by hand: fast is better than small.
constexpr int kLevel = 1;

}  // namespace

std::string live_names_of(std::string_view pack) {
  return std::string(pack.substr(0, pack.find('.'))) + kLiveSuffix;
}

void LiveNames::add(std::string_view path, std::uint64_t size) {
  ++count_;
  bytes_ += size;
  text_ += path;
  text_ += '\0';
  if (text_.size() >= kFrameText)
    flush();
}

void LiveNames::flush() {
  hash_.update(text_);
  FrameCompressor compressor(kLevel);
  const auto frame = compressor.compress(std::as_bytes(std::span(text_)));
  frames_.insert(frames_.end(), frame.begin(), frame.end());
  text_.clear();
}

Result<void> LiveNames::finish(PartDirectory& directory) {
  directory.set_live(pack_.path, bytes_);
  if (count_ == pack_.members)
    return {};
  if (!text_.empty())
    flush();
  const Digest plain = hash_.finish();
  const std::string name = live_names_of(pack_.path);
  const PartRecord* known = directory.previous().find(name);
  if (known != nullptr && known->plain == plain) {
    BACKSTAY_TRY(directory.link(*known));
    return {};
  }
  PartFile part(directory);
  BACKSTAY_TRY(part.write(frames_));
  BACKSTAY_TRY(part.finish({.check = PartCheck::Plain, .plain = plain, .name = name}));
  return {};
}

}  // namespace backstay::runtime
