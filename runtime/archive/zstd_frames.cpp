#include "runtime/archive/zstd_frames.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <unistd.h>
#include <zstd.h>

namespace backstay::runtime {

namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20U;
// Larger frames are decoded while they are read.
constexpr std::size_t kMostHeld = std::size_t{20} << 20U;
constexpr std::size_t kGrowBytes = std::size_t{1} << 20U;
// Contents of at least this size are sampled before they are compressed.
constexpr std::size_t kSampled = std::size_t{512} << 10U;
constexpr std::size_t kSample = std::size_t{4} << 10U;
constexpr std::size_t kSamples = 16;
// Why tables of our own: in frames of a few MiB the level's own never fill, so that they cost more
// in misses of the cache than they find. A fifth of the work is saved for 1 % more bytes.
constexpr std::size_t kShortest = std::size_t{1} << 20U;
constexpr std::size_t kLongest = std::size_t{8} << 20U;
constexpr int kChainLog = 15;
constexpr int kHashLog = 16;

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

}  // namespace

struct FrameCompressor::State {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  Buffer out;
  int level = kZstdLevel;
  bool compressed = false;  // the frame before

  void use(int wanted, bool own_tables) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, wanted);
    ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, own_tables ? kChainLog : 0);
    ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, own_tables ? kHashLog : 0);
  }

  // Whether samples of the content compress: what is compressed or encrypted already is stored as
  // it is.
  bool worth(std::span<const std::byte> content) {
    use(1, false);
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
  const bool stored = !state_->compressed && content.size() >= kSampled && !state_->worth(content);
  const bool own_tables = !stored && state_->level == kZstdLevel && content.size() >= kShortest &&
                          content.size() <= kLongest;
  state_->use(stored ? ZSTD_minCLevel() : state_->level, own_tables);
  const std::size_t size = ZSTD_compress2(state_->context, state_->out.bytes.get(),
                                          state_->out.capacity, content.data(), content.size());
  BACKSTAY_CHECK(ZSTD_isError(size) == 0, "a frame fits its bound");
  // Why the next is not sampled then: neighbours are alike, and a frame that turns out not to
  // compress costs little more than its samples.
  state_->compressed = size < content.size() - content.size() / 32;
  return {state_->out.bytes.get(), size};
}

namespace {

// What a reader works with. Kept for the next reader of the thread, because fresh memory costs more
// than decoding a small file.
struct Workspace {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  Buffer input;
  Buffer out;

  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  ~Workspace() { ZSTD_freeDCtx(context); }
};

thread_local std::unique_ptr<Workspace> spare_workspace;

std::unique_ptr<Workspace> take_workspace() {
  return spare_workspace ? std::move(spare_workspace) : std::make_unique<Workspace>();
}

}  // namespace

struct FrameReader::State {
  std::unique_ptr<File> file;
  std::string name;
  Observer observer;
  std::unique_ptr<Workspace> work = take_workspace();
  ZSTD_inBuffer in{};
  bool end = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  ~State() { spare_workspace = std::move(work); }

  // Reads behind what is held. False: there is no more.
  Result<bool> read_on() {
    const std::size_t held = in.size - in.pos;
    Buffer& input = work->input;
    if (in.pos > 0 && held > 0)
      std::memmove(input.bytes.get(), input.bytes.get() + in.pos, held);
    input.reserve(std::max(kReadBytes, held < input.capacity ? 0 : 2 * held), held);
    in = {input.bytes.get(), held, 0};
    const std::span<std::byte> room(input.bytes.get() + held, input.capacity - held);
    BACKSTAY_ASSIGN(const std::size_t count, file->read(room));
    if (observer)
      observer(room.first(count));
    in.size += count;
    return count > 0;
  }

  // Makes sure that input is there; `end` where there is no more.
  Result<void> fill() {
    if (in.pos < in.size)
      return {};
    BACKSTAY_ASSIGN(const bool more, read_on());
    end = !more;
    return {};
  }

