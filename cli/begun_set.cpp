#include "cli/begun_set.hpp"

#include <nlohmann/json.hpp>

#include "runtime/system/filesystem.hpp"

namespace backstay::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string path_of(const runtime::World& world, const std::string& set) {
  return world.directories.state + "/engine/" + set + "/begun.json";
}

}  // namespace

Result<void> note_begun(runtime::World& world, const BegunSet& set, const std::string& call) {
  const Json json = {{"set", set.set}, {"started", set.started}, {"call", call}};
  return runtime::replace_file(world.files, path_of(world, set.set), json.dump() + "\n", 0600);
}

void forget_begun(runtime::World& world, const std::string& set) {
  const auto gone = world.files.unlink(path_of(world, set));
  (void)gone;  // what stays is gone on with, which does nothing to hosts that are done
}

std::optional<BegunSet> find_begun(runtime::World& world,
                                   const std::string& call,
                                   const std::string& oldest) {
  const auto sets = world.files.list(world.directories.state + "/engine");
  std::optional<BegunSet> newest;
  for (const std::string& set : sets ? *sets : std::vector<std::string>()) {
    const auto text = runtime::read_file(world.files, path_of(world, set));
    const Json json = text ? Json::parse(*text, nullptr, false) : Json();
    if (!json.is_object() || json.value("call", Json()) != Json(call) ||
        json.value("set", Json()) != Json(set) || !json.value("started", Json()).is_string()) {
      continue;
    }
    BegunSet found{.set = set, .started = json["started"].get<std::string>()};
    if (found.started >= oldest && (!newest || found.started > newest->started)) {
      newest = std::move(found);
    }
  }
  return newest;
}

}  // namespace backstay::cli
