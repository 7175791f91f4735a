// A library to preload: fsync and its kin say yes and do nothing. With it a power cut must lose
// commits; if it does not, the power cuts of the tests prove nothing.
#include <fcntl.h>
#include <unistd.h>

extern "C" {

int fsync(int /*descriptor*/) {
  return 0;
}

int fdatasync(int /*descriptor*/) {
  return 0;
}

void sync() {}

int syncfs(int /*descriptor*/) noexcept {
  return 0;
}

int sync_file_range(int /*descriptor*/, off64_t /*offset*/, off64_t /*size*/, unsigned /*flags*/) {
  return 0;
}
}
