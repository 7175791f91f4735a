#include "runtime/seal/unsealer.hpp"

#include <cerrno>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "runtime/seal/sealer.hpp"
#include "runtime/system/descriptors.hpp"

namespace backstay::runtime {

namespace {

constexpr int kIdentity = 3;  // its descriptor in the child
constexpr const char* kIdentityPath = "/dev/fd/3";
// Opening runs at hundreds of MiB a second; what takes longer than this hangs.
constexpr std::chrono::seconds kLongestUnsealing{900};

// An anonymous file: gone with its descriptor, never on a disk but the swap's.
class MemoryFile final : public File {
 public:
  explicit MemoryFile(Descriptor memory) : memory_(std::move(memory)) {}

  Result<void> write(std::span<const std::byte> bytes) override {
    while (!bytes.empty()) {
      const ssize_t count = ::write(memory_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return errno_error(errno, "cannot keep opened bytes in memory");
      bytes = bytes.subspan(static_cast<std::size_t>(count));
    }
    return {};
  }

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    while (true) {
      const ssize_t count = ::read(memory_.get(), buffer.data(), buffer.size());
      if (count >= 0)
        return static_cast<std::size_t>(count);
      if (errno != EINTR)
        return errno_error(errno, "cannot read opened bytes");
    }
  }

  Result<void> rewind() {
    if (::lseek(memory_.get(), 0, SEEK_SET) == 0)
      return {};
    return errno_error(errno, "cannot read opened bytes");
  }

  Result<void> sync() override { return {}; }

  Result<void> close() override { return {}; }

  void drop_cache() override {}

  [[nodiscard]] int descriptor() const override { return memory_.get(); }

 private:
  Descriptor memory_;
};

bool holds(const std::string& text, const char* words) {
  return text.find(words) != std::string::npos;
}

Error of_failure(const Exit& exit,
                 const std::string& path,
                 const std::string& identity,
                 const SealKey& key) {
  if (exit.signalled)
    return {.kind = ErrorKind::ToolFailed,
            .message = "`age` did not open `" + path + "`: it ended by " + describe(exit)};
  if (holds(exit.errors, "no identity matched")) {
    return {.kind = ErrorKind::Credentials,
            .message = "the identity `" + identity + "` does not open `" + path +
                       "`, which is sealed with " + describe(key),
            .hint = "give the identity of one of its recipients: --identity FILE"};
  }
  if (holds(exit.errors, kIdentityPath) || holds(exit.errors, "identit") ||
      holds(exit.errors, "passphrase")) {
    return {.kind = ErrorKind::Credentials,
            .message = "`" + identity + "` is no identity that can be used: " + age_says(exit),
            .hint = "give a file as `age-keygen` writes it, not protected by a passphrase"};
  }
  return {.kind = ErrorKind::Verification,
          .message = "`" + path + "` does not open: " + age_says(exit)};
}

}  // namespace

Result<Unsealer> Unsealer::open(CommandRunner& commands, const std::string& identity) {
  auto secret = open_secret(identity);
  if (!secret) {
    Error error = std::move(secret).error();
    if (error.hint.find("`login`") != std::string::npos)
      error.hint = "give the file of an identity: --identity FILE";
    return error;
  }
  BACKSTAY_ASSIGN(std::string program, find_program("age"));
  return Unsealer(commands, std::move(program), identity, *std::move(secret));
}

Result<std::unique_ptr<File>> Unsealer::unseal(Filesystem& files,
                                               const std::string& path,
                                               const SealKey& key) const {
  BACKSTAY_ASSIGN(const auto sealed, files.open_read(path));
  Descriptor memory(::memfd_create("backstay-opened", MFD_CLOEXEC));
  if (memory.get() < 0)
    return errno_error(errno, "cannot make a file in memory");
  auto opened = std::make_unique<MemoryFile>(std::move(memory));
  const Command command{
      .program = program_,
      .arguments = {"--decrypt", "--identity", kIdentityPath},
      .descriptors = {{.ours = identity_.descriptor(), .theirs = kIdentity}},
      .standard_input = [&](std::span<std::byte> room) { return sealed->read(room); },
      .standard_output = [&](std::span<const std::byte> bytes) { return opened->write(bytes); },
      .deadline = kLongestUnsealing};
  BACKSTAY_ASSIGN(const Exit exit, commands_->run(command, {}));
  // Why not took_all_input: bytes behind the end are an error that age tells of itself.
  if (!exit.ok())
    return of_failure(exit, path, name_, key);
  BACKSTAY_TRY(opened->rewind());
  return std::unique_ptr<File>(std::move(opened));
}

}  // namespace backstay::runtime
