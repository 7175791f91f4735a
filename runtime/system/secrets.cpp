#include "runtime/system/secrets.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace backstay::runtime {
namespace {

/// Nobody's login is longer; more is a wrong file.
constexpr std::size_t kLargestSecret = 1U << 20U;

Error refused(const std::string& path, const std::string& why, std::string hint) {
  return Error{.kind = ErrorKind::Credentials,
               .message = "the secret `" + path + "` " + why,
               .hint = std::move(hint)};
}

/// An owned descriptor for the length of one function.
class Opened {
 public:
  explicit Opened(int descriptor) : descriptor_(descriptor) {}

  Opened(Opened&& other) noexcept : descriptor_(other.release()) {}

  Opened& operator=(const Opened&) = delete;

  ~Opened() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }

  [[nodiscard]] int get() const { return descriptor_; }

  int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_;
};

/// The rules for a file that holds a secret: ours or root's, not writable by others, not readable
/// by others; its group may read it where root gave it so.
Result<void> check_keeper(const std::string& path, const struct stat& found) {
  if (!S_ISREG(found.st_mode)) {
    return refused(path, "is not a regular file", "name the file that holds the login");
  }
  if (found.st_uid != 0 && found.st_uid != ::geteuid()) {
    return refused(path, "belongs to another user",
                   "make it root's or your own: `chown root " + path + "`");
  }
  if ((found.st_mode & 0007U) != 0) {
    return refused(path, "is open to all users", "close it: `chmod 0600 " + path + "`");
  }
  if ((found.st_mode & 0020U) != 0 || ((found.st_mode & 0040U) != 0 && found.st_uid != 0)) {
    return refused(path, "is open to its group", "close it: `chmod 0600 " + path + "`");
  }
  if (static_cast<std::uint64_t>(found.st_size) > kLargestSecret) {
    return refused(path, "is larger than 1 MiB", "name the file that holds the login");
  }
  return {};
}

bool write_all(int descriptor, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto count = ::write(descriptor, bytes, size);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return false;
    }
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

/// Copies without leaving a trace in our memory.
Result<void> copy_secret(const std::string& path, int from, int to) {
  std::array<char, 4096> buffer{};
  std::size_t total = 0;
  while (true) {
    const auto count = ::read(from, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    total += count > 0 ? static_cast<std::size_t>(count) : 0;
    const bool good = count >= 0 && total <= kLargestSecret &&
                      write_all(to, buffer.data(), static_cast<std::size_t>(count));
    ::explicit_bzero(buffer.data(), buffer.size());
    if (!good) {
      return refused(path, "cannot be copied", "look at the file and at the free memory");
    }
    if (count == 0) {
      return {};
    }
  }
}

Result<Opened> open_memory(const std::string& name) {
  Opened memory(::memfd_create("backstay-secret", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memory.get() < 0 || ::fchmod(memory.get(), 0600) != 0) {
    return errno_error(errno, "cannot make a memory file for the secret `" + name + "`");
  }
  return memory;
}

Result<SecretFile> seal(const std::string& name, Opened memory) {
  constexpr int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(memory.get(), F_ADD_SEALS, seals) != 0 || ::lseek(memory.get(), 0, SEEK_SET) != 0) {
    return errno_error(errno, "cannot seal the secret `" + name + "`");
  }
  return SecretFile(memory.release());
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const auto first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

bool is_secret_key(std::string_view key) {
  return key == "password" || key == "passwd" || key == "loose-password" || key == "loose_password";
}

std::string unescape(std::string_view value) {
  std::string text;
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\\' && at + 1 < value.size() && value[at + 1] == '\\') {
      ++at;
    }
    text += value[at];
  }
  return text;
}

/// All the ways in which the client may read one value of an option file: as it stands, without a
/// comment behind it, without quotes, with its backslashes taken out.
void add_readings(std::string_view value, std::vector<std::string>& readings) {
  const auto add = [&](std::string_view text) {
    if (!text.empty()) {
      readings.emplace_back(text);
      readings.push_back(unescape(text));
    }
  };
  const auto add_unquoted = [&](std::string_view text) {
    add(text);
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'')) {
      const auto closing = text.find(text.front(), 1);
      if (closing != std::string_view::npos) {
        add(text.substr(1, closing - 1));
      }
    }
  };
  add_unquoted(trim(value));
  add_unquoted(trim(value.substr(0, value.find('#'))));
}

void replace_all(std::string& text, const std::string& secret) {
  constexpr std::string_view instead = "[redacted]";
  for (auto at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + instead.size())) {
    text.replace(at, secret.size(), instead);
  }
}

}  // namespace

SecretFile& SecretFile::operator=(SecretFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

SecretFile::~SecretFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<SecretFile> open_secret(const std::string& path) {
  // O_NONBLOCK: a FIFO in this place must not make us wait for ever.
  const Opened source(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (source.get() < 0) {
    return refused(path, errno == ENOENT ? "is not there" : "cannot be read",
                   "check `login` of the server in the policy, and who runs Backstay");
  }

  struct stat found {};

  if (::fstat(source.get(), &found) != 0) {
    return refused(path, "cannot be looked at", "");
  }
  BACKSTAY_TRY(check_keeper(path, found));
  BACKSTAY_ASSIGN(Opened memory, open_memory(path));
  BACKSTAY_TRY(copy_secret(path, source.get(), memory.get()));
  return seal(path, std::move(memory));
}

Result<SecretFile> make_secret(const std::string& name, std::string_view bytes) {
  BACKSTAY_ASSIGN(Opened memory, open_memory(name));
  if (bytes.size() > kLargestSecret || !write_all(memory.get(), bytes.data(), bytes.size())) {
    return refused(name, "cannot be kept", "it is larger than 1 MiB, or memory is full");
  }
  return seal(name, std::move(memory));
}

std::string redact(std::string text, const SecretFile& secret) {
  // Read by a descriptor of its own: the secret's is at its start for the next child.
  return redact(std::move(text), "/proc/self/fd/" + std::to_string(secret.descriptor()));
}

std::string redact(std::string text, const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> readings;
  for (std::string line; std::getline(file, line);) {
    const auto equals = line.find('=');
    if (equals != std::string::npos && is_secret_key(trim(line.substr(0, equals)))) {
      add_readings(std::string_view(line).substr(equals + 1), readings);
    }
    ::explicit_bzero(line.data(), line.size());
  }
  // The longest first, so that a reading inside another one leaves no rest of it.
  std::sort(readings.begin(), readings.end(),
            [](const auto& left, const auto& right) { return left.size() > right.size(); });
  for (auto& reading : readings) {
    replace_all(text, reading);
    ::explicit_bzero(reading.data(), reading.size());
  }
  return text;
}

}  // namespace backstay::runtime