  // The stored size of the frame that begins here, once all of it is held; 0: it is cut short, too
  // large or broken.
  Result<std::size_t> hold_frame() {
    while (true) {
      const std::size_t held = in.size - in.pos;
      const std::size_t size = ZSTD_findFrameCompressedSize(at(), held);
      if (ZSTD_isError(size) == 0)
        return size;
      if (held > kMostHeld)
        return std::size_t{0};
      BACKSTAY_ASSIGN(const bool more, read_on());
      if (!more)
        return std::size_t{0};
    }
  }

  [[nodiscard]] const std::byte* at() const {
    return static_cast<const std::byte*>(in.src) + in.pos;
  }

  [[nodiscard]] Error broken(std::size_t code) const {
    return Error{.kind = ErrorKind::Verification,
                 .message = "`" + name + "` does not decode: " + ZSTD_getErrorName(code)};
  }

  [[nodiscard]] Error too_large() const {
    return Error{.kind = ErrorKind::Verification,
                 .message = "`" + name + "` holds a frame larger than Backstay writes"};
  }

  // All of a frame that is held.
  Result<std::span<const std::byte>> decode_whole(std::size_t stored, std::size_t content) {
    if (content > kLargestFrame)
      return too_large();
    work->out.reserve(content, 0);
    const std::size_t made =
        ZSTD_decompressDCtx(work->context, work->out.bytes.get(), content, at(), stored);
    if (ZSTD_isError(made) != 0)
      return broken(made);
    in.pos += stored;
    return std::span<const std::byte>(work->out.bytes.get(), made);
  }

  // Piece by piece.
  Result<std::span<const std::byte>> decode_on() {
    std::size_t made = 0;
    std::size_t hint = 1;
    while (hint != 0) {
      BACKSTAY_TRY(fill());
      if (end) {
        return Error{.kind = ErrorKind::Verification, .message = "`" + name + "` is cut short"};
      }
      Buffer& out = work->out;
      if (made + kGrowBytes > out.capacity)
        out.reserve(std::max(2 * out.capacity, made + kGrowBytes), made);
      ZSTD_outBuffer into{out.bytes.get(), out.capacity, made};
      hint = ZSTD_decompressStream(work->context, &into, &in);
      if (ZSTD_isError(hint) != 0)
        return broken(hint);
      made = into.pos;
      if (made > kLargestFrame)
        return too_large();
    }
    return std::span<const std::byte>(work->out.bytes.get(), made);
  }
};

FrameReader::FrameReader(std::unique_ptr<File> file, std::string name, Observer observer)
    : state_(std::make_unique<State>()) {
  ZSTD_DCtx* const context = state_->work->context;
  BACKSTAY_CHECK(context != nullptr, "memory for a decompressor");
  // What an earlier reader left may be in the middle of a frame.
  ZSTD_DCtx_reset(context, ZSTD_reset_session_only);
  // Why: a hostile frame may ask for a window of gigabytes; ours never need more than a frame.
  ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27);
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
  BACKSTAY_ASSIGN(const std::size_t stored, s.hold_frame());
  const unsigned long long content =
      stored == 0 ? ZSTD_CONTENTSIZE_UNKNOWN : ZSTD_getFrameContentSize(s.at(), stored);
  if (content == ZSTD_CONTENTSIZE_UNKNOWN || content == ZSTD_CONTENTSIZE_ERROR)
    return s.decode_on();
  return s.decode_whole(stored, content);
}

Result<void> FrameReader::seek(std::uint64_t offset) {
  State& s = *state_;
  const int descriptor = s.file->descriptor();
  if (descriptor < 0 || lseek(descriptor, static_cast<off_t>(offset), SEEK_SET) < 0) {
    return errno_error(descriptor < 0 ? ESPIPE : errno, "cannot seek in `" + s.name + "`");
  }
  ZSTD_DCtx_reset(s.work->context, ZSTD_reset_session_only);
  s.in = {};
  s.end = false;
  return {};
}

}  // namespace backstay::runtime
