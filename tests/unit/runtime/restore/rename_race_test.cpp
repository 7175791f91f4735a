// A local process that swaps directories and links under a restore gains nothing by it.
#include "tests/unit/runtime/restore/rename_race.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/temporary_directory.hpp"

namespace backstay::runtime::testing {

TEST_CASE("thirty thousand files written through names that are swapped all stay in their tree") {
  const test::TemporaryDirectory directory;
  const RaceOutcome ours = race_our_writer(directory / "race", 30'000);
  CHECK(ours.outside == 0);
  CHECK(ours.inside + ours.refused == 30'000);
  // The swapper was there: some tries met the directory, some the link.
  CHECK(ours.inside > 100);
  CHECK(ours.refused > 100);
}

TEST_CASE("libarchive with all its flags, as a control, is led outside by the same race") {
  const test::TemporaryDirectory directory;
  std::size_t outside = 0;
  for (int round = 0; round < 100 && outside == 0; ++round)
    outside += race_libarchive(directory / "race", 3'000).outside;
  CHECK(outside > 0);
}

}  // namespace backstay::runtime::testing
