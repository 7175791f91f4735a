// What the records of verifications say together.
#include "runtime/store/verification.hpp"

#include "runtime/store/records.hpp"
#include "tests/unit/runtime/store/store_fixture.hpp"

namespace backstay::runtime::testing {
namespace {

Verification found(int level, bool intact) {
  return {.level = level, .intact = intact, .at = "2026-11-22T00:00:00Z"};
}

TEST_CASE("nothing is known of what nobody looked at", "[verification]") {
  CHECK_FALSE(standing({}));
  CHECK_FALSE(is_damaged(standing({})));
}

TEST_CASE("damage stands until a look that goes as deep", "[verification]") {
  CHECK(is_damaged(standing({found(1, true), found(2, false)})));
  CHECK(is_damaged(standing({found(2, false), found(1, true), found(0, true)})));
  CHECK_FALSE(is_damaged(standing({found(2, false), found(1, true), found(2, true)})));
  // Found at two levels: the deeper one has to be passed, in whatever order they were.
  CHECK(is_damaged(standing({found(2, false), found(1, false), found(1, true)})));
  CHECK(is_damaged(standing({found(1, false), found(2, false), found(1, true)})));
  Verification part = found(2, true);
  part.whole = false;
  CHECK(is_damaged(standing({found(1, false), part})));
}

TEST_CASE("of good looks the one that proves most stands", "[verification]") {
  CHECK(standing({found(2, true), found(1, true)})->level == 2);
  CHECK(standing({found(1, true), found(2, true), found(1, true)})->level == 2);
  CHECK(standing({found(1, false), found(1, true)})->level == 1);
}

TEST_CASE("a result is kept in the store, and on this host where it cannot be", "[verification]") {
  Bench bench;
  const std::string state = bench.directory / "state";
  const std::string id = "00000001-20261122T000000Z-p-h-00000000";
  const auto kept = keep_verification(bench.real, bench.store, id, found(1, true), state);
  REQUIRE(error_of(kept).empty());
  CHECK(*kept == KeptAt::Store);
  CHECK(*keep_verification(bench.real, bench.store, id, found(1, true), state) == KeptAt::Nowhere);
  CHECK(*keep_verification(bench.real, bench.store, id, found(0, true), state) == KeptAt::Nowhere);
  Store gone = bench.store;
  gone.path = "/proc/nowhere";
  CHECK(*keep_verification(bench.real, gone, id, found(1, false), state) == KeptAt::Host);
  CHECK_FALSE(keep_verification(bench.real, gone, id, found(1, false), {}));
  CHECK(is_damaged(read_verification(bench.real, bench.store, id, state)));
  CHECK_FALSE(is_damaged(read_verification(bench.real, bench.store, id, {})));
}

TEST_CASE("a part that a run met rotten damages the snapshot from that run on", "[verification]") {
  Bench bench;
  const std::string id = "00000001-20261122T000000Z-p-h-00000000";
  REQUIRE(keep_verification(bench.real, bench.store, id, found(2, true), {}));
  REQUIRE(write_record(bench.real, bench.store, id, "damage",
                       R"({"component":"c","part":"p","run":"20261123T010203Z-00000000"})"));
  const auto known = read_verification(bench.real, bench.store, id, {});
  REQUIRE(is_damaged(known));
  CHECK(known->at == "2026-11-23T01:02:03Z");
  Verification later = found(1, true);
  later.at = "2026-11-24T00:00:00Z";
  REQUIRE(keep_verification(bench.real, bench.store, id, later, {}));
  CHECK_FALSE(is_damaged(read_verification(bench.real, bench.store, id, {})));
}

TEST_CASE("damage of a copy is over when the copy was made anew", "[verification]") {
  Bench bench;
  const std::string id = "00000001-20261122T000000Z-p-h-00000000";
  REQUIRE(keep_copy_verification(bench.real, bench.store, id, "far", found(1, false)));
  CHECK(is_damaged(read_copy_verification(bench.real, bench.store, id, "far", {})));
  CHECK_FALSE(is_damaged(read_copy_verification(bench.real, bench.store, id, "other", {})));
  CHECK_FALSE(is_damaged(
      read_copy_verification(bench.real, bench.store, id, "far", "2026-11-23T00:00:00Z")));
  CHECK_FALSE(is_damaged(read_verification(bench.real, bench.store, id, {})));
}

}  // namespace
}  // namespace backstay::runtime::testing
