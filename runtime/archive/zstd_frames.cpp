#include "runtime/archive/zstd_frames.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <vector>

#include <unistd.h>
#include <zstd.h>

namespace backstay::runtime {

namespace {

constexpr std::size_t kReadBytes = std::size_t{256} << 10U;
constexpr std::size_t kGrowBytes = std::size_t{1} << 20U;
// Contents of at least this size are sampled before they are compressed.
constexpr std::size_t kSampled = std::size_t{512} << 10U;
constexpr std::size_t kSample = std::size_t{4} << 10U;
constexpr std::size_t kSamples = 16;

// Why: uninitialised memory; a vector would write zeros over megabytes that are about to be
// written.
struct Buffer {
  std::unique_ptr<std::byte[]> bytes;  // NOLINT(modernize-avoid-c-arrays)
  std::size_t capacity = 0;

  void reserve(std::size_t wanted, std::size_t keep) {
    if (wanted <= capacity)
      return;
    std::unique_ptr<std::byte[]> larger(new std::byte[wanted]);  // NOLINT(modernize-avoid-c-arrays)
    std::copy_n(bytes.get(), keep, larger.get());
    bytes = std::move(larger);
    capacity = wanted;
  }
};

// A frame of uncompressed blocks (RFC 8878, section 3.1.1): what samples say does not compress is
// not worth trying. It needs no checksum of its own, because its stored bytes are the content.
std::size_t store_frame(std::span<const std::byte> content, std::byte* out) {
  constexpr std::size_t kBlock = std::size_t{128} << 10U;
  constexpr std::uint8_t kSingleSegmentSizeOf4 = 0xA0;
  std::byte* const begin = out;
  const auto put = [&](std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i)
      *out++ = static_cast<std::byte>(value >> (8 * i) & 0xFFU);
  };
  put(ZSTD_MAGICNUMBER, 4);
  put(kSingleSegmentSizeOf4, 1);
  put(content.size(), 4);
  while (!content.empty()) {
    const std::size_t count = std::min(content.size(), kBlock);
    const bool last = count == content.size();
    put(count << 3U | (last ? 1U : 0U), 3);
    out = std::copy_n(content.data(), count, out);
    content = content.subspan(count);
  }
  return static_cast<std::size_t>(out - begin);
}

}  // namespace

struct FrameCompressor::State {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  Buffer out;
  int level = kZstdLevel;

  // Whether samples of the content compress: what is compressed or encrypted already is stored as
  // it is.
  bool worth(std::span<const std::byte> content) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, 1);
    std::array<std::byte, ZSTD_COMPRESSBOUND(kSample)> sampled;  // NOLINT: filled by the compressor
    for (std::size_t i = 0; i < kSamples; ++i) {
      const auto sample = content.subspan((content.size() - kSample) / (kSamples - 1) * i, kSample);
      const std::size_t size =
          ZSTD_compress2(context, sampled.data(), sampled.size(), sample.data(), sample.size());
      if (ZSTD_isError(size) != 0 || size < kSample - kSample / 32)
        return true;
    }
    return false;
  }

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { ZSTD_freeCCtx(context); }
};

FrameCompressor::FrameCompressor(int level) : state_(std::make_unique<State>()) {
  BACKSTAY_CHECK(state_->context != nullptr, "memory for a compressor");
  state_->level = level;
  ZSTD_CCtx_setParameter(state_->context, ZSTD_c_checksumFlag, 1);
}

FrameCompressor::~FrameCompressor() = default;
FrameCompressor::FrameCompressor(FrameCompressor&&) noexcept = default;
FrameCompressor& FrameCompressor::operator=(FrameCompressor&&) noexcept = default;

