#include "cli/standard_error.hpp"

#include <cstdio>

namespace backstay::cli {

void write_stderr(std::string_view text) noexcept {
  (void)std::fwrite(text.data(), 1, text.size(), stderr);
  (void)std::fflush(stderr);
}

}  // namespace backstay::cli
