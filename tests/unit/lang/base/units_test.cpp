#include "lang/base/units.hpp"

#include <rapidcheck.h>

#include "tests/support/catch.hpp"

using namespace backstay;

TEST_CASE("durations have one unit", "[units]") {
  CHECK(parse_duration("90s") == Duration{90});
  CHECK(parse_duration("15m") == Duration{900});
  CHECK(parse_duration("26h") == Duration{93600});
  CHECK(parse_duration("7d") == Duration{604800});
  CHECK(parse_duration("4w") == Duration{2419200});
  for (const char* wrong : {"", "h", "26", "-1h", "+1h", "1.5h", "26hours", "1y", " 1h", "1h ",
                            "1h30m", "9999999999999999999w", "99999999999999999999s"}) {
    INFO(wrong);
    CHECK_FALSE(parse_duration(wrong));
  }
}

TEST_CASE("sizes have binary units", "[units]") {
  CHECK(parse_byte_size("512B") == ByteSize{512});
  CHECK(parse_byte_size("64KiB") == ByteSize{65536});
  CHECK(parse_byte_size("2TiB") == ByteSize{std::uint64_t{2} << 40U});
  for (const char* wrong : {"", "B", "5", "5KB", "5kib", "-5B", "99999999999TiB"}) {
    INFO(wrong);
    CHECK_FALSE(parse_byte_size(wrong));
  }
}

TEST_CASE("a duration is written in the largest unit that divides it", "[units]") {
  CHECK(to_string(Duration{0}) == "0s");
  CHECK(to_string(Duration{93600}) == "26h");
  CHECK(to_string(Duration{5400}) == "90m");
  CHECK(to_string(Duration{2419200}) == "28d");
  CHECK(to_string(Duration{61}) == "61s");
  CHECK(to_human(Duration{5400}) == "1 h 30 min");
  CHECK(to_human(Duration{187200}) == "2 d 4 h");
}

TEST_CASE("a size is written in the largest unit that divides it", "[units]") {
  CHECK(to_string(ByteSize{0}) == "0B");
  CHECK(to_string(ByteSize{1500}) == "1500B");
  CHECK(to_string(ByteSize{std::uint64_t{200} << 30U}) == "200GiB");
  CHECK(to_human(ByteSize{512}) == "512 B");
  CHECK(to_human(ByteSize{std::uint64_t{86} << 20U}) == "86.0 MiB");
}

TEST_CASE("what is written is read back as the same quantity", "[units]") {
  CHECK(rc::check([] {
    const Duration duration{*rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 40U)};
    const ByteSize size{*rc::gen::arbitrary<std::uint64_t>()};
    RC_ASSERT(parse_duration(to_string(duration)) == duration);
    RC_ASSERT(parse_byte_size(to_string(size)) == size);
  }));
}
