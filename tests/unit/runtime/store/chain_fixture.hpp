// What tests of chains of snapshots share.
#pragma once

#include <algorithm>

#include "runtime/archive/part_record.hpp"
#include "tests/unit/runtime/store/random_tree.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

inline std::string data_of(const Bench& bench, const std::string& id) {
  return bench.store.path + "/snapshots/" + id + "/data/app.files";
}

inline std::vector<std::string> parts_in(const Bench& bench, const std::string& id) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(data_of(bench, id))) {
    if (entry.is_regular_file())
      names.push_back(entry.path().string());
  }
  std::ranges::sort(names);
  return names;
}

inline std::string pack_of(const Bench& bench, const std::string& id) {
  for (const std::string& path : parts_in(bench, id)) {
    const std::string name = fs::path(path).filename();
    if (name.size() == 64 + std::string(kPackSuffix).size() && name.ends_with(kPackSuffix))
      return path;
  }
  return {};
}

inline void check_restores(Bench& bench,
                           const plan::ArchiveFiles& action,
                           const std::string& id,
                           const TreeDescription& wanted,
                           const std::string& label) {
  const std::string ours = bench.directory / ("ours-" + label);
  const auto outcome = bench.restore(
      id, {.files = Bench::restore_of(action), .paths = {}, .to_directory = ours, .run_id = {}});
  REQUIRE(error_of(outcome).empty());
  CHECK(difference(wanted, describe_tree(ours + action.path)) == "");
  const std::string root = bench.directory / ("hand-" + label);
  CHECK(restore_by_hand(bench.store.path + "/snapshots/" + id, root) == "");
  CHECK(difference(wanted, describe_tree(root + action.path)) == "");
  const auto report = bench.verify(id, 2);
  REQUIRE(error_of(report).empty());
  CHECK(report->problems == std::vector<std::string>{});
}

/// The file of this ending in the memory of a component.
inline std::string memory_file(const Bench& bench, const std::string& ending) {
  for (const auto& entry : fs::recursive_directory_iterator(bench.world->directories.state)) {
    const std::string path = entry.path();
    if (path.ends_with(ending))
      return path;
  }
  return {};
}

}  // namespace backstay::runtime::testing
