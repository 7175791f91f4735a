#include "runtime/archive/live_names.hpp"

#include "runtime/archive/zstd_frames.hpp"

namespace backstay::runtime {

namespace {

constexpr std::size_t kFrameText = std::size_t{128} << 10U;
// Names are looked at once, at a restore by hand: fast is better than small.
constexpr int kLevel = 1;
// A line cannot hold the end of a line: any byte but all others is the same, in the C locale.
constexpr std::string_view kNewline = "[!\001-\011\013-\377]";

std::string beside(std::string_view pack, const char* suffix) {
  return std::string(pack.substr(0, pack.find('.'))) + suffix;
}

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::string dead_names_of(std::string_view pack) {
  return beside(pack, kDeadSuffix);
}

std::string live_names_of(std::string_view pack) {
  return beside(pack, kLiveSuffix);
}

// tar takes blanks off the end of a line, so that one there stands in brackets.
void append_dead_name(std::string& out, std::string_view path) {
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    if (c == '\n') {
      out += kNewline;
    } else if (i + 1 == path.size() && is_blank(c)) {
      out.append("[").append(1, c).append("]");
    } else {
      if (c == '\\' || c == '*' || c == '?' || c == '[')
        out += '\\';
      out += c;
    }
  }
  out += '\n';
}

void LiveNames::add(std::uint64_t size) {
  ++live_;
  bytes_ += size;
}

void LiveNames::add_dead(std::string_view path) {
  ++dead_;
  append_dead_name(text_, path);
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
  if (live_ + dead_ != pack_.members) {
    return Error{.kind = ErrorKind::Verification,
                 .message = "of the " + std::to_string(pack_.members) + " files in `" + pack_.path +
                            "` " + std::to_string(live_) + " are live and " +
                            std::to_string(dead_) + " are not",
                 .hint = "remove `cache` in the state directory: the next run reads everything"};
  }
  directory.set_live(pack_.path, bytes_);
  if (dead_ == 0)
    return {};
  if (!text_.empty())
    flush();
  const Digest plain = hash_.finish();
  const std::string name = dead_names_of(pack_.path);
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
