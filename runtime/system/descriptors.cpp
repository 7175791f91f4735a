#include "runtime/system/descriptors.hpp"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace backstay::runtime {

void Descriptor::reset() {
  if (number_ >= 0) {
    ::close(release());
  }
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return errno_error(errno, "cannot make a pipe");
  }
  return Pipe{.read_end = Descriptor(ends[0]), .write_end = Descriptor(ends[1])};
}

Result<Pipe> make_wide_pipe() {
  BACKSTAY_ASSIGN(Pipe pipe, make_pipe());
  (void)::fcntl(pipe.read_end.get(), F_SETPIPE_SZ, 1 << 20);  // the default does too
  return pipe;
}

Result<Descriptor> open_nothing() {
  Descriptor nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (nothing.get() < 0) {
    return errno_error(errno, "cannot open `/dev/null`");
  }
  return nothing;
}

}  // namespace backstay::runtime
