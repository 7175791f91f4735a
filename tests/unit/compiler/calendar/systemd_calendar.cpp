#include "tests/unit/compiler/calendar/systemd_calendar.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <regex>
#include <sstream>

namespace backstay::compiler::testing {
namespace {

std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string output;
  std::array<char, 4096> buffer{};
  for (std::size_t size = 1; pipe && size > 0;) {
    size = std::fread(buffer.data(), 1, buffer.size(), pipe.get());
    output.append(buffer.data(), size);
  }
  return output;
}

}  // namespace

bool has_systemd_analyze() {
  return !output_of("systemd-analyze calendar daily 2>/dev/null").empty();
}

std::vector<std::chrono::sys_seconds> systemd_fires(const std::string& expression,
                                                    std::size_t count,
                                                    std::chrono::sys_seconds after) {
  const std::string output =
      output_of("TZ=UTC systemd-analyze calendar --base-time=@" +
                std::to_string(after.time_since_epoch().count()) +
                " --iterations=" + std::to_string(count) + " '" + expression + "' 2>/dev/null");
  const std::regex line(
      R"((?:Next elapse|Iter\. #\d+): \w+ (\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+) UTC)");
  std::vector<std::chrono::sys_seconds> fires;
  for (auto match = std::sregex_iterator(output.begin(), output.end(), line);
       match != std::sregex_iterator(); ++match) {
    const auto number = [&](std::size_t group) { return std::stoi((*match)[group]); };
    const std::chrono::year_month_day day(std::chrono::year(number(1)),
                                          std::chrono::month(static_cast<unsigned>(number(2))),
                                          std::chrono::day(static_cast<unsigned>(number(3))));
    fires.push_back(std::chrono::sys_days(day) + std::chrono::hours(number(4)) +
                    std::chrono::minutes(number(5)) + std::chrono::seconds(number(6)));
  }
  return fires;
}

}  // namespace backstay::compiler::testing
