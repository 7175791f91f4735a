// Expected failures of the outside world: a value or an Error, shaped like C++23's std::expected.
//
// Mistakes in a policy go to Diagnostics instead; bugs abort through BACKSTAY_CHECK.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace backstay {

/// What kind of failure it is. The command line maps each to an exit code (cli/exit_code.hpp).
enum class ErrorKind : std::uint8_t {
  Usage,         ///< the call makes no sense: a name that the plan does not hold, a bad flag value
  BadInput,      ///< a plan, manifest or other file is broken, foreign or of a newer version
  Refused,       ///< the plan must not run: changed, unsigned, for another host or store
  NotFound,      ///< a path, snapshot or database that was asked for is not there
  Io,            ///< reading or writing failed
  NoSpace,       ///< the file system or quota is full
  Busy,          ///< another run holds the lock
  ToolMissing,   ///< a needed program or service is missing or too old
  ToolFailed,    ///< a program ran and did not succeed
  Credentials,   ///< refused by the other side, or a secret is unreadable
  Verification,  ///< bytes are not what was recorded
  Partial,       ///< a part of the work was done and kept
  Interrupted,   ///< a signal or a cancelled run
  Timeout,       ///< a deadline passed
};

/// Whether trying again may help; only executor/retry reads it.
enum class Retry : std::uint8_t { Permanent, Temporary };

/// A failure, with what the user can do about it.
struct Error {
  ErrorKind kind = ErrorKind::Io;
  std::string message;                    ///< what happened; lower-case start, no final stop
  std::string hint = {};                  ///< what to do; may be empty
  std::vector<std::string> context = {};  ///< innermost first: `dumping database `nova``
  Retry retry = Retry::Permanent;

  /// Adds what was being done, on the way up.
  [[nodiscard]] Error while_doing(std::string what) && {
    context.push_back(std::move(what));
    return std::move(*this);
  }

  [[nodiscard]] Error while_doing(std::string what) const& {
    return Error(*this).while_doing(std::move(what));
  }
};

/// One line: context outermost first, then the message. Without the hint.
[[nodiscard]] std::string to_string(const Error& error);

/// ENOSPC and EDQUOT → NoSpace, ENOENT → NotFound, everything else Io; the text of errno is
/// appended.
[[nodiscard]] Error errno_error(int error_number, std::string what);

/// A T or an Error. Asking for the one that is not there is a bug and aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): `return value;` and `return error;` are the point
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}

  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }

  explicit operator bool() const { return has_value(); }

  [[nodiscard]] T& value() & { return std::get<0>(state_); }

  [[nodiscard]] const T& value() const& { return std::get<0>(state_); }

  [[nodiscard]] T&& value() && { return std::get<0>(std::move(state_)); }

  [[nodiscard]] T& operator*() & { return value(); }

  [[nodiscard]] const T& operator*() const& { return value(); }

  [[nodiscard]] T&& operator*() && { return std::move(*this).value(); }

  [[nodiscard]] T* operator->() { return &value(); }

  [[nodiscard]] const T* operator->() const { return &value(); }

  [[nodiscard]] Error& error() & { return std::get<1>(state_); }

  [[nodiscard]] const Error& error() const& { return std::get<1>(state_); }

  [[nodiscard]] Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;

  // NOLINTNEXTLINE(google-explicit-constructor)
  Result(Error error) : error_(std::move(error)), failed_(true) {}

  [[nodiscard]] bool has_value() const { return !failed_; }

  explicit operator bool() const { return has_value(); }

  [[nodiscard]] Error& error() & { return error_; }

  [[nodiscard]] const Error& error() const& { return error_; }

  [[nodiscard]] Error&& error() && { return std::move(error_); }

 private:
  Error error_;
  bool failed_ = false;
};

[[noreturn]] void check_failed(const char* condition, const char* file, int line, const char* why);

}  // namespace backstay

/// A promise of the code to itself; broken means a bug, and the process ends here.
#define BACKSTAY_CHECK(condition, why)                               \
  do {                                                               \
    if (!(condition))                                                \
      ::backstay::check_failed(#condition, __FILE__, __LINE__, why); \
  } while (false)

/// Hands an Error up: `BACKSTAY_TRY(file.close());`
#define BACKSTAY_TRY(expression)                     \
  do {                                               \
    auto backstay_try_result = (expression);         \
    if (!backstay_try_result)                        \
      return std::move(backstay_try_result).error(); \
  } while (false)

#define BACKSTAY_CONCAT_INNER(a, b) a##b
#define BACKSTAY_CONCAT(a, b) BACKSTAY_CONCAT_INNER(a, b)
#define BACKSTAY_ASSIGN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                  \
  if (!temporary)                                                 \
    return std::move(temporary).error();                          \
  declaration = std::move(temporary).value()

/// Takes the value out or hands the Error up: `BACKSTAY_ASSIGN(auto size, file_size(path));`
#define BACKSTAY_ASSIGN(declaration, expression) \
  BACKSTAY_ASSIGN_INNER(BACKSTAY_CONCAT(backstay_assign_, __LINE__), declaration, expression)
