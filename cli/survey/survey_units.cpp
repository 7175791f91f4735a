// Which systemd units a machine has. Unit files and the links of `enable` are looked at, which
// works for a machine that does not run; whether a unit is active only systemd knows.
#include <array>
#include <set>

#include "cli/survey/survey.hpp"
#include "runtime/system/service_manager.hpp"

namespace backstay::cli {
namespace {

constexpr std::size_t kMostUnits = 20'000;
constexpr std::string_view kSuffix = ".service";

// systemd.unit(5), "System Unit Search Path", without what generators make; and the scripts of
// System V, which systemd runs as units.
constexpr std::array<std::string_view, 4> kUnitPath = {
    "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
    "/lib/systemd/system"};

void add_units(const RootView& root, compiler::HostFacts& facts) {
  for (const std::string_view directory : kUnitPath) {
    const std::string base(directory);
    for (const std::string& name : root.list(base, kMostUnits)) {
      const bool masked = root.link_of(base + "/" + name) == "/dev/null";
      if (name.ends_with(kSuffix) && !masked) {
        facts.units.try_emplace(name);
      }
    }
  }
  for (const std::string& name : root.list("/etc/init.d", kMostUnits)) {
    facts.units.try_emplace(name + std::string(kSuffix));
  }
}

void mark_enabled(const RootView& root, compiler::HostFacts& facts) {
  const auto mark = [&](const std::string& name) {
    if (const auto unit = facts.units.find(name); unit != facts.units.end()) {
      unit->second.enabled = true;
    }
  };
  for (const std::string_view base : {"/etc/systemd/system", "/usr/lib/systemd/system"}) {
    for (const std::string& directory : root.list(std::string(base), kMostUnits)) {
      if (directory.ends_with(".wants") || directory.ends_with(".requires")) {
        for (const std::string& name : root.list(std::string(base) + "/" + directory, kMostUnits)) {
          mark(name);
        }
      }
    }
  }
  for (const std::string_view level : {"/etc/rc2.d", "/etc/rc3.d", "/etc/rc5.d"}) {
    for (const std::string& name : root.list(std::string(level), kMostUnits)) {
      if (name.size() > 3 && name.front() == 'S') {  // S01NAME
        mark(name.substr(3) + std::string(kSuffix));
      }
    }
  }
}

}  // namespace

void survey_units(const RootView& root, compiler::HostFacts& facts) {
  add_units(root, facts);
  mark_enabled(root, facts);
  if (facts.units.empty()) {
    facts.not_seen.emplace_back("no systemd unit is installed: services are told by their units");
  }
  runtime::RealFilesystem files;
  if (!facts.root.empty() || !runtime::systemd_runs(files) || facts.units.empty()) {
    return;
  }
  std::vector<std::string> names;
  for (const auto& [name, seen] : facts.units) {
    if (name.find('@') == std::string::npos) {  // a template is no unit by itself
      names.push_back(name);
    }
  }
  runtime::RealCommandRunner runner;
  const auto states = runtime::ServiceManager(runner).states(names);
  if (!states) {
    facts.not_seen.push_back("which units are active: " + to_string(states.error()));
    return;
  }
  for (const runtime::UnitState& state : *states) {
    facts.units[state.unit].active = state.is_active();
  }
}

}  // namespace backstay::cli
