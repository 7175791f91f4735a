// golden_runner KIND FILE: see golden.hpp.
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/support/golden.hpp"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: golden_runner KIND FILE\n", stderr);
    return 2;
  }
  const char* update = std::getenv("UPDATE_GOLDEN");
  const std::string mistakes = backstay::test::run_golden(
      argv[1], argv[2], update != nullptr && std::string_view(update) == "1");
  std::fputs(mistakes.c_str(), stderr);
  return mistakes.empty() ? 0 : 1;
}
