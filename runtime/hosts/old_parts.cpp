#include "runtime/hosts/old_parts.hpp"

#include <chrono>

#include <nlohmann/json.hpp>

#include "runtime/hosts/part_files.hpp"
#include "runtime/system/clock.hpp"

namespace backstay::runtime {
namespace {

constexpr auto kKept = std::chrono::hours(24 * 7);

bool is_old(World& world, const std::string& directory) {
  const auto end = read_end(world.files, directory);
  const auto report = end ? nlohmann::json::parse(end->report, nullptr, false) : nlohmann::json();
  if (!report.is_object() || !report.contains("finished") || !report["finished"].is_string()) {
    return false;
  }
  const auto finished = from_rfc3339(report["finished"].get<std::string>());
  return finished && *finished < world.clock.now() - kKept;
}

}  // namespace

void forget_old_parts(World& world) {
  const std::string base = world.directories.state + "/sets";
  const auto sets = world.files.list(base);
  for (const std::string& set : sets ? *sets : std::vector<std::string>()) {
    const std::string directory = base + "/" + set;
    const auto parts = world.files.list(directory);
    bool removed = false;
    for (const std::string& part : parts ? *parts : std::vector<std::string>()) {
      const std::string path = directory + "/" + part;
      if (part.find('@') != std::string::npos && is_old(world, path)) {
        removed = remove_tree(world.files, path).has_value() || removed;
      }
    }
    if (removed) {
      (void)world.files.remove_directory(directory);  // fails where a set's record is in it
    }
  }
}

}  // namespace backstay::runtime
