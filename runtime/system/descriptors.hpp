// Descriptors with an owner, and pipes made of them.
#pragma once

#include <utility>

#include "lang/base/result.hpp"

namespace backstay::runtime {

/// An open descriptor, closed on destruction; -1: none.
class Descriptor {
 public:
  Descriptor() = default;

  explicit Descriptor(int number) : number_(number) {}

  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}

  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) {
      reset();
      number_ = other.release();
    }
    return *this;
  }

  ~Descriptor() { reset(); }

  [[nodiscard]] int get() const { return number_; }

  [[nodiscard]] bool open() const { return number_ >= 0; }

  /// Gives the descriptor away.
  int release() { return std::exchange(number_, -1); }

  void reset();

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read_end;
  Descriptor write_end;
};

/// Both ends O_CLOEXEC. Errors: Io.
[[nodiscard]] Result<Pipe> make_pipe();
/// For streams of data: of 1 MiB where the system allows it, so that there are fewer switches.
[[nodiscard]] Result<Pipe> make_wide_pipe();

/// Opens `/dev/null` for reading and writing, O_CLOEXEC. Errors: Io.
[[nodiscard]] Result<Descriptor> open_nothing();

}  // namespace backstay::runtime
