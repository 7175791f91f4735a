#include "runtime/system/environment.hpp"

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include <unistd.h>

#include "tests/support/catch.hpp"

namespace backstay::runtime {
namespace {

/// Sets variables for one case and puts them back.
class Variables {
 public:
  explicit Variables(const std::map<std::string, std::string>& wanted) {
    for (const auto* name : {"BACKSTAY_CONFIG_DIR", "BACKSTAY_STATE_DIR", "BACKSTAY_LOCK_DIR",
                             "STATE_DIRECTORY", "CONFIGURATION_DIRECTORY", "RUNTIME_DIRECTORY"}) {
      const char* value = std::getenv(name);
      before_[name] = value == nullptr ? std::nullopt : std::optional<std::string>(value);
      ::unsetenv(name);
    }
    for (const auto& [name, value] : wanted) {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
  }

  Variables(const Variables&) = delete;
  Variables& operator=(const Variables&) = delete;

  ~Variables() {
    for (const auto& [name, value] : before_) {
      value ? ::setenv(name.c_str(), value->c_str(), 1) : ::unsetenv(name.c_str());
    }
  }

 private:
  std::map<std::string, std::optional<std::string>> before_;
};

}  // namespace

TEST_CASE(
    "directories: flags go before BACKSTAY_*, these before systemd's, those before the default") {
  {
    const Variables none({});
    const auto found = find_directories({});
    if (::geteuid() == 0) {
      CHECK(found.config == "/etc/backstay");
      CHECK(found.state == "/var/lib/backstay");
      CHECK(found.locks == "/run/backstay");
    } else {
      CHECK(found.state.ends_with("/backstay"));
    }
  }
  std::map<std::string, std::string> variables = {{"STATE_DIRECTORY", "/sd/state:/sd/other"},
                                                  {"CONFIGURATION_DIRECTORY", "/sd/config"},
                                                  {"RUNTIME_DIRECTORY", "/sd/run"}};
  {
    const Variables systemd(variables);
    const auto found = find_directories({});
    CHECK(found.config == "/sd/config");
    CHECK(found.state == "/sd/state");
    CHECK(found.locks == "/sd/run");
  }
  variables["BACKSTAY_STATE_DIR"] = "/own/state";
  variables["BACKSTAY_CONFIG_DIR"] = "/own/config";
  const Variables own(variables);
  CHECK(find_directories({}).config == "/own/config");
  CHECK(find_directories({}).state == "/own/state");
  CHECK(find_directories({}).locks == "/own/state/locks");
  const auto flagged = find_directories({.config = "/flag/config", .state = "/flag/state"});
  CHECK(flagged.config == "/flag/config");
  CHECK(flagged.state == "/flag/state");
  const auto beside = find_directories({.config = "config", .state = "./state"});
  CHECK(beside.config == std::filesystem::current_path().string() + "/config");
  CHECK(beside.state == std::filesystem::current_path().string() + "/state");
}

TEST_CASE("this machine has a short name and a boot") {
  CHECK_FALSE(host_name().empty());
  CHECK(host_name().find('.') == std::string::npos);
  CHECK(boot_id().size() == 36);
}

TEST_CASE("random names are 8 hexadecimal digits and differ") {
  std::set<std::string> seen;
  for (int index = 0; index < 100; ++index) {
    const auto text = random_hex8();
    CHECK(text.size() == 8);
    CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
    seen.insert(text);
  }
  CHECK(seen.size() > 95);
}

}  // namespace backstay::runtime
