// backstay_stress TOPIC [--count N] [--seed S]: the proof of the store by faults that needs no
// mount. script/stress runs it with the large counts, CTest with small ones.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <sched.h>

#include "tests/stress/topics.hpp"

namespace {

using backstay::stress::Options;

struct Topic {
  const char* name;
  std::uint64_t count;
  int (*run)(const Options&);
};

constexpr Topic kTopics[] = {
    {"simulated-crashes", 20000, backstay::stress::crash_histories},
    {"errno", 2000, backstay::stress::errno_injections},
    {"corruption", 2000, backstay::stress::corruptions},
};

bool parse(const char* text, std::uint64_t& number) {
  const char* end = text + std::strlen(text);
  const auto [at, error] = std::from_chars(text, end, number);
  return error == std::errc() && at == end;
}

// Why: with one core the program starts one worker, so that a seed brings about the same calls in
// nearly the same order.
void stay_on_one_core() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
    return;
  }
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) {
      CPU_ZERO(&allowed);
      CPU_SET(core, &allowed);
      (void)sched_setaffinity(0, sizeof allowed, &allowed);
      return;
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  const Topic* topic = nullptr;
  for (const Topic& one : kTopics) {
    topic = count > 1 && std::string_view(arguments[1]) == one.name ? &one : topic;
  }
  Options options{.count = topic != nullptr ? topic->count : 0, .seed = 1};
  bool valid = topic != nullptr && count % 2 == 0;
  for (int i = 2; valid && i + 1 < count; i += 2) {
    const std::string_view name = arguments[i];
    valid = (name == "--count" && parse(arguments[i + 1], options.count)) ||
            (name == "--seed" && parse(arguments[i + 1], options.seed));
  }
  if (!valid || options.count == 0) {
    std::fprintf(
        stderr,
        "usage: backstay_stress simulated-crashes|errno|corruption [--count N] [--seed S]\n");
    return 2;
  }
  stay_on_one_core();
  return topic->run(options);
}
