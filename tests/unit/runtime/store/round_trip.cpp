#include "tests/unit/runtime/store/round_trip.hpp"

#include "tests/unit/runtime/store/random_tree.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"
#include "tests/unit/runtime/store/tree_compare.hpp"

namespace backstay::runtime::testing {

std::string round_trip_of_random_tree(std::uint64_t seed) {
  Bench bench;
  const std::string source = bench.directory / "source";
  make_random_tree(source, seed);
  const auto before = describe_tree(source, {.holes = true});
  const auto action = bench.files_of(source);
  const auto id = bench.back_up(action);
  if (!id)
    return error_of(id);
  if (const auto changed = difference(before, describe_tree(source, {.holes = true}));
      !changed.empty())
    return "reading changed the source: " + changed;

  const auto report = bench.verify(*id, 2);
  if (!report || !report->intact())
    return report ? report->problems.front() : error_of(report);

  const std::string ours = bench.directory / "ours";
  const auto outcome = bench.restore(
      *id, {.files = Bench::restore_of(action), .paths = {}, .to_directory = ours, .run_id = {}});
  if (!outcome)
    return error_of(outcome);
  if (auto other = difference(before, describe_tree(ours + source, {.holes = true}));
      !other.empty())
    return "by us: " + other;

  const std::string root = bench.directory / "by-hand";
  if (auto failed = restore_by_hand(bench.store.path + "/snapshots/" + *id, root); !failed.empty())
    return "by hand: " + failed;
  const auto other = difference(describe_tree(source), describe_tree(root + source));
  return other.empty() ? other : "by hand: " + other;
}

}  // namespace backstay::runtime::testing