std::span<const std::byte> FrameCompressor::compress(std::span<const std::byte> content) {
  state_->out.reserve(ZSTD_compressBound(content.size()), 0);
  if (content.size() >= kSampled && content.size() <= UINT32_MAX && !state_->worth(content))
    return {state_->out.bytes.get(), store_frame(content, state_->out.bytes.get())};
  ZSTD_CCtx_setParameter(state_->context, ZSTD_c_compressionLevel, state_->level);
  const std::size_t size = ZSTD_compress2(state_->context, state_->out.bytes.get(),
                                          state_->out.capacity, content.data(), content.size());
  BACKSTAY_CHECK(ZSTD_isError(size) == 0, "a frame fits its bound");
  return {state_->out.bytes.get(), size};
}

struct FrameReader::State {
  std::unique_ptr<File> file;
  std::string name;
  Observer observer;
  ZSTD_DCtx* context = ZSTD_createDCtx();
  std::vector<std::byte> input = std::vector<std::byte>(kReadBytes);
  ZSTD_inBuffer in{};
  Buffer out;
  bool end = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { ZSTD_freeDCtx(context); }

  // Makes sure that input is there; `end` where there is no more.
  Result<void> fill() {
    if (in.pos < in.size)
      return {};
    BACKSTAY_ASSIGN(const std::size_t count, file->read(input));
    if (observer)
      observer(std::span(input).first(count));
    in = {input.data(), count, 0};
    end = count == 0;
    return {};
  }
};

FrameReader::FrameReader(std::unique_ptr<File> file, std::string name, Observer observer)
    : state_(std::make_unique<State>()) {
  BACKSTAY_CHECK(state_->context != nullptr, "memory for a decompressor");
  // Why: a hostile frame may ask for a window of gigabytes; ours never need more than a frame.
  ZSTD_DCtx_setParameter(state_->context, ZSTD_d_windowLogMax, 27);
  state_->file = std::move(file);
  state_->name = std::move(name);
  state_->observer = std::move(observer);
}

FrameReader::~FrameReader() = default;
FrameReader::FrameReader(FrameReader&&) noexcept = default;
FrameReader& FrameReader::operator=(FrameReader&&) noexcept = default;

bool FrameReader::at_end() const {
  return state_->end;
}

Result<bool> FrameReader::more() {
  BACKSTAY_TRY(state_->fill());
  return !state_->end;
}

Result<std::span<const std::byte>> FrameReader::next() {
  State& s = *state_;
  BACKSTAY_TRY(s.fill());
  if (s.end)
    return std::span<const std::byte>();
  std::size_t made = 0;
  std::size_t hint = 1;
  while (hint != 0) {
    BACKSTAY_TRY(s.fill());
    if (s.end) {
      return Error{.kind = ErrorKind::Verification, .message = "`" + s.name + "` is cut short"};
    }
    s.out.reserve(made + kGrowBytes > s.out.capacity
                      ? std::max(2 * s.out.capacity, made + kGrowBytes)
                      : s.out.capacity,
                  made);
    ZSTD_outBuffer out{s.out.bytes.get(), s.out.capacity, made};
    hint = ZSTD_decompressStream(s.context, &out, &s.in);
    if (ZSTD_isError(hint) != 0) {
      return Error{.kind = ErrorKind::Verification,
                   .message = "`" + s.name + "` does not decode: " + ZSTD_getErrorName(hint)};
    }
    made = out.pos;
    if (made > kLargestFrame) {
      return Error{.kind = ErrorKind::Verification,
                   .message = "`" + s.name + "` holds a frame larger than Backstay writes"};
    }
  }
  return std::span<const std::byte>(s.out.bytes.get(), made);
}

Result<void> FrameReader::seek(std::uint64_t offset) {
  State& s = *state_;
  const int descriptor = s.file->descriptor();
  if (descriptor < 0 || lseek(descriptor, static_cast<off_t>(offset), SEEK_SET) < 0) {
    return errno_error(descriptor < 0 ? ESPIPE : errno, "cannot seek in `" + s.name + "`");
  }
  ZSTD_DCtx_reset(s.context, ZSTD_reset_session_only);
  s.in = {};
  s.end = false;
  return {};
}

}  // namespace backstay::runtime
